"""The list of people: the directory's own search, filters and orders."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AccountLock, User
from accounts.selectors.directory import Directory
from config.common.errors import TooBroad
from config.common.keyset import Count, Slice
from tests.accounts.admin.pages import LIST, usernames
from tests.factories import UserFactory, moderator

pytestmark = pytest.mark.django_db


def test_the_newest_come_first(chief, boss):
    older = UserFactory(username="older", created_at=timezone.now() - timedelta(days=2))
    newer = UserFactory(username="newer", created_at=timezone.now() + timedelta(seconds=1))

    assert usernames(chief.get(LIST)) == [newer.username, boss.username, older.username]


@pytest.mark.parametrize("term", ["müller", "MÜLLER", "find_me", "findme@", "me@example.org", "mü"])
def test_a_part_of_any_name_finds_somebody(chief, term):
    UserFactory(username="find_me", email="findme@example.org", last_name="Müller")
    UserFactory(username="other")

    assert usernames(chief.get(LIST, {"q": term})) == ["find_me"]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"status": "active"}, {"chief", "usual", "unconfirmed", "guarded", "moderating"}),
        ({"status": "suspended"}, {"held"}),
        ({"status": "deleted"}, {"gone"}),
        ({"status": "inactive"}, {"off"}),
        ({"verified": "false"}, {"unconfirmed"}),
        ({"twoFactor": "true"}, {"guarded"}),
        ({"role": "moderator"}, {"moderating"}),
        ({"role": "moderator", "status": "suspended"}, set()),
        ({"role": "nothing_of_the_kind"}, set()),
        ({"createdBefore": "2001-01-01"}, set()),
    ],
)
def test_filters_leave_those_who_fit(chief, filters, found):
    UserFactory(username="usual")
    UserFactory(username="held", suspended=True)
    UserFactory(username="gone", deleted=True)
    UserFactory(username="off", deactivated=True)
    UserFactory(username="unconfirmed", unverified=True)
    UserFactory(username="guarded", two_factor_enabled_at=timezone.now())
    moderator(username="moderating")

    answer = chief.get(LIST, filters)

    assert set(usernames(answer)) == found
    assert all(answer.context["list"].given[name] == value for name, value in filters.items())


def test_who_is_found_locked_is_called_so(chief, owner):
    later = timezone.now() + timedelta(minutes=5)
    AccountLock.objects.create(key=owner.username, locked_until=later)

    rows = chief.get(LIST, {"status": "locked"}).context["rows"]

    assert [[str(word) for word, _look in row["states"]] for row in rows] == [["Active", "Locked"]]


def test_columns_sort_both_ways_and_keep_the_filters(chief):
    for name in ("bea", "abe", "cem"):
        UserFactory(username=name, last_name="Sorted")

    answer = chief.get(LIST, {"q": "sorted", "sortBy": "username"})
    other_way = chief.get(f"{LIST}?{answer.context['list'].sorts['username']['link']}")

    assert usernames(answer) == ["abe", "bea", "cem"]
    assert usernames(other_way) == ["cem", "bea", "abe"]
    assert 'aria-sort="descending"' in other_way.content.decode()


def test_going_on_page_by_page_meets_everybody_once(chief):
    for _ in range(12):
        UserFactory()

    seen, page = [], f"{LIST}?limit=5"
    while page:
        answer = chief.get(page)
        seen += usernames(answer)
        following = answer.context["list"].next_page
        assert ('rel="next"' in answer.content.decode()) == bool(following)
        page = f"{LIST}?{following}" if following else ""

    assert len(seen) == 13
    assert set(seen) == set(User.objects.values_list("username", flat=True))


def test_a_later_page_leads_back_to_the_first_with_the_same_question(chief):
    for _ in range(3):
        UserFactory(last_name="Sought")
    first = chief.get(LIST, {"q": "sought", "limit": "2"})

    second = chief.get(f"{LIST}?{first.context['list'].next_page}")

    assert len(usernames(second)) == 1
    assert second.context["list"].form.initial["q"] == "sought"
    assert 'href="?q=sought"' in second.content.decode()
    assert "3 to 3 are shown" in second.content.decode()


def test_it_costs_the_same_few_statements_with_ten_people_and_with_two_hundred(chief):
    for _ in range(10):
        UserFactory(roles=["moderator"])
    chief.get(LIST)
    with CaptureQueriesContext(connection) as few:
        assert len(usernames(chief.get(f"{LIST}?limit=5"))) == 5
    for _ in range(190):
        UserFactory()

    with CaptureQueriesContext(connection) as many:
        assert len(usernames(chief.get(f"{LIST}?limit=100"))) == 100

    assert len(many) == len(few)
    assert len(many) <= 12


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("status=happy", "status: “happy” is not a valid choice."),
        ("createdAfter=yesterday", "createdAfter: Give a date"),
        ("limit=101", "limit:"),
        ("cursor=forged", "This cursor does not belong to this query."),
        ("q=%00", "q: This holds characters that cannot be used here."),
        ("page=99999", "Pages reach 10,000 rows deep"),
    ],
)
def test_a_faulty_question_is_answered_in_words(chief, query, told):
    answer = chief.get(f"{LIST}?{query}")

    assert usernames(answer) == []
    assert told.replace("“", '"').replace("”", '"') in answer.context["list"].fault
    assert 'role="alert"' in answer.content.decode()


def test_a_search_that_is_too_broad_says_so(chief, monkeypatch):
    def gives_up(*_args, **_kwargs):
        raise TooBroad

    monkeypatch.setattr(Directory, "read", gives_up)

    answer = chief.get(LIST, {"q": "xy"})

    assert "narrow it down" in answer.content.decode()


def test_an_incomplete_answer_says_so_and_goes_on(chief, boss, monkeypatch):
    position = (boss.created_at, boss.pk)
    monkeypatch.setattr(Directory, "read", lambda *_a, **_k: Slice([], position, is_cut=True))

    page = chief.get(LIST, {"q": "xy"}).content.decode()

    assert "nobody was found so far" in page
    assert "Go on looking" in page
    assert "Nobody was found." not in page


def test_an_estimate_is_shown_as_one(chief, monkeypatch):
    UserFactory()
    monkeypatch.setattr(Directory, "count", lambda _self: Count(123_456, is_estimate=True))

    page = chief.get(LIST, {"limit": "1"}).content.decode()

    assert "about 123456 people (an estimate)" in page


def test_markup_in_a_name_stays_text(chief):
    UserFactory(first_name="<script>alert(1)</script>", last_name="")

    page = chief.get(LIST).content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_fields_that_complete_names_ask_the_directory(chief):
    for number in range(25):
        UserFactory(username=f"many_{number}", last_name="Many")
    one = UserFactory(last_name="Şahin")
    asked = {"app_label": "rbac", "model_name": "roleassignment", "field_name": "user"}

    few = chief.get("/staff/autocomplete/", {**asked, "term": "şahi"}).json()
    many = chief.get("/staff/autocomplete/", {**asked, "term": "many_"}).json()

    assert [found["id"] for found in few["results"]] == [str(one.pk)]
    assert len(many["results"]) == 20
