"""In somebody's place in a browser: what passes, what is not even offered, and the banner."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import Session, User
from audit.models import AuditEntry
from config.common.pages import FORMS, NOTHING, READING, passing
from notifications.models import Notification
from tests.accounts.authenticator import turned_on
from tests.accounts.drawing import encoded
from tests.accounts.web.acting import acting, banner_of, row, views
from tests.conftest import PageClient
from tests.factories import UserFactory, admin

REFUSED = "That cannot be done in somebody else&#x27;s place."
ID = "019aaf3e-5c1f-7c52-9d43-0c6f5a2b7e10"
# Whose forms pass in somebody's place. A new line here is a decision.
OPEN_FORMS = {
    "profile",
    "picture",
    "theme",
    "logout",
    "impersonate-end",
    "mailbox",
    "mail",
    "mail-html",
}
# And what can be looked at besides.
READ = {
    "front",
    "brand",
    "register",
    "login",
    "security",
    "two-factor",
    "sessions",
    "session",
    "trusted-device",
    "notifications",
    "notification",
    "unread",
}
PAGES = [one for one in views() if one.name]


@pytest.fixture
def boss(db: None) -> User:
    return admin(username="boss", first_name="Grace", last_name="Hopper")


@pytest.fixture
def browser(boss: User, owner: User) -> PageClient:
    """The boss's, in the place of the owner."""
    return acting(boss, owner)


def path_of(page) -> str:
    return reverse(f"web:{page.name}", kwargs=dict.fromkeys(page.pattern.converters, ID))


@pytest.mark.parametrize("page", PAGES, ids=[one.name for one in PAGES])
def test_what_is_not_on_the_list_is_closed(boss, page):
    """In the place of another admin, so that no permission is missing."""
    browser = acting(boss, admin())

    read, sent = browser.get(path_of(page)), browser.post(path_of(page), {"password": "x"})

    assert (read.status_code == 403) == (page.name not in OPEN_FORMS | READ), read.text
    assert (sent.status_code == 403) == (page.name not in OPEN_FORMS), sent.text
    for answer in (read, sent):
        assert answer.status_code != 403 or REFUSED in answer.text


def test_the_lists_hold_nothing_that_is_not_there():
    assert {page.name for page in PAGES} >= (OPEN_FORMS | READ) - {"mailbox", "mail", "mail-html"}


def test_a_page_that_says_nothing_of_itself_is_closed():
    def new(request):
        raise NotImplementedError

    assert passing(new) == NOTHING
    assert NOTHING < READING < FORMS


@pytest.mark.parametrize(
    "path", ["/staff/", "/staff/accounts/", "/staff/rbac/role/", "/staff/nothing", "/staff/jsi18n/"]
)
def test_the_staff_site_is_closed_whoever_the_person_is(boss, path):
    browser = acting(boss, admin())

    for answer in (browser.get(path), browser.post(path, {})):
        assert answer.status_code == 403
        assert REFUSED in answer.text
        assert banner_of(answer)


# --- The banner -----------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=[one.name for one in PAGES])
def test_the_banner_is_on_every_page(browser, page):
    answer = browser.get(path_of(page))

    if answer.headers.get("Content-Type", "").startswith("text/html") and answer.content:
        said = banner_of(answer)
        assert said.startswith("You are looking at Muster as Ada Lovelace .")
        assert "Reason: They called. 15 minutes left." in said
        assert said.endswith("Back to my account")
    else:
        assert answer.status_code in {302, 405} or page.name in {"brand", "unread"}


@pytest.mark.parametrize(
    ("path", "status"),
    [("/nothing-here", 404), ("/docs", 200), ("/docs/errors", 200), ("/staff/", 403)],
)
def test_it_is_on_what_is_no_account_page_as_well(browser, path, status):
    answer = browser.get(path)

    assert answer.status_code == status
    assert "They called." in banner_of(answer)


def test_it_is_on_a_form_with_faults_and_on_a_refused_one(browser, boss, owner):
    strict = acting(boss, owner, enforce_csrf_checks=False)
    strict.handler.enforce_csrf_checks = True

    assert banner_of(browser.post("/account/profile", {"date_of_birth": "never"}))
    assert banner_of(strict.post("/account/profile", {}))


def test_it_counts_down(boss, owner, clock):
    browser = acting(boss, owner)

    clock.shift(14 * 60 - 1)
    assert "2 minutes left." in banner_of(browser.get("/account"))
    clock.shift(59)
    assert "1 minute left." in banner_of(browser.get("/account"))


def test_nobody_else_sees_one(client, owner, browser):
    client.force_login(owner)

    assert banner_of(client.get("/account")) == ""


def test_it_speaks_the_language_of_who_reads_it(boss):
    foreign = UserFactory(language="de")
    browser = acting(boss, foreign)

    assert banner_of(browser.get("/account")).startswith("You are looking at")


# --- What is offered ------------------------------------------------------------------------------

_LINK = re.compile(r'<a [^>]*href="(/[^"#?]*)')
_FORM = re.compile(r'<form\b[^>]*method="post"[^>]*>')


def test_no_link_and_no_form_leads_to_a_refusal(boss, owner):
    """Walks on from the overview, as a reader would."""
    turned_on(owner)
    other = PageClient()
    other.force_login(owner)
    browser = acting(boss, owner)
    seen, open_, forms = set(), ["/account"], set()
    while open_:
        path = open_.pop()
        if path in seen or path.startswith(("/docs", "/api", "/static")):
            continue
        seen.add(path)
        answer = browser.get(path, follow=True)
        assert answer.status_code == 200, path
        open_ += _LINK.findall(answer.text)
        for form in _FORM.findall(answer.text):
            action = re.search(r'action="([^"]+)"', form)
            forms.add(action[1] if action else path)

    assert seen >= {"/account/sessions", "/account/profile", "/account/notifications"}
    assert forms == {
        "/theme",
        "/logout",
        "/impersonate/end",
        "/account/profile",
        "/account/picture",
    }


# --- What passes, and under whose names -----------------------------------------------------------


def test_the_profile_can_be_changed_and_both_are_named(browser, boss, owner):
    answer = browser.post("/account/profile", {"city": "London", "first_name": "Ada"})

    told = AuditEntry.objects.get(action="PROFILE_UPDATED")
    assert answer.status_code == 302
    assert (told.actor_id, told.impersonating_id, told.user_id) == (boss.pk, owner.pk, owner.pk)
    owner.refresh_from_db()
    assert owner.profile.city == "London"


def test_so_can_the_picture(browser, boss, owner):
    picture = SimpleUploadedFile("me.png", encoded(), "image/png")

    browser.post("/account/picture", {"picture": picture})
    browser.post("/account/picture", {"remove": "1"})

    told = AuditEntry.objects.filter(action__startswith="AVATAR_").order_by("pk")
    assert [(one.action, one.actor_id, one.impersonating_id) for one in told] == [
        ("AVATAR_UPDATED", boss.pk, owner.pk),
        ("AVATAR_REMOVED", boss.pk, owner.pk),
    ]


def test_a_link_of_ones_own_is_not_spent_in_somebody_elses_place(browser, link_token, owner, api):
    """Its entry would name the staff as acting for whoever the link belongs to."""
    api.post("auth/forgot-password", {"email": owner.email})
    before = AuditEntry.objects.count()

    answer = browser.get(f"/reset-password?token={link_token('reset-password')}")

    assert answer.status_code == 403
    assert AuditEntry.objects.count() == before


def test_reading_notices_marks_none_and_leaves_no_trace(browser, owner):
    before = dict(Session.objects.filter(user=owner).values_list("pk", "last_activity"))

    browser.get("/account/notifications")

    assert not Notification.objects.filter(is_read=True).exists()
    assert dict(Session.objects.filter(user=owner).values_list("pk", "last_activity")) == before


def test_the_persons_own_limit_is_not_used_up(boss, owner, settings):
    settings.RATE_LIMIT_DEFAULT = (4, 60)
    browser, own = acting(boss, owner), PageClient()
    own.force_login(owner)

    answers = [browser.get("/account").status_code for _ in range(5)]

    assert answers[-1] == 429
    assert own.get("/account").status_code == 200


def test_a_forged_stop_stops_nothing(boss, owner):
    browser = acting(boss, owner)
    browser.handler.enforce_csrf_checks = True

    assert browser.post("/impersonate/end").status_code == 403
    assert browser.get("/impersonate/end").status_code == 405
    assert row().revoked_at is None
