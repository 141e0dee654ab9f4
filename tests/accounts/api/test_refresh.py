from __future__ import annotations

from datetime import timedelta

import jwt
import pytest

from accounts.models import Session, User
from audit.models import AuditEntry
from notifications.models import Notification, OutboxMail
from tests.accounts.conftest import code_of
from tests.accounts.work import counted


@pytest.fixture
def refresh(api, owner, clock):
    """Signed in; `refresh(token)` is the call."""
    api.sign_in(owner)
    return lambda token: api.post("auth/refresh", {"refreshToken": token}, HTTP_AUTHORIZATION="")


def successor(answer):
    assert answer.status_code == 200, answer.data
    return answer.data["data"]["refreshToken"]


def test_a_refresh_gives_a_new_pair(api, refresh, clock):
    answer = refresh(api.refresh_token)

    data = answer.data["data"]
    assert set(data) == {"accessToken", "refreshToken", "tokenType", "expiresIn"}
    assert (data["tokenType"], data["expiresIn"]) == ("Bearer", "15m")
    assert data["refreshToken"] != api.refresh_token
    api.token = data["accessToken"]
    assert api.get("users/profile").status_code == 200


def test_the_same_token_within_ten_seconds_gives_the_very_same_successor(api, refresh, clock):
    first = successor(refresh(api.refresh_token))

    again = []
    for _ in range(5):
        clock.shift(2)
        again.append(successor(refresh(api.refresh_token)))

    assert again == [first] * 5
    assert successor(refresh(first)) != first


def test_ten_seconds_are_counted_from_the_first_use(api, refresh, clock):
    refresh(api.refresh_token)
    for _ in range(3):
        clock.shift(3)
        successor(refresh(api.refresh_token))
    clock.shift(2)

    assert code_of(refresh(api.refresh_token)) == (401, "TOKEN_REUSED")


def test_reuse_ends_the_session_and_tells_the_owner(api, refresh, clock, owner, mails):
    current = successor(refresh(api.refresh_token))
    clock.shift(11)

    reused = refresh(api.refresh_token)

    assert code_of(reused) == (401, "TOKEN_REUSED")
    assert Session.objects.get().revoked_at is not None
    assert code_of(refresh(current)) == (401, "SESSION_REVOKED")
    assert code_of(refresh(api.refresh_token)) == (401, "SESSION_REVOKED")
    assert code_of(api.get("users/profile")) == (401, "SESSION_REVOKED")
    entry = AuditEntry.objects.get(action="TOKEN_REUSED")
    assert (entry.user_id, entry.resource_id) == (owner.pk, api.session_id)
    assert Notification.objects.get().type == "SECURITY_ALERT"
    assert [message.to for message in mails()] == [[owner.email]]


def test_an_older_generation_is_reuse_however_soon(api, refresh, clock):
    second = successor(refresh(api.refresh_token))
    refresh(second)

    assert code_of(refresh(api.refresh_token)) == (401, "TOKEN_REUSED")


def test_reuse_ends_no_other_session(api, refresh, clock, client_for, owner):
    other = client_for(owner)
    refresh(api.refresh_token)
    clock.shift(11)

    refresh(api.refresh_token)

    assert other.get("users/profile").status_code == 200


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, (400, "MALFORMED_REQUEST")),
        ({"refreshToken": ""}, (400, "MALFORMED_REQUEST")),
        ({"refreshToken": None}, (400, "MALFORMED_REQUEST")),
        ({"refreshToken": 7}, (400, "MALFORMED_REQUEST")),
        ({"refreshToken": ["x"]}, (400, "MALFORMED_REQUEST")),
        ({"refreshToken": "garbage"}, (401, "TOKEN_INVALID")),
        ({"refreshToken": "a.b.c"}, (401, "TOKEN_INVALID")),
        ({"refreshToken": "\u00e4"}, (401, "TOKEN_INVALID")),
        ({"refreshToken": "x" * 5000}, (401, "TOKEN_INVALID")),
    ],
)
def test_what_is_no_refresh_token(api, body, expected):
    assert code_of(api.post("auth/refresh", body)) == expected


def test_an_access_token_is_no_refresh_token(api, refresh):
    assert code_of(refresh(api.token)) == (401, "TOKEN_INVALID")


def test_a_bad_bearer_beside_it_does_not_matter(api, refresh):
    answer = api.post(
        "auth/refresh", {"refreshToken": api.refresh_token}, HTTP_AUTHORIZATION="Bearer x"
    )

    assert answer.status_code == 200


# --- Lifetimes ------------------------------------------------------------------------------------


def test_a_refresh_token_idles_out_after_seven_days(api, owner, clock):
    api.sign_in(owner)
    token = api.refresh_token
    clock.shift(timedelta(days=7, seconds=-1))
    token = successor(api.post("auth/refresh", {"refreshToken": token}))
    clock.shift(timedelta(days=7, seconds=1))

    answer = api.post("auth/refresh", {"refreshToken": token})

    assert code_of(answer) == (401, "TOKEN_EXPIRED")


def test_no_rotation_carries_a_session_past_thirty_days(api, owner, clock):
    api.sign_in(owner)
    ends = Session.objects.get().expires_at
    token = api.refresh_token
    for _ in range(5):
        clock.shift(timedelta(days=5))
        token = successor(api.post("auth/refresh", {"refreshToken": token}))
    last = api.post("auth/refresh", {"refreshToken": token}).data["data"]
    clock.shift(timedelta(days=5, seconds=-1))
    before = api.post("auth/refresh", {"refreshToken": last["refreshToken"]})
    clock.shift(2)

    for pair in (last, before.data["data"]):
        claims = jwt.decode(pair["refreshToken"], options={"verify_signature": False})
        assert claims["exp"] <= int(ends.timestamp())
    newest = before.data["data"]
    assert jwt.decode(newest["accessToken"], options={"verify_signature": False})["exp"] == int(
        ends.timestamp()
    )
    after = api.post("auth/refresh", {"refreshToken": newest["refreshToken"]})
    assert code_of(after) == (401, "SESSION_REVOKED")
    api.token = newest["accessToken"]
    assert code_of(api.get("users/profile")) == (401, "TOKEN_EXPIRED")


@pytest.mark.parametrize("is_expired", [False, True])
@pytest.mark.parametrize("end", ["signed out", "suspended", "deactivated", "deleted", "run out"])
def test_a_dead_session_always_says_so(api, owner, clock, end, is_expired):
    api.sign_in(owner)
    if end == "signed out":
        api.post("auth/logout")
    elif end == "run out":
        Session.objects.update(expires_at="2026-11-23T10:00:00Z")
    else:
        User.objects.filter(pk=owner.pk).update(**{f"{end}_at": "2026-11-23T10:00:00Z"})
    clock.shift(timedelta(days=8) if is_expired else timedelta(seconds=1))

    answer = api.post("auth/refresh", {"refreshToken": api.refresh_token})

    assert code_of(answer) == (401, "SESSION_REVOKED")


def test_an_expired_token_of_a_dead_session_tells_nobody(api, refresh, clock):
    refresh(api.refresh_token)
    api.post("auth/logout")
    clock.shift(60)

    refresh(api.refresh_token)

    assert not AuditEntry.objects.filter(action="TOKEN_REUSED").exists()
    assert not OutboxMail.objects.exists()


def test_a_rotation_is_one_statement(api, refresh):
    with counted() as work:
        successor(refresh(api.refresh_token))

    assert len(work.statements) <= 3
    assert sum(not sent.startswith("SELECT") for sent in work.statements) == 1


def test_a_shorter_idle_time_holds_for_tokens_that_are_out_already(api, owner, clock, settings):
    api.sign_in(owner)
    settings.JWT_REFRESH_EXPIRY = timedelta(days=1)
    clock.shift(timedelta(days=2))

    answer = api.post("auth/refresh", {"refreshToken": api.refresh_token})

    assert answer.status_code == 401
    assert Session.objects.get().generation == 0
