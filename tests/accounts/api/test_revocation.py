"""Revoked means revoked at the next request; signing out; "that was not me"."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Session, User
from accounts.services import sessions
from audit.models import AuditEntry
from tests.accounts.conftest import code_of
from tests.accounts.work import counted
from tests.factories import PASSWORD

ENDED = (401, "SESSION_REVOKED")
NEW = "Another-Horse8"


def log_out(api, owner, link_token):
    api.post("auth/logout", {"refreshToken": api.refresh_token}, HTTP_AUTHORIZATION="")


def change_password(api, owner, link_token):
    other = type(api)()
    other.sign_in(owner)
    body = {"currentPassword": PASSWORD, "newPassword": NEW, "confirmPassword": NEW}
    assert other.post("auth/change-password", body).status_code == 200


def reset(api, owner, link_token):
    api.post("auth/forgot-password", {"email": owner.email})
    body = {"token": link_token("reset-password"), "password": NEW, "confirmPassword": NEW}
    assert api.post("auth/reset-password", body).status_code == 200


def say_not_me(api, owner, link_token):
    other = type(api)()
    other.sign_in(owner)
    elsewhere = {"REMOTE_ADDR": "198.51.100.9", "HTTP_USER_AGENT": "curl/8"}
    other.post("auth/login", {"identifier": owner.email, "password": PASSWORD}, **elsewhere)
    assert other.post("auth/not-me", {"token": link_token("not-me")}).status_code == 200


def suspend(api, owner, link_token):
    User.objects.update(suspended_at=timezone.now())


def deactivate(api, owner, link_token):
    User.objects.update(deactivated_at=timezone.now())


def delete(api, owner, link_token):
    User.objects.update(deleted_at=timezone.now())


def sign_out_everywhere(api, owner, link_token):
    with transaction.atomic():
        sessions.end_all(owner)


@pytest.mark.parametrize(
    "end",
    [
        log_out,
        change_password,
        reset,
        say_not_me,
        suspend,
        deactivate,
        delete,
        sign_out_everywhere,
    ],
    ids=lambda end: end.__name__,
)
def test_the_access_token_is_dead_at_the_next_request(api, owner, link_token, end):
    api.sign_in(owner)
    assert api.get("users/profile").status_code == 200

    end(api, owner, link_token)

    assert code_of(api.get("users/profile")) == ENDED
    assert code_of(api.post("auth/reauthenticate", {"password": PASSWORD})) == ENDED
    assert code_of(api.post("auth/refresh", {"refreshToken": api.refresh_token})) == ENDED


@pytest.mark.parametrize("state", ["suspended", "deactivated", "deleted"])
def test_coming_back_revives_no_session(api, owner, clock, state):
    api.sign_in(owner)
    clock.shift(1)
    User.objects.filter(pk=owner.pk).update(**{f"{state}_at": timezone.now()})
    with transaction.atomic():
        sessions.end_all(owner)
    # Even were its own row to say that it lives.
    Session.objects.update(revoked_at=None)
    User.objects.filter(pk=owner.pk).update(**{f"{state}_at": None})

    assert code_of(api.get("users/profile")) == ENDED
    assert code_of(api.post("auth/refresh", {"refreshToken": api.refresh_token})) == ENDED


def test_ending_one_session_leaves_the_others(api, owner, client_for):
    other = client_for(owner)
    api.sign_in(owner)

    api.post("auth/logout")

    assert code_of(api.get("users/profile")) == ENDED
    assert other.get("users/profile").status_code == 200


# --- Signing out ----------------------------------------------------------------------------------


def test_signing_out_is_an_entry_once(api, owner):
    api.sign_in(owner)
    body = {"refreshToken": api.refresh_token}
    answers = [api.post("auth/logout", body) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200] * 3
    entry = AuditEntry.objects.get(action="USER_LOGOUT")
    assert (entry.user_id, entry.actor_id, entry.resource_id) == (
        owner.pk,
        owner.pk,
        api.session_id,
    )


@pytest.mark.parametrize("by", ["bearer", "refresh token", "both"])
def test_either_token_signs_out(api, owner, by):
    api.sign_in(owner)
    body = {} if by == "bearer" else {"refreshToken": api.refresh_token}
    header = "" if by == "refresh token" else f"Bearer {api.token}"

    answer = api.post("auth/logout", body, HTTP_AUTHORIZATION=header)

    assert answer.status_code == 200
    assert Session.objects.get().revoked_at is not None


def test_two_tokens_of_two_sessions_end_both(api, owner, client_for):
    other = client_for(owner)
    api.sign_in(owner)

    api.post("auth/logout", {"refreshToken": other.refresh_token})

    assert not Session.objects.filter(revoked_at=None).exists()


def test_an_expired_refresh_token_still_ends_its_session(api, owner, clock):
    api.sign_in(owner)
    clock.shift(timedelta(days=8))

    answer = api.post("auth/logout", {"refreshToken": api.refresh_token}, HTTP_AUTHORIZATION="")

    assert answer.status_code == 200
    assert Session.objects.get().revoked_at is not None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"refreshToken": None},
        {"refreshToken": ""},
        {"refreshToken": "garbage"},
        {"refreshToken": 7},
        {"refreshToken": {}},
        {"refreshToken": "x" * 5000},
    ],
)
@pytest.mark.parametrize("header", ["", "Bearer garbage", "Basic eDp5"])
def test_signing_out_always_succeeds(api, owner, body, header):
    api.sign_in(owner)

    answer = api.post("auth/logout", body, HTTP_AUTHORIZATION=header)

    assert answer.status_code == 200
    assert api.get("users/profile").status_code == 200


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ("{", "application/json"),
        ("[]", "application/json"),
        ("", "application/json"),
        ("a=b", "application/x-www-form-urlencoded"),
        ("beacon", "text/plain"),
        ("", ""),
    ],
)
def test_so_it_does_with_a_body_that_is_no_json(api, owner, raw, kind):
    api.sign_in(owner)

    answer = api.post("auth/logout", raw, content_type=kind)

    assert answer.status_code == 200
    assert Session.objects.get().revoked_at is not None


def test_a_forged_refresh_token_ends_nothing(api, owner):
    api.sign_in(owner)
    head, claims, signature = api.refresh_token.split(".")
    forged = ".".join([head, claims, signature[::-1]])

    answer = api.post("auth/logout", {"refreshToken": forged}, HTTP_AUTHORIZATION="")

    assert answer.status_code == 200
    assert api.get("users/profile").status_code == 200


def test_a_browser_is_told_to_forget(api):
    assert api.post("auth/logout").headers["Clear-Site-Data"] == '"cache", "storage"'


# --- "That was not me" ----------------------------------------------------------------------------


@pytest.fixture
def alert(api, owner, link_token):
    """Signed in, and then somebody else elsewhere; the mailed token."""
    api.sign_in(owner)
    body = {"identifier": owner.email, "password": PASSWORD}
    api.post("auth/login", body, REMOTE_ADDR="198.51.100.9", HTTP_USER_AGENT="curl/8")
    return link_token("not-me", to=owner.email)


def test_not_me_mails_a_link_that_sets_a_new_password(api, owner, alert, link_token):
    assert api.post("auth/not-me", {"token": alert}).status_code == 200

    body = {"token": link_token("reset-password"), "password": NEW, "confirmPassword": NEW}
    assert api.post("auth/reset-password", body).status_code == 200
    assert api.sign_in(owner, NEW).status_code == 200


def test_not_me_is_told_in_the_log(api, owner, alert):
    api.post("auth/not-me", {"token": alert})

    entry = AuditEntry.objects.get(action="ALL_SESSIONS_REVOKED")
    assert entry.details == {"reason": "not_me", "count": 2}
    assert User.objects.get().devices_valid_from > owner.devices_valid_from


def test_not_me_works_once_within_seven_days(api, owner, clock, alert):
    clock.shift(timedelta(days=7))
    late = api.post("auth/not-me", {"token": alert})
    clock.shift(-60)
    answers = [code_of(api.post("auth/not-me", {"token": alert})) for _ in range(2)]

    assert code_of(late) == (400, "TOKEN_EXPIRED")
    assert answers == [(200, ""), (400, "TOKEN_INVALID")]


def test_last_activity_moves_once_a_minute(api, owner, clock):
    api.sign_in(owner)
    written = []
    for seconds in (30, 29, 2, 30, 31):
        clock.shift(seconds)
        with counted() as work:
            api.get("users/profile")
        written.append(len(work.statements) - 1)

    assert written == [0, 0, 1, 0, 1]
