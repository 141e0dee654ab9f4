from __future__ import annotations

import pytest
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.exceptions import ValidationError

from accounts.models import User
from config.common.api.pagination import ListQuery
from config.common.errors import UseCursor
from config.common.keyset import Count
from tests.config.common.lists import SORTS, PeopleQuery, add, asked, in_order, sixty_people


class LongQuery(ListQuery):
    default_limit = 50


@pytest.fixture
def many(db):
    return sixty_people()


a_person = st.tuples(
    st.uuids(), st.sampled_from("ab"), st.integers(0, 2), st.none() | st.integers(0, 2)
)
crowds = st.lists(a_person, max_size=40, unique_by=lambda person: person[0])
by_property = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.parametrize("sort", SORTS)
@by_property
@given(crowd=crowds, limit=st.integers(1, 5), data=st.data())
def test_a_walk_by_cursor_sees_each_row_once_whatever_comes_meanwhile(db, sort, crowd, limit, data):
    User.objects.all().delete()
    cut = data.draw(st.integers(0, len(crowd)))
    there, later = crowd[:cut], crowd[cut:]
    add(there)
    expected = in_order(User.objects.all(), SORTS[sort])

    seen, query = [], f"sort={sort}&limit={limit}"
    while query:
        page = asked(query)
        seen += [user.pk for user in page.rows]
        coming = data.draw(st.integers(0, len(later)))
        add(later[:coming])
        later = later[coming:]
        query = f"cursor={page.cursor}" if page.cursor else ""

    assert len(seen) == len(set(seen))
    assert [pk for pk in seen if pk in set(expected)] == expected


@pytest.mark.parametrize("sort", SORTS)
@by_property
@given(crowd=crowds, limit=st.integers(1, 5))
def test_pages_by_number_are_the_same_rows_in_the_same_order(db, sort, crowd, limit):
    User.objects.all().delete()
    add(crowd)
    expected = in_order(User.objects.all(), SORTS[sort])

    pages = [
        asked(f"sort={sort}&limit={limit}&page={n}") for n in range(1, len(crowd) // limit + 3)
    ]

    assert [user.pk for page in pages for user in page.rows] == expected
    assert {page.count.total for page in pages} == {len(crowd)}


def test_what_stands_beside_a_list(many):
    page = asked("limit=25&page=2")

    assert page.data("people", [], extra=1) == {
        "people": [],
        "extra": 1,
        "total": 60,
        "totalIsEstimate": False,
        "page": 2,
        "limit": 25,
        "totalPages": 3,
        "nextCursor": page.cursor,
    }
    assert page.cursor


def test_an_empty_list_has_no_pages(db):
    data = asked().data("people", [])

    assert (data["total"], data["totalPages"], data["page"], data["nextCursor"]) == (0, 0, 1, None)


def test_the_last_page_has_no_cursor(many):
    assert asked("limit=30&page=2").cursor is None
    assert asked("limit=30&page=3").rows == []
    assert asked("limit=30&page=3").count.total == 60


@pytest.mark.parametrize(
    "query",
    [
        *("limit=0", "limit=101", "limit=-1", "limit=many", "limit=1.5"),
        *("page=0", "page=x", "page=" + "9" * 2000, "sort=colour", "firstName=%00"),
    ],
)
def test_a_query_out_of_bounds_is_refused(db, query):
    with pytest.raises(ValidationError):
        asked(query)


@pytest.mark.parametrize(("query", "limit"), [("", 20), ("limit=100", 100), ("limit=&page=", 20)])
def test_a_page_has_as_many_rows_as_was_asked(db, query, limit):
    assert PeopleQuery.read(QueryDict(query)).limit == limit


def test_a_list_may_have_a_default_of_its_own():
    assert LongQuery.read(QueryDict("")).limit == 50


@pytest.mark.parametrize(
    ("query", "reaches"),
    [
        ("limit=100&page=100", True),
        ("limit=100&page=101", False),
        ("limit=30&page=334", True),
        ("limit=30&page=335", False),
        ("page=" + "9" * 300, False),
    ],
)
def test_pages_by_number_reach_ten_thousand_rows_deep(query, reaches):
    if reaches:
        assert PeopleQuery.read(QueryDict(query)).offset < 10_000
    else:
        with pytest.raises(UseCursor):
            PeopleQuery.read(QueryDict(query))


def test_a_flag_that_is_not_given_is_not_false():
    assert "verified" not in PeopleQuery.read(QueryDict("page=1")).filters
    assert PeopleQuery.read(QueryDict("verified=false")).filters["verified"] is False


def test_a_filter_may_be_given_more_than_once():
    assert PeopleQuery.read(QueryDict("roles=a&roles=b")).filters["roles"] == ["a", "b"]


def test_a_list_is_counted_once_and_the_cursor_carries_it_on(many, django_assert_num_queries):
    with django_assert_num_queries(2):
        first = asked("limit=20")
    with django_assert_num_queries(1):
        second = asked(f"cursor={first.cursor}")

    assert second.count.total == 60


def test_a_list_that_ends_on_its_page_is_not_counted_at_all(many, django_assert_num_queries):
    with django_assert_num_queries(1):
        page = asked("limit=25&page=3")

    assert page.count.total == 60


def test_an_estimate_says_that_it_is_one(many, monkeypatch):
    monkeypatch.setattr("config.common.keyset.count", lambda _: Count(30, is_estimate=True))

    first = asked("limit=20")
    second = asked(f"cursor={first.cursor}")

    for page in (first, second):
        assert page.data("people", [])["totalIsEstimate"] is True
    assert (first.count.total, second.count.total) == (30, 41)
