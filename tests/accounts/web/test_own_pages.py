"""What a person does about their account in a browser: the same services as over the API."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

from accounts.models import OneTimeToken, Profile, Purpose, Session, TotpDevice, User
from accounts.services import sessions
from audit.kinds import Action
from audit.models import AuditEntry
from config.common.request_meta import RequestMeta
from notifications.kinds import Kind
from notifications.models import Notification
from notifications.services import inbox
from tests.accounts.authenticator import Authenticator, turned_on
from tests.accounts.drawing import encoded
from tests.factories import PASSWORD, UserFactory

NEW = "Another-Horse8"
HERE = RequestMeta(ip="203.0.113.9", user_agent="Mozilla/5.0 (X11; Linux) Firefox/145.0")
SIGN_UP = {"email": "ada@example.org", "username": "ada", "password": PASSWORD}


@pytest.fixture
def browser(client, owner):
    client.force_login(owner)
    return client


def fresh(user):
    return User.objects.get(pk=user.pk)


# --- Coming in ------------------------------------------------------------------------------------


def test_signing_up_makes_an_account_and_mails_a_link(client, link_token):
    answer = client.post("/register", {**SIGN_UP, "first_name": "Ada"})

    assert answer.status_code == 200
    assert "ada@example.org" in answer.text
    client.get(f"/verify-email?token={link_token('verify-email')}")
    client.post("/verify-email")
    assert fresh(User.objects.get(username="ada")).email_verified


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("email", "no address", "Enter a valid email address."),
        ("username", "a b", "Use 3 to 30 letters, digits and underscores."),
        ("username", "admin", "This name cannot be used."),
        ("first_name", "Ada\u202e", "This holds characters that cannot be used here."),
        ("password", "short", "8"),
    ],
)
def test_faults_stand_at_their_field_and_on_top(client, db, field, value, said):
    answer = client.post("/register", {**SIGN_UP, field: value})

    assert answer.status_code == 422
    assert f'href="#id_{field}"' in answer.text
    assert f'id="id_{field}_error"' in answer.text
    assert re.search(rf'aria-describedby="[^"]*id_{field}_error"', answer.text)
    assert said in answer.text
    assert not User.objects.exists()


def test_a_taken_name_is_said_at_the_name(client, owner):
    answer = client.post("/register", {**SIGN_UP, "username": owner.username})

    assert answer.status_code == 409
    assert 'id="id_username_error"' in answer.text


def test_a_closed_sign_up_shows_no_form(client, db, settings):
    settings.REGISTRATION_OPEN = False

    answer = client.get("/register")

    assert answer.status_code == 403
    assert '<form method="post" class' not in answer.text


@pytest.mark.parametrize("path", ["/forgot-password", "/resend-verification"])
def test_known_and_unknown_addresses_are_answered_alike(client, db, path):
    known = UserFactory(unverified=True)

    answers = [
        re.sub(r'value="\w+"', "", client.post(path, {"email": email}).text)
        for email in (known.email, "nobody@example.org")
    ]

    assert answers[0] == answers[1]


def test_a_forgotten_password_is_set_anew_by_the_mailed_link(client, owner, link_token):
    client.post("/forgot-password", {"email": owner.email})
    client.get(f"/reset-password?token={link_token('reset-password')}")

    client.post("/reset-password", {"password": NEW, "confirm_password": NEW})

    assert client.post("/login", {"identifier": owner.email, "password": NEW}).status_code == 302


# --- Security -------------------------------------------------------------------------------------


def test_the_overview_tells_what_happened(browser):
    answer = browser.get("/account")

    assert answer.status_code == 200
    assert "Second factor" in answer.text


def test_a_new_password_signs_the_other_devices_out_and_not_this_one(browser, owner):
    other = sessions.open_session(owner, meta=HERE)
    form = {"current_password": PASSWORD, "new_password": NEW, "confirm_password": NEW}

    answer = browser.post("/account/password", form)

    assert answer.status_code == 302
    assert not Session.objects.unended().filter(pk=other.pk).exists()
    assert browser.get("/account").status_code == 200


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"current_password": "Wrong-Horse9"}, 401),
        ({"confirm_password": "Different-Horse8"}, 422),
        ({"new_password": PASSWORD, "confirm_password": PASSWORD}, 400),
        ({"new_password": "weak", "confirm_password": "weak"}, 422),
    ],
)
def test_a_new_password_follows_the_rules(browser, owner, change, status):
    form = {"current_password": PASSWORD, "new_password": NEW, "confirm_password": NEW}

    answer = browser.post("/account/password", {**form, **change})

    assert answer.status_code == status
    assert fresh(owner).password == owner.password


def test_the_second_factor_from_set_up_to_off(browser, owner):
    page = browser.get("/account/two-factor/setup").text
    assert "data:image/png;base64," in page
    assert page == re.sub(
        r'name="csrfmiddlewaretoken" value="\w+"',
        re.search(r'name="csrfmiddlewaretoken" value="\w+"', page)[0],
        browser.get("/account/two-factor/setup").text,
    )
    app = Authenticator(TotpDevice.objects.get(user=owner).seed, [])

    answer = browser.post("/account/two-factor/setup", {"code": app.code()})

    assert fresh(owner).has_two_factor
    assert len(re.findall(r"<li>[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}</li>", answer.text)) == 10
    answer = browser.post("/account/two-factor/backup-codes", {"code": app.code(1)})
    codes = re.findall(r"<li>([0-9A-Z-]{19})</li>", answer.text)
    assert len(codes) == 10
    assert browser.post("/account/two-factor/off", {"code": codes[0]}).status_code == 302
    assert not fresh(owner).has_two_factor


def test_a_wrong_first_code_turns_nothing_on_and_keeps_the_secret(browser, owner):
    browser.get("/account/two-factor/setup")
    seed = TotpDevice.objects.get(user=owner).seed

    answer = browser.post("/account/two-factor/setup", {"code": "000000"})

    assert answer.status_code == 400
    assert not fresh(owner).has_two_factor
    assert TotpDevice.objects.get(user=owner).seed == seed


# --- Devices --------------------------------------------------------------------------------------


def test_another_device_is_listed_and_ended(browser, owner):
    other = sessions.open_session(owner, meta=HERE)

    assert "Firefox on Linux" in browser.get("/account/sessions").text
    browser.post(f"/account/sessions/{other.pk}")

    assert not Session.objects.unended().filter(pk=other.pk).exists()


def test_all_others_are_ended_at_once(browser, owner):
    for _ in range(3):
        sessions.open_session(owner, meta=HERE)

    browser.post("/account/sessions")

    assert Session.objects.unended().filter(user=owner).count() == 1


@pytest.mark.parametrize("session_id", ["not-an-id", "019aaf3e-5c1f-7c52-9d43-0c6f5a2b7e10"])
def test_what_is_not_ones_own_is_not_there(browser, session_id):
    assert browser.post(f"/account/sessions/{session_id}").status_code == 404


def test_a_strangers_device_is_not_there_either(browser, stranger):
    other = sessions.open_session(stranger, meta=HERE)

    assert browser.post(f"/account/sessions/{other.pk}").status_code == 404
    assert Session.objects.unended().filter(pk=other.pk).exists()


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


# --- Data, leaving, coming back -------------------------------------------------------------------


def test_the_file_is_sent_to_a_form_and_to_no_link(browser, owner):
    assert browser.get("/account/data/download").status_code == 302
    assert not AuditEntry.objects.filter(action=Action.DATA_EXPORTED).exists()

    answer = browser.post("/account/data/download")

    assert owner.email in answer.getvalue().decode()
    assert "attachment" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("path", "column", "back"),
    [
        ("/account/deactivate", "deactivated_at", "/reactivate"),
        ("/account/delete", "deleted_at", "/recover"),
    ],
)
def test_leaving_and_coming_back(browser, owner, path, column, back):
    assert browser.post(path, {"password": "Wrong-Horse9"}).status_code == 401
    assert browser.post(path, {"password": PASSWORD}).status_code == 200
    assert getattr(fresh(owner), column)
    assert browser.get("/account").status_code == 302

    answer = browser.post(back, {"email": owner.email, "password": PASSWORD})

    assert answer.status_code == 200
    assert not getattr(fresh(owner), column)


def test_coming_back_takes_the_second_factor(client, db):
    user = UserFactory(deleted=True)
    app = turned_on(user)
    form = {"email": user.email, "password": PASSWORD}

    assert client.post("/recover", form).status_code == 401
    assert client.post("/recover", {**form, "code": app.code()}).status_code == 200


def test_erasing_shows_the_receipt_and_leaves_nobody(browser, owner):
    form = {"password": PASSWORD, "confirm_email": "other@example.org"}
    assert browser.post("/account/erase", form).status_code == 400

    answer = browser.post("/account/erase", {**form, "confirm_email": owner.email})

    assert 'id="receipt"' in answer.text
    assert not User.objects.filter(pk=owner.pk).exists()
    assert browser.get("/account").status_code == 302


# --- The look -------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_theme_is_kept_without_scripts(client, db, theme):
    answer = client.post("/theme", {"theme": theme, "next": "/login"})

    assert answer.headers["Location"] == "/login"
    assert f'data-theme="{theme}"' in client.get("/login").text
    client.post("/theme", {"theme": ""})
    assert "data-theme" not in client.get("/login").text


def test_a_theme_that_is_none_gets_nowhere(client, db):
    client.cookies["theme"] = '"><script>'

    assert "script>" not in client.get("/login").text.replace("</script>", "").split("<body")[1]


def test_a_link_kept_for_later_dies_with_its_hour(client, owner, time_machine):
    del owner
    time_machine.move_to("2026-11-23T10:00:00Z", tick=False)
    client.get("/unlock?token=x")
    assert OneTimeToken.objects.filter(purpose=Purpose.UNLOCK).count() == 0

    time_machine.shift(3601)

    assert client.post("/unlock").status_code == 400
