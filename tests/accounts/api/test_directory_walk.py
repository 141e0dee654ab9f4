"""Looking along the order, for what no index knows: nothing is lost, nothing comes twice."""

from __future__ import annotations

import pytest
from django.db import connection

from accounts.selectors import directory, search_terms
from config.common import keyset
from config.common.errors import TooBroad
from config.common.reading import searching
from tests.accounts.searching import SEARCHER, named, walk
from tests.factories import UserFactory, moderator

QUERIES = [
    {"q": "an"},
    {"q": "e"},
    {"q": "e", "order": "asc"},
    {"q": "e", "sortBy": "email"},
    {"q": "e", "sortBy": "lastLoginAt"},
    {"q": "e", "sortBy": "lastLoginAt", "order": "asc"},
    {"q": "zz", "sortBy": "lastLoginAt", "order": "asc"},  # the last of those who signed in
    {"q": "e", "status": "active"},
    {"q": "e", "role": "user", "sortBy": "username", "order": "desc"},
]


@pytest.fixture
def staff(client_for):
    return client_for(moderator(username=SEARCHER, first_name="", last_name=""))


@pytest.fixture(autouse=True)
def unindexed(monkeypatch):
    """SQLite's index knows one and two letters too, where they are rare; nothing is rare here."""
    monkeypatch.setattr(search_terms, "FEW", -1)


@pytest.fixture
def wholes(staff, everybody):
    """What each question finds in one go."""
    return [named(staff.get("admin/users", query)) for query in QUERIES]


@pytest.fixture
def hasty(monkeypatch, everybody):
    """No handful is small enough to be gathered, and no window is followed by another."""
    monkeypatch.setattr(directory, "HANDFUL", 0)
    monkeypatch.setattr(directory, "COMMON", 0)
    monkeypatch.setattr(directory, "WALK", -1.0)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7, 10, 11])
def test_however_often_the_time_is_over_all_are_found_once(staff, wholes, hasty, monkeypatch, size):
    monkeypatch.setattr(directory, "WINDOWS", (size,))

    assert [walk(staff, **query, limit=3) for query in QUERIES] == wholes


@pytest.mark.parametrize("sound", [1, 2, 3, "up to the nulls"])
def test_a_statement_that_is_stopped_takes_nothing_with_it(
    staff, wholes, hasty, monkeypatch, sound
):
    monkeypatch.setattr(directory, "WINDOWS", (2,))
    monkeypatch.setattr(directory, "WALK", 60.0)
    unbroken = keyset.windows

    def broken(*given, **named_ones):
        reached, ran_out = 0, False
        for window in unbroken(*given, **named_ones):
            if reached == sound or (ran_out and reached and sound == "up to the nulls"):
                raise TooBroad
            yield window
            ran_out = window.reached is None
            reached += not ran_out

    monkeypatch.setattr(keyset, "windows", broken)

    assert [walk(staff, **query, limit=3) for query in QUERIES] == wholes


def test_what_gets_nowhere_says_so(staff, everybody, monkeypatch):
    def stuck(*_given, **_named):
        raise TooBroad
        yield

    monkeypatch.setattr(keyset, "windows", stuck)
    answer = staff.get("admin/users", {"q": "an"})

    assert (answer.status_code, answer.data["code"]) == (422, "SEARCH_TOO_BROAD")


def test_a_page_that_was_cut_counts_what_was_seen(staff, hasty, monkeypatch):
    monkeypatch.setattr(directory, "WINDOWS", (2,))
    data = staff.get("admin/users", {"q": "ca"}).data["data"]

    assert (data["users"], data["total"]) == ([], 0)
    assert (data["incomplete"], data["totalIsEstimate"]) == (True, True)


def test_a_handful_is_gathered_and_counted(staff, everybody, monkeypatch):
    def never(*_given, **_named):
        raise AssertionError("They are few.")

    monkeypatch.setattr(keyset, "windows", never)
    for query in ({"status": "locked"}, {"role": "user"}, {"verified": "false"}):
        data = staff.get("admin/users", {"q": "e", "limit": 1, **query}).data["data"]

        assert data["total"] >= 1
        assert not data["totalIsEstimate"]


def test_one_or_two_letters_are_counted_among_few_people(staff, everybody):
    data = staff.get("admin/users", {"q": "e", "limit": 1}).data["data"]

    assert (data["total"], data["totalIsEstimate"]) == (len(everybody) + 1, False)


def test_one_or_two_letters_among_many_are_counted_where_that_is_quick(staff, hasty, everybody):
    data = staff.get("admin/users", {"q": "e", "limit": 1}).data["data"]

    if connection.vendor == "postgresql":
        assert (data["total"], data["totalIsEstimate"]) == (len(everybody) + 1, False)
    else:
        assert (data["total"], data["totalIsEstimate"]) == (2, True)  # what was seen


@pytest.mark.parametrize("query", [{}, {"q": "e"}, {"q": "exa"}, {"sortBy": "email"}])
def test_who_signs_up_meanwhile_moves_nobody(staff, everybody, query, monkeypatch):
    monkeypatch.setattr(directory, "WINDOWS", (2,))
    expected = named(staff.get("admin/users", query))

    seen, asked = [], {**query, "limit": 2}
    while True:
        answer = staff.get("admin/users", asked)
        seen += named(answer)
        UserFactory()
        UserFactory(username=f"a_{len(seen)}", created_at=everybody["anna"].created_at)
        cursor = answer.data["data"]["nextCursor"]
        if cursor is None or len(seen) > 60:
            break
        asked = {"cursor": cursor}

    assert len(seen) == len(set(seen))
    assert [name for name in seen if name in expected] == expected


@pytest.mark.django_db
def test_postgresql_stops_a_statement_that_takes_too_long():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite stops nothing; there the walk itself looks at the clock.")

    with pytest.raises(TooBroad), searching(seconds=0.02), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(5)")
