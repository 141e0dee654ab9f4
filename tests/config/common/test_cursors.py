from __future__ import annotations

import pytest
from django.core import signing
from django.http import QueryDict
from rest_framework import serializers

from config.common.errors import InvalidCursor, ValidationFailed
from config.common.keyset import keys
from tests.config.common.lists import SORTS, OtherQuery, PeopleQuery, asked, sixty_people


@pytest.fixture
def many(db):
    return sixty_people()


def test_a_cursor_goes_on_from_a_page_by_number_and_carries_sort_filters_limit_and_page(many):
    first = asked("sort=oldest&limit=20&page=2")

    third = asked(f"cursor={first.cursor}")

    assert [user.username for user in third.rows] == [f"p{n}" for n in range(40, 60)]
    assert (third.number, third.limit, third.cursor) == (3, 20, None)


def test_a_cursor_carries_the_filter(many):
    first = asked("firstName=c&limit=4")

    second = asked(f"cursor={first.cursor}")

    assert {user.first_name for user in second.rows} == {"c"}
    assert (len(second.rows), second.count.total) == (4, 10)


def test_a_cursor_may_be_sent_with_the_query_that_it_came_from(many):
    query = "firstName=c&sort=oldest&limit=4"

    second = asked(f"{query}&cursor={asked(query).cursor}")

    assert [user.username for user in second.rows] == ["p26", "p32", "p38", "p44"]


def test_the_limit_may_change_on_the_way(many):
    second = asked(f"limit=50&cursor={asked('limit=4').cursor}")

    assert (len(second.rows), second.limit) == (50, 50)


@pytest.mark.parametrize(
    "change", ["sort=oldest", "firstName=d", "verified=true", "roles=user&roles=admin"]
)
def test_a_cursor_of_another_query_is_refused(many, change):
    cursor = asked("firstName=c&sort=newest&limit=4").cursor

    with pytest.raises(InvalidCursor):
        asked(f"{change}&cursor={cursor}")


def test_a_default_that_is_said_aloud_differs_from_what_the_cursor_carries(many):
    cursor = asked("sort=oldest&limit=4").cursor

    with pytest.raises(InvalidCursor):
        asked(f"sort=newest&cursor={cursor}")


def test_a_default_that_is_said_aloud_is_the_same_query(many):
    cursor = asked("limit=4").cursor

    assert asked(f"sort=newest&cursor={cursor}").rows


@pytest.mark.parametrize(
    "forged",
    ["x", "null", "a:b:c", "%00", "%ff%fe", "\ud800", "ä", "." * 5000],
    ids=["word", "null", "form", "NUL", "bytes", "surrogate", "umlaut", "long"],
)
def test_a_cursor_that_is_not_ours_is_refused(db, forged):
    params = QueryDict(mutable=True)
    params["cursor"] = forged

    with pytest.raises(InvalidCursor):
        PeopleQuery.read(params)


def test_a_cursor_that_was_changed_is_refused(many):
    cursor = asked("limit=4").cursor
    assert cursor is not None

    for at in (0, len(cursor) // 2, len(cursor) - 1):
        other = "A" if cursor[at] != "A" else "B"
        with pytest.raises(InvalidCursor):
            asked(f"cursor={cursor[:at]}{other}{cursor[at + 1 :]}")


def test_a_cursor_of_somebody_elses_list_is_refused(many):
    cursor = asked("limit=4", scope="ada").cursor

    with pytest.raises(InvalidCursor):
        asked(f"cursor={cursor}", scope="eve")


def test_a_cursor_of_another_list_is_refused(many):
    cursor = asked("limit=4").cursor

    with pytest.raises(InvalidCursor):
        OtherQuery.read(QueryDict(f"cursor={cursor}"))


def test_what_we_signed_for_another_purpose_is_no_cursor(db):
    with pytest.raises(InvalidCursor):
        PeopleQuery.read(QueryDict(f"cursor={signing.dumps({'query': {}})}"))


def test_a_cursor_of_an_older_version_with_another_order_is_refused(many, monkeypatch):
    cursor = asked("limit=4").cursor
    monkeypatch.setitem(SORTS, "newest", keys("-created_at", "username", "id"))

    with pytest.raises(InvalidCursor):
        asked(f"cursor={cursor}")


def test_a_cursor_of_an_older_version_with_another_filter_is_refused(many, monkeypatch):
    cursor = asked("sort=id&limit=4").cursor
    field = serializers.ChoiceField(["newest"], default="newest")
    monkeypatch.setitem(PeopleQuery._declared_fields, "sort", field)

    with pytest.raises(InvalidCursor):
        asked(f"cursor={cursor}")


@pytest.mark.parametrize("page", [1, 2])
def test_a_page_and_a_cursor_contradict_each_other(many, page):
    cursor = asked("limit=4").cursor

    with pytest.raises(ValidationFailed) as refused:
        asked(f"page={page}&cursor={cursor}")

    assert [fault.field for fault in refused.value.errors] == ["page"]
