"""A whole search, with statements that PostgreSQL stops for taking too long."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from accounts.selectors import directory
from tests.accounts.searching import LONG_AGO, SEARCHER, find, named, walk
from tests.factories import moderator


@pytest.fixture
def staff(client_for):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite stops nothing; there the walk itself looks at the clock.")
    return client_for(moderator(username=SEARCHER, first_name="", last_name=""))


@pytest.fixture
def slow_before(monkeypatch) -> Callable[[datetime], None]:
    """A look at somebody who came before that moment takes longer than any statement may."""
    plain = directory.called

    def slow(moment: datetime) -> None:
        def called(rows, term, **more):
            slowly = RawSQL(
                "CASE WHEN created_at < %s THEN pg_sleep(5)::text = '' ELSE true END",
                [moment],
                output_field=BooleanField(),
            )
            return plain(rows, term, **more).filter(slowly)

        monkeypatch.setattr(directory, "called", called)

    for name in ("PATIENCE", "STATEMENT", "COUNTING"):
        monkeypatch.setattr(directory, name, 0.3)
    monkeypatch.setattr(directory, "WINDOWS", (2,))
    return slow


@pytest.mark.parametrize("q", ["e", "exa"])
def test_what_was_found_by_then_is_told_and_the_cursor_goes_on(staff, everybody, slow_before, q):
    whole = find(staff, q=q)

    slow_before(LONG_AGO + timedelta(days=5))
    answer = staff.get("admin/users", {"q": q})
    data = answer.data["data"]

    assert answer.status_code == 200
    assert (data["incomplete"], data["totalIsEstimate"]) == (True, True)
    found = [name for name in named(answer) if name != SEARCHER]
    assert 0 < len(found) < len(whole)

    slow_before(LONG_AGO)
    assert found + walk(staff, cursor=data["nextCursor"]) == whole


@pytest.mark.parametrize("q", ["e", "exa"])
def test_where_nothing_was_looked_through_the_search_is_refused(staff, everybody, slow_before, q):
    slow_before(LONG_AGO + timedelta(days=10_000))

    answer = staff.get("admin/users", {"q": q})

    assert (answer.status_code, answer.data["code"]) == (422, "SEARCH_TOO_BROAD")
