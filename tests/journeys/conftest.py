from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.journeys.chromium import Visitor, chromium
from tests.servers import Program
from tests.servers.fixtures import as_configured, empty_sqlite, mail_server

__all__ = ["as_configured", "empty_sqlite", "mail_server"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture
def site(as_configured: Program) -> Program:
    """The program as a newcomer runs it: over plain HTTP, with its own worker, mails by SMTP."""
    as_configured.env |= {
        "APP_ENV": "development",
        "PUBLIC_URL": f"http://localhost:{as_configured.port}",
    }
    as_configured.serve()
    return as_configured


@pytest.fixture
def visitor(browser: Any, site: Program) -> Iterator[Callable[..., Visitor]]:
    """`visitor()` opens a browser of its own; in the end none of them has complained."""
    opened: list[Visitor] = []

    def arrive(**options: Any) -> Visitor:
        opened.append(Visitor(browser, f"http://localhost:{site.port}", **options))
        return opened[-1]

    yield arrive
    for one in opened:
        one.context.close()
    assert [fault for one in opened for fault in one.faults] == []
