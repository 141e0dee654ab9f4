"""One person's account from sign-up to sign-out, over a real socket and with real mail."""

from __future__ import annotations

import pytest

from tests.journeys.browser import Browser
from tests.servers import MailServer, Program, link_in, text_of, token_in

ADA = "ada@example.org"
FIRST, SECOND, THIRD = "Correct-Horse7", "Another-Horse8", "Yet-Another-Horse9"


@pytest.fixture
def muster(as_configured: Program) -> Program:
    as_configured.serve()
    as_configured.worker.start()
    return as_configured


def sign_up(muster: Program, email: str, username: str) -> None:
    body = {"email": email, "username": username, "password": FIRST, "firstName": "Ada"}
    answer = muster.call("POST", "auth/register", body)
    assert answer.status == 201, answer.body
    assert answer.data["user"]["email"] == email
    assert answer.data["user"]["emailVerified"] is False


def log_in(muster: Program, password: str, *, status: int = 200) -> dict[str, str]:
    """The tokens, where it is to succeed."""
    answer = muster.call("POST", "auth/login", {"identifier": ADA, "password": password})
    assert answer.status == status, answer.body
    return answer.data["tokens"] if status == 200 else {}


def profile(muster: Program, tokens: dict[str, str], *, status: int = 200) -> dict[str, object]:
    answer = muster.call("GET", "users/profile", token=tokens["accessToken"])
    assert answer.status == status, answer.body
    return answer.data if status == 200 else {}


def refresh(muster: Program, tokens: dict[str, str], *, status: int = 200) -> dict[str, str]:
    answer = muster.call("POST", "auth/refresh", {"refreshToken": tokens["refreshToken"]})
    assert answer.status == status, answer.body
    return answer.data if status == 200 else {}


def test_a_life_from_sign_up_to_sign_out(muster: Program, mail_server: MailServer):
    # Sign-up, and the mail that it sends.
    sign_up(muster, ADA, "ada")
    welcome = mail_server.wait_for(ADA, "Confirm your email address for Muster")
    assert "Hello Ada," in text_of(welcome)
    assert link_in(welcome).startswith("https://accounts.example.org/verify-email?token=")
    assert welcome["Auto-Submitted"] == "auto-generated"

    # The link leads to a page with a button: looking at it confirms nothing, pressing it does.
    browser = Browser(muster)
    page = browser.open(link_in(welcome))
    assert (page.status, browser.path) == (200, "/verify-email")
    assert "Confirm your email address" in page.body
    tokens = log_in(muster, FIRST)
    assert profile(muster, tokens)["emailVerified"] is False
    done = browser.press()
    assert done.status == 200
    assert "Your email address is confirmed." in done.body
    assert profile(muster, tokens)["emailVerified"] is True
    assert browser.open(link_in(welcome)).status == 200
    assert browser.press().status == 400  # the link was spent

    # Signed in: who am I, and the next pair of tokens.
    shown = profile(muster, tokens)
    assert (shown["email"], shown["username"], shown["roles"]) == (ADA, "ada", ["user"])
    other_device = log_in(muster, FIRST)
    successor = refresh(muster, tokens)
    assert successor["refreshToken"] != tokens["refreshToken"]
    assert refresh(muster, tokens)["refreshToken"] == successor["refreshToken"]
    tokens = refresh(muster, successor)

    # A new password: this device stays, the other one goes, and the old word opens nothing.
    change = {"currentPassword": FIRST, "newPassword": SECOND, "confirmPassword": SECOND}
    changed = muster.call("POST", "auth/change-password", change, token=tokens["accessToken"])
    assert changed.status == 200, changed.body
    told = mail_server.wait_for(ADA, "Your Muster password was changed")
    assert "your other devices were signed out" in text_of(told)
    profile(muster, tokens)
    profile(muster, other_device, status=401)
    refresh(muster, other_device, status=401)
    log_in(muster, FIRST, status=401)

    # Forgotten: the mailed link sets another one and ends every session.
    assert muster.call("POST", "auth/forgot-password", {"email": ADA}).status == 200
    link = mail_server.wait_for(ADA, "Reset your Muster password")
    assert "The link works for 1 hour" in text_of(link).replace("\xa0", " ")
    reset = {"token": token_in(link), "password": THIRD, "confirmPassword": THIRD}
    assert muster.call("POST", "auth/reset-password", reset).status == 200
    assert muster.call("POST", "auth/reset-password", reset).body["code"] == "TOKEN_INVALID"
    profile(muster, tokens, status=401)
    log_in(muster, SECOND, status=401)
    tokens = log_in(muster, THIRD)

    # Sign-out: both tokens are worth nothing from now on.
    left = muster.call("POST", "auth/logout", {"refreshToken": tokens["refreshToken"]})
    assert left.status == 200
    profile(muster, tokens, status=401)
    refresh(muster, tokens, status=401)


def test_an_address_is_confirmed_over_the_api_as_well(muster: Program, mail_server: MailServer):
    sign_up(muster, "ida@example.org", "ida")
    body = {"token": token_in(mail_server.wait_for("ida@example.org", "Confirm your email"))}

    confirmed = muster.call("POST", "auth/verify-email", body)
    again = muster.call("POST", "auth/verify-email", body)

    assert confirmed.status == 200, confirmed.body
    assert (again.status, again.body["code"]) == (400, "TOKEN_INVALID")
    verified = "SELECT email_verified_at IS NOT NULL FROM accounts_user WHERE username = 'ida'"
    assert muster.sql(verified) == [(True,)]


def test_a_password_is_reset_on_the_page_that_the_mail_links_to(
    muster: Program, mail_server: MailServer
):
    sign_up(muster, ADA, "ada")
    muster.call("POST", "auth/forgot-password", {"email": ADA})
    browser = Browser(muster)

    page = browser.open(link_in(mail_server.wait_for(ADA, "Reset your Muster password")))
    differ = browser.press(password=SECOND, confirm_password=THIRD)
    done = browser.press(password=SECOND, confirm_password=SECOND)

    assert (page.status, differ.status, done.status) == (200, 422, 200)
    assert "Your password is set." in done.body
    log_in(muster, SECOND)
