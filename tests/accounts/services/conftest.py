from __future__ import annotations

import pytest

from config.common.request_meta import RequestMeta


@pytest.fixture
def meta() -> RequestMeta:
    """Where a call came from."""
    return RequestMeta(ip="203.0.113.7", user_agent="Mozilla/5.0", request_id="a-test-of-a-call")
