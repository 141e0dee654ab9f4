"""A new password for who knows the present one; and proving again that it is you."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.models import OneTimeToken, Session, User
from audit.models import AuditEntry
from notifications.models import Notification
from tests.accounts.conftest import code_of
from tests.accounts.work import between_check_and_commit, counted
from tests.factories import PASSWORD

NEW = "Another-Horse8"


@pytest.fixture
def change(api, owner):
    api.sign_in(owner)

    def send(current=PASSWORD, new=NEW, confirm=None):
        body = {"currentPassword": current, "newPassword": new}
        return api.post(
            "auth/change-password", body | {"confirmPassword": new if confirm is None else confirm}
        )

    return send


def test_this_session_goes_on_and_every_other_ends(api, owner, change, client_for):
    other = client_for(owner)

    assert change().status_code == 200

    assert api.get("users/profile").status_code == 200
    assert api.post("auth/refresh", {"refreshToken": api.refresh_token}).status_code == 200
    assert code_of(other.get("users/profile")) == (401, "SESSION_REVOKED")
    refused = other.post("auth/refresh", {"refreshToken": other.refresh_token})
    assert code_of(refused) == (401, "SESSION_REVOKED")
    assert api.sign_in(owner, NEW).status_code == 200


def test_it_is_an_entry_a_notice_and_a_mail(owner, change, mails):
    change()

    entry = AuditEntry.objects.get(action="PASSWORD_CHANGED")
    assert entry.user_id == entry.actor_id == owner.pk
    assert Notification.objects.get().type == "PASSWORD_CHANGED"
    assert "not-me?token=" in mails()[-1].body


def test_outstanding_links_and_challenges_die(api, owner, change, link_token):
    api.post("auth/forgot-password", {"email": owner.email})
    token = link_token("reset-password")
    change()

    body = {"token": token, "password": "Third-Horse9!", "confirmPassword": "Third-Horse9!"}

    assert code_of(api.post("auth/reset-password", body)) == (400, "TOKEN_INVALID")


@pytest.mark.parametrize(
    ("current", "new", "expected"),
    [
        ("Wrong-Horse9", "short", (401, "INVALID_CREDENTIALS")),
        ("Wrong-Horse9", PASSWORD, (401, "INVALID_CREDENTIALS")),
        (PASSWORD, "short", (422, "VALIDATION_FAILED")),
        (PASSWORD, "Owner_of_it1", (422, "VALIDATION_FAILED")),
        (PASSWORD, PASSWORD, (400, "PASSWORD_REUSED")),
    ],
)
def test_the_order_is_who_are_you_then_fields_then_rule(change, current, new, expected):
    answer = change(current, new)

    assert code_of(answer) == expected
    if expected[0] == 422:
        assert {fault["field"] for fault in answer.data["errors"]} == {"newPassword"}


def test_the_two_must_be_equal(change):
    answer = change(confirm="Third-Horse9!")

    assert [fault["code"] for fault in answer.data["errors"]] == ["mismatch"]
    assert [fault["field"] for fault in answer.data["errors"]] == ["confirmPassword"]


def test_the_last_five_may_not_come_back(change):
    chosen = [PASSWORD, *(f"Horse-Number-{number}" for number in range(1, 6))]
    for present, new in pairwise(chosen):
        assert change(present, new).status_code == 200

    answers = [code_of(change(chosen[-1], old)) for old in reversed(chosen)]

    assert answers == [(400, "PASSWORD_REUSED")] * 5 + [(200, "")]


def test_a_reset_that_commits_in_between_wins(owner, change):
    theirs = make_password("Third-Horse9!")

    with between_check_and_commit(lambda: User.objects.update(password=theirs)):
        answer = change()

    assert code_of(answer) == (401, "INVALID_CREDENTIALS")
    assert User.objects.get(pk=owner.pk).password == theirs


def test_nobody_changes_a_password_without_signing_in(api):
    assert code_of(api.post("auth/change-password", {})) == (401, "NOT_AUTHENTICATED")
    assert code_of(api.post("auth/reauthenticate", {})) == (401, "NOT_AUTHENTICATED")


# --- Proving again --------------------------------------------------------------------------------


def test_proving_again_makes_this_session_fresh_and_no_other(api, owner, client_for, clock):
    other = client_for(owner)
    api.sign_in(owner)
    clock.shift(timedelta(minutes=10))

    assert api.post("auth/reauthenticate", {"password": PASSWORD}).status_code == 200

    assert Session.objects.get(pk=api.session_id).proven_at == timezone.now()
    assert Session.objects.get(pk=other.session_id).proven_at < timezone.now()
    assert AuditEntry.objects.get(action="REAUTHENTICATED").resource_id == api.session_id


def test_a_refresh_proves_nothing(api, owner, clock):
    api.sign_in(owner)
    clock.shift(timedelta(hours=1))

    api.post("auth/refresh", {"refreshToken": api.refresh_token})

    assert Session.objects.get().proven_at < timezone.now()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"password": "Wrong-Horse9"}, (401, "INVALID_CREDENTIALS")),
        ({"password": ""}, (422, "VALIDATION_FAILED")),
        ({}, (422, "VALIDATION_FAILED")),
    ],
)
def test_what_proves_nothing(api, owner, clock, body, expected):
    api.sign_in(owner)
    clock.shift(60)

    assert code_of(api.post("auth/reauthenticate", body)) == expected
    assert Session.objects.get().proven_at < timezone.now()


def test_a_second_factor_is_asked_for_too(api, owner):
    api.sign_in(owner)
    User.objects.update(two_factor_enabled_at=timezone.now())

    answer = api.post("auth/reauthenticate", {"password": PASSWORD})

    assert code_of(answer) == (401, "TWO_FACTOR_REQUIRED")


def test_a_change_of_password_costs_a_bounded_number_of_statements(change, owner):
    OneTimeToken.objects.all().delete()

    with counted() as work:
        change()

    assert len(work.statements) <= 20, len(work.statements)
