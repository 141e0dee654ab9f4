"""Password, second factor and devices, in a browser."""

from __future__ import annotations

import re

import pytest

from accounts.models import Session, TotpDevice, User
from accounts.services import sessions
from config.common.request_meta import RequestMeta
from tests.accounts.authenticator import Authenticator
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
