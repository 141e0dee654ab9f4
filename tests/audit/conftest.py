from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from django.contrib.auth import get_user_model


@pytest.fixture
def person(db: None) -> Callable[[], Any]:
    """Make a user, each time another one."""
    numbers = count(1)

    def make() -> Any:
        name = f"person_{next(numbers)}"
        return get_user_model().objects.create_user(email=f"{name}@example.com", username=name)

    return make
