"""The pages that mails link to: a GET spends nothing, a button does the work once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.sessions.models import Session as PageSession
from django.test import Client
from django.utils import timezone

from accounts import hashers
from accounts.models import AccountLock, OneTimeToken, Purpose, User
from accounts.services import one_time
from config.common.errors import Busy
from tests.factories import PASSWORD, UserFactory

NEW = "Another-Horse8"
FORM = {"password": NEW, "confirm_password": NEW}
PAGES = {
    "verify-email": Purpose.VERIFY_EMAIL,
    "unlock": Purpose.UNLOCK,
    "not-me": Purpose.NOT_ME,
    "reset-password": Purpose.RESET_PASSWORD,
    "accept-invitation": Purpose.INVITATION,
}


@pytest.fixture
def person(db):
    user = UserFactory(unverified=True)
    AccountLock.objects.create(key=user.username, failures=20)
    return user


@pytest.fixture
def browser(db):
    return Client()


def token_for(user, page):
    return one_time.issue(user, PAGES[page], binding=user.email)


def form_for(page):
    return FORM if page in {"reset-password", "accept-invitation"} else {}


def is_done(user, page):
    """Has the page's work happened?"""
    now = User.objects.get(pk=user.pk)
    return {
        "verify-email": lambda: now.email_verified,
        "unlock": lambda: AccountLock.objects.get().failures == 0,
        "not-me": lambda: now.sessions_valid_from > user.sessions_valid_from,
        "reset-password": lambda: check_password(NEW, now.password),
        "accept-invitation": lambda: check_password(NEW, now.password) and now.email_verified,
    }[page]()


@pytest.mark.parametrize("page", PAGES)
def test_opening_the_link_spends_nothing_and_lands_on_a_clean_address(person, browser, page):
    token = token_for(person, page)

    for method in (browser.head, browser.get, browser.get):
        opened = method(f"/{page}?token={token}")
        assert opened.status_code == 302
        assert opened.headers["Location"] == f"{django_settings.PUBLIC_URL}/{page}"
    shown = browser.get(f"/{page}")

    assert shown.status_code == 200
    assert not is_done(person, page)
    assert OneTimeToken.objects.unspent().filter(purpose=PAGES[page]).exists()
    # The token stands in no page, no address and, in clear, in no row.
    assert token not in shown.content.decode()
    assert b'method="post"' in shown.content
    for row in PageSession.objects.all():
        assert token not in row.session_data
        assert token not in str(row.get_decoded())


@pytest.mark.parametrize("page", PAGES)
def test_the_button_works_once(person, browser, page):
    browser.get(f"/{page}?token={token_for(person, page)}")

    first = browser.post(f"/{page}", form_for(page))
    again = browser.post(f"/{page}", form_for(page))

    assert first.status_code == 200
    assert is_done(person, page)
    assert again.status_code == 400
    assert b"link from your mail" in again.content


@pytest.mark.parametrize("page", PAGES)
def test_a_used_link_says_so_and_is_forgotten(person, browser, page):
    token = token_for(person, page)
    for _ in range(2):
        browser.get(f"/{page}?token={token}")
        answer = browser.post(f"/{page}", form_for(page))

    assert answer.status_code == 400
    assert b"not valid, or it was used before" in answer.content
    assert not any("link:" in str(row.get_decoded()) for row in PageSession.objects.all())


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("token", [None, "", "garbage", "x" * 5000, "\u00e4\u202e", "<script>"])
def test_no_link_and_a_forged_one_do_nothing(person, browser, page, token):
    if token is not None:
        browser.get(f"/{page}", {"token": token})

    answer = browser.post(f"/{page}", form_for(page))

    assert answer.status_code == 400
    assert not is_done(person, page)
    assert b"<script>" not in answer.content


@pytest.mark.parametrize("page", PAGES)
def test_an_expired_link_says_so(person, browser, page, clock):
    token = token_for(person, page)
    clock.shift(timedelta(days=7))
    browser.get(f"/{page}?token={token}")

    answer = browser.post(f"/{page}", form_for(page))

    assert answer.status_code == 400
    assert b"expired" in answer.content


@pytest.mark.parametrize("page", PAGES)
def test_a_form_from_elsewhere_is_refused(person, page):
    browser = Client(enforce_csrf_checks=True)
    browser.get(f"/{page}?token={token_for(person, page)}")
    shown = browser.get(f"/{page}")

    without = browser.post(f"/{page}", form_for(page))
    key = shown.content.decode().split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    with_it = browser.post(f"/{page}", {**form_for(page), "csrfmiddlewaretoken": key})

    assert without.status_code == 403
    assert with_it.status_code == 200
    assert is_done(person, page)


@pytest.mark.parametrize("page", PAGES)
def test_a_link_of_one_page_is_none_of_another(person, browser, page):
    other = "unlock" if page != "unlock" else "verify-email"
    browser.get(f"/{page}?token={token_for(person, other)}")

    assert browser.post(f"/{page}", form_for(page)).status_code == 400
    assert not is_done(person, page)


def test_the_host_that_a_request_names_is_in_no_link(person, browser, settings):
    settings.ALLOWED_HOSTS = ["*"]
    token = token_for(person, "unlock")

    answer = browser.get(f"/unlock?token={token}", headers={"host": "evil.example"})

    assert answer.headers["Location"] == f"{django_settings.PUBLIC_URL}/unlock"


def test_a_host_that_is_not_ours_is_answered_by_nothing(browser):
    assert browser.get("/unlock", headers={"host": "evil.example"}).status_code == 400


@pytest.mark.parametrize("path", ["/unlock", "/unlock?token=x", "/"])
def test_pages_are_framed_kept_and_referred_to_by_nobody(browser, path):
    headers = browser.get(path).headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]


def test_another_browser_has_no_part_in_an_opened_link(person, browser):
    browser.get(f"/unlock?token={token_for(person, 'unlock')}")

    assert Client().post("/unlock").status_code == 400


@pytest.mark.parametrize("path", ["/verify-email/", "/unlock/", "/not-me/"])
def test_a_slash_at_the_end_is_the_same_page(browser, path):
    assert browser.get(path).status_code == 400


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_none(browser, method):
    assert getattr(browser, method)("/unlock").status_code == 405


# --- Forms ----------------------------------------------------------------------------------------


@pytest.fixture
def resetting(person, browser):
    browser.get(f"/reset-password?token={token_for(person, 'reset-password')}")
    return lambda **form: browser.post("/reset-password", FORM | form)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"confirm_password": "Third-Horse9!"}, "These differ."),
        ({"password": "short", "confirm_password": "short"}, "at least 8"),
        ({"password": ""}, "required"),
        ({"password": PASSWORD, "confirm_password": PASSWORD}, "last five"),
    ],
)
def test_a_refused_password_is_told_and_the_link_goes_on(resetting, person, form, said):
    refused = resetting(**form)

    assert refused.status_code in {400, 422}
    assert said in refused.content.decode()
    assert form.get("password") != PASSWORD or PASSWORD not in refused.content.decode()
    assert resetting().status_code == 200
    assert is_done(person, "reset-password")


def test_blanks_at_the_end_are_part_of_it(resetting, person):
    resetting(password=f"{NEW} ", confirm_password=f"{NEW} ")

    now = User.objects.get(pk=person.pk)
    assert check_password(f"{NEW} ", now.password)
    assert not check_password(NEW, now.password)


def test_a_busy_house_asks_to_come_back(resetting, person, monkeypatch):
    def full(*_args, **_kwargs):
        raise Busy(retry_after=3)

    with monkeypatch.context() as patch:
        patch.setattr(hashers, "hashed", full)
        busy = resetting()

    assert busy.status_code == 503
    assert busy.headers["Retry-After"] == "3"
    assert resetting().status_code == 200


def test_too_many_tries_are_told_at_the_top_with_when_to_come_back(resetting, settings):
    settings.RATE_LIMIT_AUTH = (1, 60)
    weak = resetting(password="short", confirm_password="short")

    again = resetting(password="short", confirm_password="short")

    assert list(weak.context["form"].errors) == ["password"]
    assert list(again.context["form"].errors) == ["__all__"]
    assert again.status_code == 429
    assert 1 <= int(again.headers["Retry-After"]) <= 60


@pytest.mark.parametrize("page", ["reset-password", "accept-invitation"])
def test_a_new_password_is_chosen_as_on_every_other_page(person, browser, page):
    browser.get(f"/{page}?token={token_for(person, page)}")

    shown = browser.get(f"/{page}").text

    assert shown.count('data-password="new"') == 2
    assert "8 characters with upper and lower case" in shown
    # Letters too: it takes backup codes.
    assert "inputmode" not in shown
    assert "Or one of your backup codes." in shown


def test_a_code_does_not_come_back_filled_in(resetting):
    assert "123987" not in resetting(code="123987", confirm_password="Third-Horse9!").text


def test_a_second_factor_is_asked_for(person, browser):
    User.objects.filter(pk=person.pk).update(two_factor_enabled_at=timezone.now())
    browser.get(f"/reset-password?token={token_for(person, 'reset-password')}")

    missing = browser.post("/reset-password", FORM)

    assert missing.status_code == 401
    assert b"second factor" in missing.content
    assert not is_done(person, "reset-password")


def test_a_temporary_passwords_challenge_is_not_for_links(db, browser):
    user = UserFactory(password=make_password(None))
    token = one_time.issue(user, Purpose.PASSWORD_CHALLENGE)
    browser.get(f"/reset-password?token={token}")

    assert browser.post("/reset-password", FORM).status_code == 200


def test_nobody_is_signed_in_by_a_page(resetting, browser):
    resetting()

    assert "_auth_user_id" not in browser.session
