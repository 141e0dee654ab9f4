"""One person's page; what the list does out of time; the index behind it."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.models import AccountLock, User
from accounts.selectors import directory
from accounts.services import search_index
from config.common.errors import TooBroad
from tests.accounts.authenticator import turned_on
from tests.accounts.searching import SEARCHER, find
from tests.factories import UserFactory, admin, moderator


@pytest.fixture
def staff(client_for):
    return client_for(moderator(username=SEARCHER, first_name="", last_name=""))


# --- Out of time ----------------------------------------------------------------------------------


def test_a_walk_that_runs_out_of_time_says_so_and_goes_on(staff, everybody, monkeypatch):
    monkeypatch.setattr(directory, "WINDOWS", (2,))
    monkeypatch.setattr(directory, "WALK", -1.0)

    seen, asked = [], {"q": "an"}
    for _ in range(20):
        data = staff.get("admin/users", asked).data["data"]
        seen += [user["username"] for user in data["users"]]
        if data["nextCursor"] is None:
            break
        assert data["incomplete"] is True
        asked = {"cursor": data["nextCursor"]}

    assert seen == ["hans", "anna"]


def test_an_index_that_takes_too_long_is_given_up_for_a_walk(staff, everybody, monkeypatch):
    def slow(self, **_page):
        raise TooBroad

    monkeypatch.setattr(directory.Directory, "_found", slow)

    assert find(staff, q="ann") == ["anna"]


# --- One person -----------------------------------------------------------------------------------


def test_one_persons_page(staff, owner, client_for):
    client_for(owner)
    app = turned_on(owner)
    AccountLock.objects.create(key=owner.username, failures=3)

    data = staff.get(f"admin/users/{owner.pk}").data["data"]

    assert data["user"]["email"] == owner.email
    assert [role["name"] for role in data["roles"]] == ["user"]
    assert len(data["sessions"]) == 1
    assert data["twoFactor"]["enabled"] is True
    assert data["twoFactor"]["backupCodesRemaining"] == 10
    assert data["lock"]["failures"] == 3
    assert data["lock"]["locked"] is False
    assert app.seed not in str(data)
    assert owner.password not in str(data)


def test_nobody_has_no_page(staff):
    assert staff.get("admin/users/019aaf3e-5c1f-7c52-9d43-0c6f5a2b7e10").status_code == 404
    assert staff.get("admin/users/nothing").status_code == 404


def test_a_page_is_a_bounded_number_of_statements(staff, owner, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        staff.get(f"admin/users/{owner.pk}")


# --- The index ------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_what_was_edited_by_hand_is_mended_by_a_rebuild():
    person = UserFactory(username="wanted_one")
    User.objects.filter(pk=person.pk).update(search_text="something else")

    assert search_index.rebuild() == 1
    assert search_index.rebuild() == 0
    assert User.objects.get(pk=person.pk).search_text == person.search_text


def test_triggers_that_were_dropped_are_made_again(staff):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL keeps its index by itself.")
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER accounts_user_search_insert")
    UserFactory(username="wanted_one")
    assert find(staff, q="wanted_one") == []

    search_index.ensure()

    assert find(staff, q="wanted_one") == ["wanted_one"]


def test_triggers_of_an_older_version_are_made_anew(staff):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL keeps its index by itself.")
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER accounts_user_search_insert")
        cursor.execute(
            "CREATE TRIGGER accounts_user_search_insert AFTER INSERT ON accounts_user BEGIN"
            " INSERT INTO accounts_user_search VALUES (new.search_text, new.id); END"
        )
    UserFactory(username="wanted_one", last_name="Xuq")
    assert find(staff, q="uq") == []

    search_index.ensure()

    assert find(staff, q="uq") == ["wanted_one"]


def test_admins_are_found_like_anybody(staff):
    admin(username="boss_of_it")

    assert find(staff, role="admin") == ["boss_of_it"]


def test_the_command_says_how_many_it_mended(everybody, capsys):
    User.objects.filter(username="anna").update(search_text="something else")

    call_command("reindex_search")

    assert "outdated text: 1." in capsys.readouterr().out
