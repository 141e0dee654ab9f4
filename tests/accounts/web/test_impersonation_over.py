"""Back from somebody's place in a browser: by a click, by time, by whatever ends it elsewhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as configured
from django.contrib.sessions.models import Session as PageSession
from django.utils import timezone

from accounts.models import Session, User
from accounts.services import sessions
from accounts.services.staff import access
from audit.kinds import Action
from audit.models import AuditEntry
from config.common.request_meta import RequestMeta
from rbac.models import RoleAssignment
from rbac.permissions import ADMIN, Permission
from tests.accounts.web.acting import acting, banner_of, name_of, row
from tests.conftest import PageClient
from tests.factories import admin
from tests.staff import entry, let_hold

OVER = "You are no longer in somebody else&#x27;s place, but yourself again."
NOBODY = RequestMeta(ip="203.0.113.9")
COOKIE = configured.SESSION_COOKIE_NAME


@pytest.fixture
def boss(db: None) -> User:
    return admin(username="boss", first_name="Grace", last_name="Hopper")


@pytest.fixture
def browser(boss: User, owner: User) -> PageClient:
    """The boss's, in the place of the owner."""
    return acting(boss, owner)


def how() -> Any:
    """What the one entry says of the end."""
    told = entry(Action.ADMIN_IMPERSONATION_ENDED)
    return told.details["how"]


def lands(browser: PageClient, path: str = "/account") -> bool:
    """The next request leads back, with the message, and the rest is one's own."""
    answer = browser.get(path, follow=True)
    assert answer.redirect_chain, "the page of the person was shown once more"
    assert OVER in answer.text
    assert banner_of(answer) == ""
    return name_of(browser) == "boss"


def test_one_click_leads_back(browser, boss, owner):
    answer = browser.post("/impersonate/end", follow=True)

    told = entry(Action.ADMIN_IMPERSONATION_ENDED)
    assert OVER in answer.text
    assert answer.redirect_chain[-1][0].startswith("/staff/")
    assert name_of(browser) == "boss"
    assert (told.actor_id, told.impersonating_id, told.user_id) == (boss.pk, owner.pk, owner.pk)
    assert told.details == {"how": "stopped"}
    assert row().revoked_at is not None


def test_the_message_is_said_once(browser):
    browser.post("/impersonate/end", follow=True)

    assert OVER not in browser.get("/account").text


def test_the_key_of_the_browser_changes_again(browser):
    before = browser.cookies[COOKIE].value

    browser.post("/impersonate/end", follow=True)

    assert browser.cookies[COOKIE].value != before
    assert not PageSession.objects.filter(pk=before).exists()
    assert "acting" not in PageSession.objects.get().get_decoded()


def test_nobody_else_has_anything_to_end(client, owner, boss):
    for person in (owner, boss):
        client.force_login(person)
        assert client.post("/impersonate/end").headers["Location"] == "/account"
        assert client.get("/account").status_code == 200
    assert PageClient().post("/impersonate/end").status_code == 302
    assert not AuditEntry.objects.filter(action="ADMIN_IMPERSONATION_ENDED").exists()


def test_it_is_over_after_a_quarter_of_an_hour(clock, boss, owner):
    browser = acting(boss, owner)

    clock.shift(899)
    assert name_of(browser) == "owner_of_it"
    clock.shift(1)
    assert lands(browser, "/account/profile")


def test_a_form_filled_in_for_the_person_is_not_saved_as_ones_own(clock, boss, owner):
    browser = acting(boss, owner)
    clock.shift(901)

    answer = browser.post("/account/profile", {"first_name": "Somebody"})

    assert answer.headers["Location"].startswith("/staff/")
    assert set(User.objects.values_list("first_name", flat=True)) == {"Ada", "Grace"}


def test_nor_is_it_a_click_later(clock, boss, owner):
    browser = acting(boss, owner)
    browser.handler.enforce_csrf_checks = True
    token = str(browser.get("/account/profile").context["csrf_token"])
    clock.shift(901)
    browser.get("/account")

    answer = browser.post("/account/profile", {"first_name": "S", "csrfmiddlewaretoken": token})

    assert answer.status_code == 403
    assert User.objects.get(pk=boss.pk).first_name == "Grace"


def test_what_a_page_fetches_by_itself_takes_no_message_away(clock, boss, owner):
    browser = acting(boss, owner)
    clock.shift(901)

    fetched = browser.get("/account/notifications/unread", headers={"accept": "application/json"})

    assert fetched.status_code == 401
    assert lands(browser)


def test_it_does_not_outlast_the_session_it_hangs_on(boss, owner):
    browser = PageClient()
    browser.force_login(boss)
    Session.objects.update(expires_at=timezone.now() + timedelta(minutes=4))

    browser.post(f"/impersonate/{owner.pk}", {"reason": "x"})

    assert "4 minutes left." in banner_of(browser.get("/account"))


# --- What ends it elsewhere -----------------------------------------------------------------------


def demoted(boss: User, _owner: User) -> None:
    admin()  # not the last one
    RoleAssignment.objects.filter(user=boss, role__name=ADMIN).delete()


def outranked(boss: User, owner: User) -> None:
    demoted(boss, owner)
    let_hold(boss, Permission.ADMIN_ACCESS)
    let_hold(owner, Permission.USER_READ)


def role_ran_out(boss: User, owner: User) -> None:
    admin()
    RoleAssignment.objects.filter(user=boss, role__name=ADMIN).update(expires_at=timezone.now())


def ended_by_the_person(_boss: User, owner: User) -> None:
    sessions.revoke(row().pk, of=owner, meta=NOBODY)


def person_suspended(_boss: User, owner: User) -> None:
    access.suspend(owner.pk, by=admin(), meta=NOBODY)


def person_erased(_boss: User, owner: User) -> None:
    owner.delete()


@pytest.mark.parametrize(
    ("happens", "ending"),
    [
        (demoted, "withoutRight"),
        (outranked, "withoutRight"),
        (role_ran_out, "withoutRight"),
        (ended_by_the_person, "revoked"),
        (person_suspended, "withSession"),
        (person_erased, None),
    ],
)
def test_what_leaves_the_admin_in_leads_back(browser, boss, owner, happens, ending):
    happens(boss, owner)

    assert lands(browser)
    if ending:
        assert how() == ending
        assert row().revoked_at is not None


def signed_out_elsewhere(boss: User) -> None:
    own = Session.objects.get(user=boss)
    sessions.revoke(own.pk, of=boss, meta=NOBODY)


def suspended(boss: User) -> None:
    access.suspend(boss.pk, by=admin(), meta=NOBODY)


def ended_by_staff(boss: User) -> None:
    sessions.end_all(boss)


def out_of_time(boss: User) -> None:
    Session.objects.filter(user=boss).update(
        created_at=timezone.now() - timedelta(hours=13), last_activity=timezone.now()
    )
    User.objects.update(sessions_valid_from=timezone.now() - timedelta(days=2))


def run_out(boss: User) -> None:
    Session.objects.filter(user=boss).update(expires_at=timezone.now())


@pytest.mark.parametrize(
    "happens", [signed_out_elsewhere, suspended, ended_by_staff, out_of_time, run_out]
)
def test_what_ends_the_admins_session_ends_all(browser, boss, owner, happens):
    happens(boss)

    answer = browser.get("/account")

    assert answer.headers["Location"] == "/login?next=%2Faccount"
    assert "Your session has ended." in browser.get("/login").text
    assert banner_of(browser.get("/docs")) == ""
    browser.post("/account/profile", {"city": "London"})
    assert not AuditEntry.objects.filter(action="PROFILE_UPDATED").exists()


def test_signing_out_ends_both(browser, boss, owner):
    answer = browser.post("/logout")

    left = entry(Action.USER_LOGOUT)
    assert answer.headers["Location"] == "/login"
    assert not Session.objects.unended().exists()
    assert how() == "withSession"
    assert (left.actor_id, left.user_id, left.impersonating_id) == (boss.pk, boss.pk, None)
    assert browser.get("/account").status_code == 302


def test_a_second_one_can_follow(browser, owner, stranger):
    browser.post("/impersonate/end", follow=True)

    browser.post(f"/impersonate/{stranger.pk}", {"reason": "x"})

    assert name_of(browser) == "stranger"


def test_what_a_page_session_says_is_not_believed(browser, boss, stranger):
    """An id that is nobody's impersonation, or another admin's, opens nothing."""
    other = acting(admin(), stranger)
    theirs = other.session["acting"]
    for held in (theirs, {}, {"session": "x", "person": "y"}, {**theirs, "person": str(boss.pk)}):
        page = browser.session
        page["acting"] = held
        page.save()
        browser.cookies[COOKIE] = page.session_key
        assert browser.get("/account", follow=True).context["request"].user.username == "boss"
