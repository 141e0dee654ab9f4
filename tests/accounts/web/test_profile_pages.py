"""Profile, preferences and notifications, in a browser."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

from accounts.models import Profile, User
from config.common.request_meta import RequestMeta
from notifications.kinds import Kind
from notifications.models import Notification
from notifications.services import inbox
from tests.accounts.drawing import encoded
from tests.factories import PASSWORD

NEW = "Another-Horse8"
HERE = RequestMeta(ip="203.0.113.9", user_agent="Mozilla/5.0 (X11; Linux) Firefox/145.0")
SIGN_UP = {"email": "ada@example.org", "username": "ada", "password": PASSWORD}


@pytest.fixture
def browser(client, owner):
    client.force_login(owner)
    return client


def fresh(user):
    return User.objects.get(pk=user.pk)


# --- Profile --------------------------------------------------------------------------------------


def test_the_profile_is_saved(browser, owner):
    form = {
        "first_name": "Grace",
        "last_name": "Hopper",
        "phone": "+44 20 7183 8750",
        "date_of_birth": "1985-12-10",
        "timezone": "Europe/London",
        "city": "London",
    }

    answer = browser.post("/account/profile", form)

    told = Profile.objects.get(user=owner)
    assert answer.status_code == 302
    assert fresh(owner).first_name == "Grace"
    assert told.phone == "+442071838750"
    assert told.date_of_birth.isoformat() == "1985-12-10"
    assert told.timezone == "Europe/London"
    assert 'value="Grace"' in browser.get("/account/profile").text


@pytest.mark.parametrize(
    ("field", "value"),
    [("phone", "12"), ("date_of_birth", "2999-01-01"), ("timezone", "Mars"), ("bio", "x" * 501)],
)
def test_a_fault_in_the_profile_changes_nothing(browser, owner, field, value):
    answer = browser.post("/account/profile", {"first_name": "Grace", field: value})

    assert answer.status_code == 422
    assert fresh(owner).first_name == owner.first_name


def test_a_picture_is_set_and_removed(browser, owner):
    file = SimpleUploadedFile("me.png", encoded(), "image/png")

    browser.post("/account/picture", {"picture": file})
    assert fresh(owner).avatar
    browser.post("/account/picture", {"remove": "1"})

    assert not fresh(owner).avatar


def test_no_picture_is_said(browser):
    assert browser.post("/account/picture").status_code == 400
    file = SimpleUploadedFile("me.png", b"no picture", "image/png")
    assert browser.post("/account/picture", {"picture": file}).status_code == 400


def test_the_language_is_that_of_the_next_page(browser, owner):
    kinds = {kind.value: "on" for kind in Kind}

    browser.post("/account/preferences", {"language": "de", **kinds})

    assert fresh(owner).language == "de"
    assert '<html lang="de"' in browser.get("/account").text
    translation.activate("en")


def test_a_kind_of_mail_is_silenced_and_security_never(browser, owner):
    browser.post("/account/preferences", {"language": "en", "SYSTEM": "on"})

    wishes = Profile.objects.get(user=owner).preferences["notifications"]
    assert wishes == {
        "EMAIL_VERIFIED": False,
        "ACCOUNT_UPDATE": False,
        "ROLE_CHANGED": False,
        "SYSTEM": True,
    }


def test_another_address_is_asked_for_and_confirmed(browser, owner, link_token):
    form = {"new_email": "new@example.org", "password": PASSWORD}

    assert browser.post("/account/email", form).status_code == 302
    assert fresh(owner).email == owner.email
    browser.get(f"/confirm-email?token={link_token('confirm-email')}")
    browser.post("/confirm-email")

    assert fresh(owner).email == "new@example.org"
    assert browser.get("/account").status_code == 200, "the browser that confirmed it goes on"


# --- Notifications --------------------------------------------------------------------------------


def test_the_inbox_is_read_page_by_page(browser, owner):
    for number in range(30):
        inbox.notify(owner, Kind.SYSTEM, title=f"Notice {number}.", message="Hello.")

    first = browser.get("/account/notifications").text
    older = re.search(r"\?after=[\w-]+", first)[0]
    second = browser.get(f"/account/notifications{older}").text

    shown = re.findall(
        r"Notice \d+\.", re.sub(r"<span class=\"visually-hidden\">.*?</span>", "", first + second)
    )
    assert sorted(shown) == sorted(f"Notice {number}." for number in range(30))


def test_notices_are_read_deleted_and_cleared(browser, owner):
    notices = [inbox.notify(owner, Kind.SYSTEM, title="Hi", message="You.") for _ in range(3)]
    assert browser.get("/account/notifications/unread").json() == {"unread": 3}

    browser.post(f"/account/notifications/{notices[0].pk}", {"read": "1"})
    assert browser.get("/account/notifications/unread").json() == {"unread": 2}
    browser.post(f"/account/notifications/{notices[1].pk}", {"delete": "1"})
    assert Notification.objects.filter(user=owner).count() == 2
    browser.post("/account/notifications", {"read": "1"})
    assert browser.get("/account/notifications/unread").json() == {"unread": 0}
    browser.post("/account/notifications", {"clear": "1"})
    assert not Notification.objects.filter(user=owner).exists()


def test_a_strangers_notice_is_not_there(browser, stranger):
    notice = inbox.notify(stranger, Kind.SYSTEM, title="Hi", message="You.")

    assert browser.post(f"/account/notifications/{notice.pk}", {"delete": "1"}).status_code == 404


def test_the_bell_tells_strangers_nothing(client, db):
    assert client.get("/account/notifications/unread").status_code == 401
