"""The contract's table of states (section 4), cell by cell."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from tests.accounts.conftest import code_of
from tests.factories import PASSWORD, UserFactory

NOW = timezone.now
OFF, GONE, BARRED = "deactivated_at", "deleted_at", "suspended_at"

STATES: dict[str, tuple[str, ...]] = {
    "active": (),
    "deactivated": (OFF,),
    "deleted": (GONE,),
    "deactivated and deleted": (OFF, GONE),
    "suspended": (BARRED,),
    "suspended and deactivated": (BARRED, OFF),
    "suspended and deleted": (BARRED, GONE),
    "all three": (BARRED, OFF, GONE),
}


def in_state(state: str, **fields: Any) -> User:
    return UserFactory(**dict.fromkeys(STATES[state], NOW()), **fields)


def state_of(user: User) -> set[str]:
    user.refresh_from_db()
    return {name for name in (OFF, GONE, BARRED) if getattr(user, name)}


def credentials(user: User) -> dict[str, str]:
    return {"email": user.email, "password": PASSWORD}


@pytest.mark.parametrize(
    ("state", "answer"),
    [
        ("active", (200, "")),
        ("deactivated", (401, "ACCOUNT_DEACTIVATED")),
        ("deleted", (401, "ACCOUNT_DELETED")),
        ("deactivated and deleted", (401, "ACCOUNT_DELETED")),
        ("suspended", (401, "ACCOUNT_SUSPENDED")),
        ("suspended and deactivated", (401, "ACCOUNT_SUSPENDED")),
        ("suspended and deleted", (401, "ACCOUNT_SUSPENDED")),
        ("all three", (401, "ACCOUNT_SUSPENDED")),
    ],
)
def test_who_may_sign_in(api, state, answer):
    user = in_state(state)

    found = api.post("auth/login", {"identifier": user.email, "password": PASSWORD})

    assert code_of(found) == answer


@pytest.mark.parametrize(
    ("state", "answer", "left"),
    [
        ("active", (400, "ALREADY_ACTIVE"), set()),
        ("deactivated", (200, ""), set()),
        ("deleted", (401, "ACCOUNT_DELETED"), {GONE}),
        ("deactivated and deleted", (401, "ACCOUNT_DELETED"), {OFF, GONE}),
        ("suspended", (401, "ACCOUNT_SUSPENDED"), {BARRED}),
        ("suspended and deactivated", (401, "ACCOUNT_SUSPENDED"), {BARRED, OFF}),
        ("suspended and deleted", (401, "ACCOUNT_SUSPENDED"), {BARRED, GONE}),
        ("all three", (401, "ACCOUNT_SUSPENDED"), {BARRED, OFF, GONE}),
    ],
)
def test_what_reactivate_does(api, state, answer, left):
    user = in_state(state)

    found = api.post("account/reactivate", credentials(user))

    assert code_of(found) == answer
    assert state_of(user) == left


@pytest.mark.parametrize(
    ("state", "answer", "left"),
    [
        ("active", (400, "NOT_DELETED"), set()),
        ("deactivated", (400, "NOT_DELETED"), {OFF}),
        ("deleted", (200, ""), set()),
        ("deactivated and deleted", (200, ""), {OFF}),
        ("suspended", (401, "ACCOUNT_SUSPENDED"), {BARRED}),
        ("suspended and deactivated", (401, "ACCOUNT_SUSPENDED"), {BARRED, OFF}),
        ("suspended and deleted", (401, "ACCOUNT_SUSPENDED"), {BARRED, GONE}),
        ("all three", (401, "ACCOUNT_SUSPENDED"), {BARRED, OFF, GONE}),
    ],
)
def test_what_recover_does(api, state, answer, left):
    user = in_state(state)

    found = api.post("account/recover", credentials(user))

    assert code_of(found) == answer
    assert state_of(user) == left


@pytest.mark.parametrize("state", STATES)
def test_who_may_reset_a_password_and_stays_what_they_were(api, link_token, mails, state):
    user = in_state(state)
    before = state_of(user)

    asked = api.post("auth/forgot-password", {"email": user.email})

    assert code_of(asked) == (200, "")
    if BARRED in before:
        assert "suspended" in mails()[-1].body
        return
    new = {"password": "Another-Horse8", "confirmPassword": "Another-Horse8"}
    reset = api.post("auth/reset-password", {"token": link_token("reset-password"), **new})
    assert code_of(reset) == (200, "")
    assert state_of(user) == before


@pytest.mark.parametrize(
    ("state", "is_mailed"),
    [
        ("active", True),
        ("deactivated", True),
        ("deleted", False),
        ("deactivated and deleted", False),
        ("suspended", False),
        ("suspended and deactivated", False),
        ("suspended and deleted", False),
        ("all three", False),
    ],
)
def test_who_may_verify_an_address(api, mails, link_token, state, is_mailed):
    user = in_state(state, email_verified_at=None)

    asked = api.post("auth/resend-verification", {"email": user.email})

    assert code_of(asked) == (200, "")
    assert bool(mails()) == is_mailed
    if is_mailed:
        found = api.post("auth/verify-email", {"token": link_token("verify-email")})
        assert code_of(found) == (200, "")


@pytest.mark.parametrize("state", ["active", "deactivated", "deleted", "suspended"])
def test_a_link_that_is_older_than_the_state_obeys_it(api, link_token, state):
    user = UserFactory(email_verified_at=None)
    api.post("auth/resend-verification", {"email": user.email})
    token = link_token("verify-email")
    User.objects.filter(pk=user.pk).update(**dict.fromkeys(STATES[state], NOW()))

    found = api.post("auth/verify-email", {"token": token})

    opens = state in {"active", "deactivated"}
    assert code_of(found) == ((200, "") if opens else (400, "TOKEN_INVALID"))


def test_an_erased_account_answers_like_one_that_never_was(api, owner, mails):
    api.sign_in(owner)
    api.post("account/permanent-delete", {"password": PASSWORD, "confirmEmail": owner.email})
    who = credentials(owner)

    forgot = api.post("auth/forgot-password", {"email": owner.email})

    assert code_of(forgot) == (200, "")
    assert mails() == []
    for path in ("account/reactivate", "account/recover"):
        assert code_of(api.post(path, who)) == (401, "INVALID_CREDENTIALS")
    login = api.post("auth/login", {"identifier": owner.email, "password": PASSWORD})
    assert code_of(login) == (401, "INVALID_CREDENTIALS")
    assert api.get("auth/check-email", {"email": owner.email}).data["data"]["available"]


def test_thirty_days_are_over_to_the_second(api, clock):
    user = UserFactory(deleted_at=NOW())

    clock.shift(timedelta(days=30))

    assert code_of(api.post("account/recover", credentials(user))) == (400, "RECOVERY_EXPIRED")
    clock.shift(timedelta(seconds=-1))
    assert code_of(api.post("account/recover", credentials(user))) == (200, "")


def test_sessions_from_before_do_not_revive(api, client_for, owner):
    before = client_for(owner)
    api.sign_in(owner)
    api.delete("account", {"password": PASSWORD})

    api.post("account/recover", credentials(owner))

    assert code_of(before.get("users/profile")) == (401, "SESSION_REVOKED")
    refreshed = before.post("auth/refresh", {"refreshToken": before.refresh_token})
    assert code_of(refreshed) == (401, "SESSION_REVOKED")
    assert before.sign_in(owner).status_code == 200
