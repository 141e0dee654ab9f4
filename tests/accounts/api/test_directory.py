"""The list that staff search, and one person's page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.selectors import directory, search_terms
from config.common import keyset
from config.common.keyset import Count
from rbac.models import Role, RoleAssignment
from tests.accounts.searching import LONG_AGO, SEARCHER, find, named
from tests.factories import UserFactory, moderator


@pytest.fixture
def staff(client_for):
    return client_for(moderator(username=SEARCHER, first_name="", last_name=""))


# --- By name --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first_name", "asked"),
    [
        ("Änne", "ÄNNE"),
        ("Straße", "STRASSE"),
        ("Анна", "анна"),
        ("Борис", "ОРИС"),
        ("Ἀχιλλεύς", "χιλλ"),
        ("İpek", "ipek"),
        ("Zoë", "zoe\u0308"),
        ("O'Neill", "o'n"),
        ('A "quoted" name', '"quoted"'),
        ("100% real_name", "100% re"),
        ("back\\slash", "k\\s"),
        ("Li", "li"),
        ("X", "x"),
    ],
)
def test_a_part_of_a_name_finds_it_in_any_spelling(staff, first_name, asked):
    UserFactory(username="wanted_one", first_name=first_name)
    UserFactory(username="other", first_name="Somebody", email="nobody@host.test")

    assert "wanted_one" in find(staff, q=asked)
    assert "other" not in find(staff, q=asked)


@pytest.mark.parametrize("asked", ["q", "uq", "xuq"])
def test_the_very_last_letters_are_found(staff, asked):
    UserFactory(username="wanted_one", last_name="Xuq")

    assert find(staff, q=asked) == ["wanted_one"]


@pytest.mark.parametrize("asked", ["%%%", "___", "a_a", "\\\\\\", "***", '"""', "AND OR", "NEAR("])
def test_no_sign_stands_for_another(staff, asked):
    UserFactory(username="wanted_one")

    assert find(staff, q=asked) == []


@pytest.mark.parametrize("field", ["username", "email", "first_name", "last_name"])
def test_each_of_the_four_is_searched(staff, field):
    value = "needle7" if field != "email" else "needle7@example.net"
    UserFactory(**{"username": "wanted_one", field: value})

    assert len(find(staff, q="EEDLE7")) == 1


@pytest.mark.parametrize("asked", ["änne von Lovelace", "NE VON LOVE", " Änne  "])
def test_a_whole_name_is_found_as_people_write_it(staff, asked):
    UserFactory(username="wanted_one", first_name="Änne", last_name="von Lovelace")
    UserFactory(username="other", first_name="Anne", last_name="Lovelace")

    assert find(staff, q=asked) == ["wanted_one"]


def test_no_match_reaches_from_one_field_into_the_next(staff):
    UserFactory(username="wanted_one", first_name="Ada", last_name="Byron")

    assert find(staff, q="adabyron") == []


def test_a_new_name_is_found_at_once_and_the_old_one_no_more(staff, client_for):
    person = UserFactory(username="wanted_one", first_name="Beforename")
    client_for(person).patch("users/profile", {"firstName": "Aftername"})

    assert find(staff, q="aftername") == ["wanted_one"]
    assert find(staff, q="beforename") == []


def test_who_is_gone_is_found_no_more(staff):
    person = UserFactory(username="wanted_one")
    person.delete()

    assert find(staff, q="wanted_one") == []


@pytest.mark.parametrize("q", ["x" * 101, "a\x00b", "a\u202eb"])
def test_what_is_no_name_is_refused(staff, q):
    assert staff.get("admin/users", {"q": q}).status_code in {400, 422}


# --- By state -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"status": "active"}, "ines hans bert anna"),
        ({"status": "inactive"}, "gina dora"),
        ({"status": "suspended"}, "fred carl"),
        ({"status": "deleted"}, "fred emil"),
        ({"status": "locked"}, "ines"),
        ({"verified": "false"}, "gina bert"),
        ({"verified": "true"}, "ines hans fred emil dora carl anna"),
        ({"twoFactor": "true"}, "hans"),
        ({"status": "active", "verified": "false"}, "bert"),
        ({"status": "active", "twoFactor": "false", "verified": "true"}, "ines anna"),
        ({"status": "locked", "verified": "false"}, ""),
        ({"status": "active", "q": "an"}, "hans anna"),
        ({"role": "moderator"}, ""),
        ({"role": "nothing_like_it"}, ""),
        ({"role": "user", "status": "suspended"}, "fred carl"),
        ({}, "ines hans gina fred emil dora carl bert anna"),
        ({"order": "asc"}, "anna bert carl dora emil fred gina hans ines"),
        ({"sortBy": "username"}, "anna bert carl dora emil fred gina hans ines"),
        ({"sortBy": "email", "order": "desc"}, "ines hans gina fred emil dora carl bert anna"),
        ({"sortBy": "lastLoginAt"}, "hans fred dora bert ines gina emil carl anna"),
        ({"sortBy": "lastLoginAt", "order": "asc"}, "bert dora fred hans anna carl emil gina ines"),
        ({"sortBy": "lastLoginAt", "status": "active"}, "hans bert ines anna"),
    ],
)
def test_filters_and_orders(staff, everybody, query, expected):
    assert find(staff, **query) == expected.split()


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"status": "active"},
        {"verified": "true", "sortBy": "lastLoginAt"},
        {"sortBy": "lastLoginAt", "order": "asc"},
        {"sortBy": "email"},
        {"role": "user"},
        {"role": "user", "sortBy": "username"},
        {"q": "example"},
        {"q": "e"},
        {"q": "e", "sortBy": "lastLoginAt", "order": "asc"},
    ],
)
@pytest.mark.parametrize("way", ["cursor", "page"])
def test_pages_lose_and_repeat_nothing(staff, everybody, query, way, monkeypatch):
    monkeypatch.setattr(directory, "WINDOWS", (2, 3))
    whole = named(staff.get("admin/users", query))

    seen, number, asked = [], 1, {**query, "limit": 2}
    while True:
        answer = staff.get("admin/users", asked)
        seen += named(answer)
        number += 1
        cursor = answer.data["data"]["nextCursor"]
        if cursor is None:
            break
        asked = {"cursor": cursor} if way == "cursor" else {**query, "limit": 2, "page": number}

    assert len(whole) > 2
    assert seen == whole


def test_by_day_of_creation(staff, everybody):
    day = (LONG_AGO + timedelta(days=3)).date().isoformat()

    assert find(staff, createdBefore=day) == ["carl", "bert", "anna"]
    assert find(staff, createdAfter=day, role="user")[-1] == "dora"


def test_a_role_that_ran_out_is_not_held(staff, everybody):
    role = Role.objects.get(name="moderator")
    past = timezone.now() - timedelta(minutes=1)
    person = everybody["anna"]
    RoleAssignment.objects.create(
        user=person, role=role, expires_at=past, user_created_at=person.created_at
    )

    assert find(staff, role="moderator") == []


@pytest.mark.parametrize("common", [True, False])
def test_a_role_is_found_from_either_side(staff, everybody, monkeypatch, common):
    monkeypatch.setattr(directory, "COMMON", -1 if common else 50_000)

    assert find(staff, role="user", verified="false") == ["gina", "bert"]
    assert find(staff, role="user", q="ann") == ["anna"]
    assert find(staff, role="user", sortBy="email", status="deleted") == ["emil", "fred"]


def test_a_row_says_what_the_contract_says(staff, owner):
    row = next(
        one
        for one in staff.get("admin/users", {"q": owner.username}).data["data"]["users"]
        if one["id"] == str(owner.pk)
    )

    assert row["roles"] == ["user"]
    assert (row["isActive"], row["isSuspended"], row["emailVerified"]) == (True, False, True)


def test_the_total_is_exact_where_it_is_small(staff, everybody):
    data = staff.get("admin/users", {"limit": 2}).data["data"]

    assert (data["total"], data["totalIsEstimate"], data["incomplete"]) == (10, False, False)


@pytest.mark.parametrize(
    "query",
    [
        {"status": "active"},
        {"verified": "true"},
        {"q": "exa"},
        {"q": "exa", "verified": "true"},
        {"role": "user", "q": "exa"},
        {"role": "user", "twoFactor": "false"},
        {"createdAfter": "2020-01-01", "sortBy": "email"},
    ],
)
@pytest.mark.parametrize("exact", [0, 1000])
def test_the_total_is_of_all_that_match(staff, everybody, monkeypatch, query, exact):
    monkeypatch.setattr(keyset, "EXACT", exact)
    whole = named(staff.get("admin/users", query))

    data = staff.get("admin/users", {**query, "limit": 1}).data["data"]

    assert len(whole) > 1
    assert data["total"] == len(whole) or data["totalIsEstimate"]
    assert data["totalIsEstimate"] == (exact == 0 and connection.vendor == "postgresql")


@pytest.mark.parametrize("query", [{}, {"q": "exa"}, {"verified": "true"}, {"q": "e"}])
def test_what_is_many_beyond_doubt_is_not_counted(staff, everybody, monkeypatch, query):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite's planner expects nothing.")
    monkeypatch.setattr(keyset, "SURE", 0)
    monkeypatch.setattr(keyset, "count", None)

    data = staff.get("admin/users", {**query, "limit": 1}).data["data"]

    assert data["totalIsEstimate"]


@pytest.mark.parametrize(("query", "is_known"), [({}, True), ({"verified": "true"}, False)])
def test_a_role_of_many_has_as_many_as_its_list_says(
    staff, everybody, monkeypatch, query, is_known
):
    monkeypatch.setattr(keyset, "EXACT", 5)
    Role.objects.filter(name="user").update(holders=4_711)

    data = staff.get("admin/users", {"role": "user", "limit": 1, **query}).data["data"]

    assert (data["total"] == 4_711) == is_known
    assert data["totalIsEstimate"] or not is_known


@pytest.mark.parametrize(("many", "expected"), [(10, (9, False)), (9, (9, True)), (3, (9, True))])
def test_sqlite_counts_many_by_a_part_of_them(everybody, monkeypatch, many, expected):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's planner expects a number.")
    monkeypatch.setattr(search_terms, "MANY", many)

    assert search_terms.number_of("@example") == Count(*expected)


@pytest.mark.parametrize("share", [0.1, 200])
def test_a_few_samples_of_many_are_no_certainty(staff, everybody, monkeypatch, share):
    monkeypatch.setattr(keyset, "SURE", 0)
    monkeypatch.setattr(keyset, "SHARE", share)
    monkeypatch.setattr(keyset, "_rows", lambda _queryset: 1_000_000)

    data = staff.get("admin/users", {"verified": "true", "limit": 1}).data["data"]

    assert (data["total"], data["totalIsEstimate"]) == (8, False)


@pytest.mark.parametrize("q", ["", "exa", "e"])
def test_a_page_costs_the_same_however_long_it_is(
    staff, everybody, q, django_assert_max_num_queries
):
    for _ in range(12):
        UserFactory()

    with django_assert_max_num_queries(16):
        staff.get("admin/users", {"q": q, "limit": 20})
