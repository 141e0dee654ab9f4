from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.models import Session, User
from audit.models import AuditEntry
from config.common.times import wire
from tests.accounts.conftest import NOW, code_of
from tests.accounts.work import between_check_and_commit, counted
from tests.factories import PASSWORD, UserFactory

WRONG = "Wrong-Horse9"


def test_a_login_answers_user_roles_tokens_session_and_device(api, owner):
    data = api.sign_in(owner).data["data"]

    assert set(data) == {"user", "tokens", "session", "deviceToken"}
    assert data["user"] == {
        "id": str(owner.pk),
        "email": owner.email,
        "username": owner.username,
        "firstName": "Ada",
        "lastName": "Lovelace",
        "emailVerified": True,
        "createdAt": data["user"]["createdAt"],
        "roles": ["user"],
    }
    assert data["tokens"]["tokenType"] == "Bearer"
    assert data["tokens"]["expiresIn"] == "15m"
    assert str(Session.objects.get().pk) == data["session"]["id"]
    assert api.get("users/profile").status_code == 200


def test_a_login_is_an_entry_and_a_last_login(api, owner):
    api.sign_in(owner, deviceName="Ada's loom")

    entry = AuditEntry.objects.get(action="USER_LOGIN")
    assert (entry.user_id, entry.actor_id) == (owner.pk, owner.pk)
    assert entry.resource_id == api.session_id
    assert entry.details["device"] == "Ada's loom"
    assert User.objects.get(pk=owner.pk).last_login is not None


@pytest.mark.parametrize("field", ["identifier", "email", "username"])
@pytest.mark.parametrize(
    "spelling",
    [
        "ada@example.org",
        "ADA@Example.ORG",
        "  ada@example.org ",
        "\uff41\uff44\uff41@example.org",  # full width, as some keyboards type it
        "ada_l",
        "ADA_L",
        " Ada_L ",
    ],
)
def test_any_spelling_in_any_of_the_three_fields(api, field, spelling):
    ada = UserFactory(username="ada_l", email="ada@example.org")

    answer = api.post("auth/login", {field: spelling, "password": PASSWORD})

    assert answer.data["data"]["user"]["id"] == str(ada.pk)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"password": PASSWORD}, "identifier"),
        ({"identifier": "ada"}, "password"),
        ({"identifier": "ada", "password": ""}, "password"),
        ({"identifier": 7, "password": PASSWORD}, "identifier"),
        ({"identifier": "a\u202eb", "password": PASSWORD}, "identifier"),
        ({"identifier": "a" * 255, "password": PASSWORD}, "identifier"),
        ({"identifier": "ada", "password": ["x"]}, "password"),
        ({"identifier": "ada", "password": "x" * 1025}, "password"),
        ({"identifier": "ada", "password": PASSWORD, "deviceName": "x" * 121}, "deviceName"),
        ({"identifier": "ada", "password": PASSWORD, "deviceToken": {}}, "deviceToken"),
    ],
)
def test_what_is_malformed_is_named(api, body, field):
    answer = api.post("auth/login", body)

    assert code_of(answer) == (422, "VALIDATION_FAILED")
    assert [fault["field"] for fault in answer.data["errors"]] == [field]


@pytest.mark.parametrize("name", ["nobody", "nobody@example.org"])
def test_an_unknown_name_is_told_and_worked_on_like_a_wrong_password(api, owner, guess, name):
    known_name = owner.email if "@" in name else owner.username
    # The first failure of a key makes its rows; both are compared from the first on.
    for _ in range(6):
        with counted() as for_known:
            known = guess(known_name)
        with counted() as for_unknown:
            unknown = guess(name)

        del known.data["requestId"], unknown.data["requestId"]
        assert known.data == unknown.data
        assert known.headers.get("Retry-After") == unknown.headers.get("Retry-After")
        assert for_known.cost == for_unknown.cost


# --- The order of the checks: each state with the one behind it -----------------------------------


def a_locked_one(guess, **traits):
    user = UserFactory(**traits)
    guess(user.email, times=5, ip="127.0.0.1")
    return user


def test_a_lock_comes_before_the_password_and_the_state(api, guess):
    user = a_locked_one(guess, suspended=True)

    right = api.post("auth/login", {"identifier": user.email, "password": PASSWORD})
    wrong = api.post("auth/login", {"identifier": user.email, "password": WRONG})

    assert code_of(right) == code_of(wrong) == (401, "ACCOUNT_LOCKED")


@pytest.mark.parametrize("state", ["suspended", "deactivated", "deleted", "unverified"])
def test_the_password_comes_before_the_state(api, settings, state):
    settings.REQUIRE_VERIFIED_EMAIL = True
    user = UserFactory(**{state: True})

    answer = api.post("auth/login", {"identifier": user.email, "password": WRONG})

    assert code_of(answer) == (401, "INVALID_CREDENTIALS")
    assert "data" not in answer.data


@pytest.mark.parametrize(
    ("traits", "code"),
    [
        (["suspended"], "ACCOUNT_SUSPENDED"),
        (["deactivated"], "ACCOUNT_DEACTIVATED"),
        (["deleted"], "ACCOUNT_DELETED"),
        # A suspension stacks on the others; a deletion on a deactivation.
        (["suspended", "deleted"], "ACCOUNT_SUSPENDED"),
        (["suspended", "deactivated"], "ACCOUNT_SUSPENDED"),
        (["deleted", "deactivated"], "ACCOUNT_DELETED"),
        (["suspended", "unverified"], "ACCOUNT_SUSPENDED"),
        (["deactivated", "unverified"], "ACCOUNT_DEACTIVATED"),
        (["deleted", "unverified"], "ACCOUNT_DELETED"),
        (["unverified"], "EMAIL_NOT_VERIFIED"),
    ],
)
@pytest.mark.parametrize("then", ["nothing", "temporary password", "second factor"])
def test_the_state_comes_before_what_follows(api, settings, traits, code, then):
    settings.REQUIRE_VERIFIED_EMAIL = True
    user = UserFactory(**dict.fromkeys(traits, True), **behind(then))

    answer = api.post("auth/login", {"identifier": user.email, "password": PASSWORD})

    assert code_of(answer) == (401, code)
    assert not Session.objects.exists()
    assert AuditEntry.objects.get(action="LOGIN_FAILED").details["reason"] == code


def behind(then):
    soon = timezone.now() + timedelta(minutes=30)
    return {
        "nothing": {},
        "temporary password": {"temporary_until": soon},
        "second factor": {"two_factor_enabled_at": timezone.now()},
    }[then]


def test_a_deleted_account_is_told_until_when_it_can_come_back(api, clock):
    user = UserFactory(deleted=True)
    clock.shift(timedelta(days=1))

    answer = api.post("auth/login", {"identifier": user.email, "password": PASSWORD})

    assert answer.data["data"] == {"recoveryDeadline": wire(NOW + timedelta(days=30))}


def test_an_unverified_address_may_log_in_where_nothing_else_is_said(api):
    user = UserFactory(unverified=True)

    api.sign_in(user)

    assert api.get("users/profile").data["data"]["emailVerified"] is False


def test_an_enumeration_safe_house_wants_a_verified_address(api, settings):
    settings.PREVENT_ENUMERATION = True
    user = UserFactory(unverified=True)

    answer = api.post("auth/login", {"identifier": user.email, "password": PASSWORD})

    assert code_of(answer) == (401, "EMAIL_NOT_VERIFIED")


def test_a_temporary_password_comes_before_the_second_factor(api):
    user = UserFactory(**behind("temporary password"), two_factor_enabled_at=timezone.now())

    data = api.sign_in(user).data["data"]

    assert set(data) == {"passwordChangeRequired", "challengeToken"}


def test_a_second_factor_gives_a_challenge_and_no_tokens(api):
    user = UserFactory(two_factor_enabled_at=timezone.now())

    data = api.sign_in(user).data["data"]

    assert data == {
        "twoFactorRequired": True,
        "challengeToken": data["challengeToken"],
        "methods": ["totp", "backup_code"],
    }
    assert not Session.objects.exists()
    assert User.objects.get(pk=user.pk).last_login is None


def test_the_challenge_opens_no_other_call(api):
    user = UserFactory(two_factor_enabled_at=timezone.now())
    challenge = api.sign_in(user).data["data"]["challengeToken"]

    as_bearer = api.get("users/profile", HTTP_AUTHORIZATION=f"Bearer {challenge}")
    as_refresh = api.post("auth/refresh", {"refreshToken": challenge})
    as_link = api.post(
        "auth/reset-password",
        {"token": challenge, "password": "Another-Horse8", "confirmPassword": "Another-Horse8"},
    )
    as_proof = api.post("auth/verify-email", {"token": challenge})

    assert code_of(as_bearer) == code_of(as_refresh) == (401, "TOKEN_INVALID")
    assert code_of(as_link) == code_of(as_proof) == (400, "TOKEN_INVALID")


# --- What changes while the password is being checked ---------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"suspended_at": timezone.now()},
        {"deactivated_at": timezone.now()},
        {"deleted_at": timezone.now()},
        {"password": make_password("Another-Horse8")},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_change_between_check_and_commit_leaves_no_session(api, owner, change):
    def meanwhile():
        User.objects.filter(pk=owner.pk).update(**change)

    with between_check_and_commit(meanwhile):
        answer = api.post("auth/login", {"identifier": owner.email, "password": PASSWORD})

    assert answer.status_code == 401
    assert not Session.objects.exists()
    assert not AuditEntry.objects.filter(action="USER_LOGIN").exists()


def test_a_guess_that_was_right_behind_a_lock_stays_outside(api, owner, guess):
    def meanwhile():
        guess(owner.email, times=5, ip="127.0.0.1")

    with between_check_and_commit(meanwhile):
        answer = api.post("auth/login", {"identifier": owner.email, "password": PASSWORD})

    assert code_of(answer) == (401, "ACCOUNT_LOCKED")
    assert not Session.objects.exists()


def test_a_known_device_logs_in_with_ten_statements_at_most(api, owner):
    api.sign_in(owner)

    with counted() as work:
        api.sign_in(owner, deviceToken=api.device_token)

    assert len(work.statements) <= 10, "\n".join(work.statements)
    assert work.hashes == 1
