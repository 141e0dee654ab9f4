"""The second half of a login."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.models import Session, User
from accounts.services import sessions
from audit.models import AuditEntry
from tests.accounts.authenticator import WRONG, challenge, finish, turned_on
from tests.accounts.conftest import code_of
from tests.accounts.work import between_check_and_commit
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def app(owner):
    return turned_on(owner)


def test_the_right_password_gets_a_challenge_and_no_tokens(api, owner, app):
    data = api.sign_in(owner).data["data"]

    assert set(data) == {"twoFactorRequired", "challengeToken", "methods"}
    assert data["methods"] == ["totp", "backup_code"]
    assert not Session.objects.exists()


def test_a_code_finishes_the_login(api, owner, app):
    answer = finish(api, challenge(api, owner, deviceName="Ada's loom"), app.code())

    data = answer.data["data"]
    assert set(data) == {"user", "tokens", "session", "deviceToken"}
    assert data["user"]["roles"] == ["user"]
    assert api.get("users/profile").status_code == 200
    assert Session.objects.get().device_name == "Ada's loom"
    entry = AuditEntry.objects.get(action="USER_LOGIN")
    assert entry.details["secondFactor"] == "totp"


def test_a_backup_code_finishes_it_once(api, owner, app):
    assert finish(api, challenge(api, owner), app.backup_codes[0]).status_code == 200
    again = finish(api, challenge(api, owner), app.backup_codes[0])

    assert code_of(again) == (400, "INVALID_CODE")


def test_the_same_code_does_not_finish_two_logins(api, owner, app):
    assert finish(api, challenge(api, owner), app.code()).status_code == 200

    assert code_of(finish(api, challenge(api, owner), app.code())) == (400, "INVALID_CODE")


def test_a_challenge_is_for_one_use(api, owner, app):
    token = challenge(api, owner)
    finish(api, token, app.code())

    assert code_of(finish(api, token, app.code(1))) == (401, "TOKEN_INVALID")


def test_wrong_codes_say_how_many_tries_are_left_and_the_fifth_spends_it(api, owner, app):
    token = challenge(api, owner)

    answers = [finish(api, token, WRONG) for _ in range(5)]

    assert [code_of(answer) for answer in answers] == [(400, "INVALID_CODE")] * 5
    assert [answer.data["data"]["attemptsLeft"] for answer in answers] == [4, 3, 2, 1, 0]
    assert code_of(finish(api, token, app.code())) == (401, "TOKEN_INVALID")
    assert finish(api, challenge(api, owner), app.code()).status_code == 200


def test_an_old_challenge_has_expired(api, owner, app, clock):
    token = challenge(api, owner)
    clock.shift(301)

    assert code_of(finish(api, token, app.code())) == (401, "TOKEN_EXPIRED")


@pytest.mark.parametrize("token", ["rubbish", "x" * 4096])
def test_a_forged_challenge_is_invalid(api, owner, app, token):
    assert code_of(finish(api, token, app.code())) == (401, "TOKEN_INVALID")


def test_somebody_elses_code_is_wrong(api, owner, app, stranger):
    other = turned_on(stranger)

    assert code_of(finish(api, challenge(api, owner), other.code())) == (400, "INVALID_CODE")


def test_a_challenge_opens_no_other_call(api, owner, app):
    token = challenge(api, owner)

    as_bearer = api.get("users/profile", HTTP_AUTHORIZATION=f"Bearer {token}")
    as_reset = api.post(
        "auth/reset-password",
        {"token": token, "password": "Another-Horse8", "confirmPassword": "Another-Horse8"},
    )

    assert code_of(as_bearer) == (401, "TOKEN_INVALID")
    assert code_of(as_reset) == (400, "TOKEN_INVALID")


@pytest.mark.parametrize(
    "change",
    [
        {"password": "another"},
        {"suspended_at": "now"},
        {"deactivated_at": "now"},
        {"deleted_at": "now"},
        {"two_factor_enabled_at": "later"},
        {"sessions_valid_from": "later"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_challenge_dies_with_the_state_it_was_made_in(api, owner, app, change):
    values = {
        "now": timezone.now(),
        "later": timezone.now() + timedelta(seconds=1),
        "another": make_password("Another-Horse8"),
    }
    token = challenge(api, owner)
    changed = {name: values[value] for name, value in change.items()}
    User.objects.filter(pk=owner.pk).update(**changed)

    assert code_of(finish(api, token, app.code())) == (401, "TOKEN_INVALID")
    assert not Session.objects.exists()


def test_signing_out_everywhere_kills_it(api, owner, app):
    token = challenge(api, owner)

    sessions.end_all(owner)

    assert code_of(finish(api, token, app.code())) == (401, "TOKEN_INVALID")


def test_a_challenge_counts_whatever_the_header_says(api, owner, app, client_for, stranger):
    other = client_for(stranger)

    answer = other.post(
        "2fa/verify", {"challengeToken": challenge(api, owner), "token": app.code()}
    )

    assert answer.data["data"]["user"]["id"] == str(owner.pk)
    rubbish = other.post(
        "2fa/verify",
        {"challengeToken": challenge(api, owner), "token": app.code(1)},
        HTTP_AUTHORIZATION="Bearer rubbish",
    )
    assert rubbish.status_code == 200


def test_without_a_challenge_a_bad_token_is_told(api, owner, app):
    answer = api.post("2fa/verify", {"token": app.code()}, HTTP_AUTHORIZATION="Bearer rubbish")

    assert code_of(answer) == (401, "TOKEN_INVALID")


def test_while_codes_are_locked_every_code_waits(api, owner, app):
    for _ in range(2):
        token = challenge(api, owner)
        for _ in range(5):
            finish(api, token, WRONG)
    token = challenge(api, owner)

    answer = finish(api, token, app.code())

    assert code_of(answer) == (401, "ACCOUNT_LOCKED")
    assert answer.headers["Retry-After"] in {"900", "901"}
    assert code_of(finish(api, token, app.backup_codes[0])) == (401, "ACCOUNT_LOCKED")


def test_after_the_lock_the_waiting_challenge_has_its_tries_still(api, owner, app, clock):
    for _ in range(2):
        token = challenge(api, owner)
        for _ in range(5):
            finish(api, token, WRONG)
    clock.shift(899)
    token = challenge(api, owner)
    finish(api, token, WRONG)
    clock.shift(3)

    assert finish(api, token, app.code()).status_code == 200


def test_the_password_alone_does_not_clear_what_is_counted_against_it(api, owner, app, guess):
    guess(owner.email, times=4)
    challenge(api, owner)

    guess(owner.email, times=1)

    answer = guess(owner.email, password=PASSWORD)
    assert code_of(answer) == (401, "ACCOUNT_LOCKED")


def test_a_finished_login_clears_it(api, owner, app, guess):
    guess(owner.email, times=4, ip="127.0.0.1")
    finish(api, challenge(api, owner), app.code())
    guess(owner.email, times=4, ip="127.0.0.1")

    assert finish(api, challenge(api, owner), app.code(1)).status_code == 200


def test_a_first_login_from_a_new_device_is_told_after_the_code(api, owner, app, mails):
    User.objects.filter(pk=owner.pk).update(last_login=timezone.now())

    token = challenge(api, owner)
    assert mails() == []
    finish(api, token, app.code())

    assert "New sign-in" in mails()[-1].subject


def test_an_outdated_hash_is_upgraded_before_the_challenge(api):
    owner = UserFactory(password=make_password(PASSWORD, hasher="argon2"))
    app = turned_on(owner)

    answer = finish(api, challenge(api, owner), app.code())

    assert answer.status_code == 200
    assert User.objects.get(pk=owner.pk).password.startswith("pbkdf2_test$")


def test_a_guess_that_was_right_behind_a_lock_gets_no_challenge(api, owner, app, guess):
    def meanwhile():
        guess(owner.email, times=5, ip="127.0.0.1")

    with between_check_and_commit(meanwhile):
        answer = api.post("auth/login", {"identifier": owner.email, "password": PASSWORD})

    assert code_of(answer) == (401, "ACCOUNT_LOCKED")


def test_a_factor_turned_on_while_a_login_is_under_way_is_asked_for(api, owner):
    with between_check_and_commit(lambda: turned_on(User.objects.get(pk=owner.pk))):
        answer = api.post("auth/login", {"identifier": owner.email, "password": PASSWORD})

    assert code_of(answer) == (401, "INVALID_CREDENTIALS")
    assert not Session.objects.exists()


def test_codes_of_logins_are_counted_by_address_and_others_by_account(
    client_for, stranger, settings
):
    here, there = {"REMOTE_ADDR": "203.0.113.7"}, {"REMOTE_ADDR": "198.51.100.7"}
    other = client_for(stranger)
    settings.RATE_LIMIT_AUTH = (3, 60)
    body = {"challengeToken": "rubbish", "token": WRONG}

    by_address = [other.post("2fa/verify", body, **here).status_code for _ in range(4)]
    elsewhere = other.post("2fa/verify", body, **there).status_code
    signed_in = [other.post("2fa/verify", {"token": WRONG}, **here) for _ in range(4)]

    assert by_address == [401, 401, 401, 429]
    assert elsewhere == 401
    assert [answer.status_code for answer in signed_in] == [400, 400, 400, 429]
    assert code_of(signed_in[-1]) == (429, "RATE_LIMITED")
