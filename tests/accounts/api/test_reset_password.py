"""A new password by link: once, for an hour, and everything else ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import check_password
from django.utils import timezone

from accounts import hashers
from accounts.models import OneTimeToken, PasswordRecord, Purpose, Session, User
from accounts.services import one_time
from audit.models import AuditEntry
from config.common.errors import Busy
from notifications.models import Notification
from tests.accounts.conftest import code_of
from tests.accounts.work import counted
from tests.factories import PASSWORD

NEW = "Another-Horse8"


@pytest.fixture
def forgot(api):
    return lambda address: api.post("auth/forgot-password", {"email": address})


@pytest.fixture
def reset(api):
    def send(token, password=NEW, **body):
        given = {"token": token, "password": password, "confirmPassword": password, **body}
        return api.post("auth/reset-password", given, HTTP_AUTHORIZATION="")

    return send


@pytest.fixture
def link(forgot, link_token):
    def of(user):
        forgot(user.email)
        return link_token("reset-password", to=user.email)

    return of


def fresh(user):
    return User.objects.get(pk=user.pk)


def test_a_reset_ends_every_session_and_signs_nobody_in(client_for, owner, link, reset, api):
    devices = [client_for(owner), client_for(owner)]

    answer = reset(link(owner))

    assert answer.status_code == 200
    assert "data" not in answer.data
    assert [code_of(d.get("users/profile")) for d in devices] == [(401, "SESSION_REVOKED")] * 2
    assert not Session.objects.live().exists()
    assert fresh(owner).sessions_valid_from > owner.sessions_valid_from
    assert api.sign_in(owner, NEW).status_code == 200


def test_a_reset_is_an_entry_a_notice_and_a_mail(owner, link, reset, mails):
    reset(link(owner))

    entry = AuditEntry.objects.get(action="PASSWORD_RESET_COMPLETED")
    assert (entry.user_id, entry.actor_id) == (owner.pk, owner.pk)
    assert Notification.objects.get().type == "PASSWORD_CHANGED"
    assert "not-me?token=" in mails()[-1].body


def test_a_link_works_once(owner, link, reset):
    token = link(owner)

    answers = [code_of(reset(token)), code_of(reset(token, "Third-Horse9!"))]

    assert answers == [(200, ""), (400, "TOKEN_INVALID")]


def test_a_link_lives_an_hour(owner, link, reset, clock):
    token = link(owner)
    clock.shift(timedelta(hours=1))

    assert code_of(reset(token)) == (400, "TOKEN_EXPIRED")


def test_a_later_link_kills_the_earlier(owner, link, reset, forgot, link_token):
    first = link(owner)
    second = link(owner)

    assert code_of(reset(first)) == (400, "TOKEN_INVALID")
    assert reset(second).status_code == 200


def test_a_link_to_an_address_that_changed_is_nobodys(owner, link, reset):
    token = link(owner)
    User.objects.filter(pk=owner.pk).update(email="moved@example.org")

    assert code_of(reset(token)) == (400, "TOKEN_INVALID")


def test_a_suspension_kills_the_link(owner, link, reset):
    token = link(owner)
    User.objects.filter(pk=owner.pk).update(suspended_at=timezone.now())

    assert code_of(reset(token)) == (400, "TOKEN_INVALID")
    assert check_password(PASSWORD, fresh(owner).password)


@pytest.mark.parametrize("purpose", [Purpose.VERIFY_EMAIL, Purpose.UNLOCK, Purpose.NOT_ME])
def test_a_token_for_something_else_is_no_link(owner, reset, purpose):
    token = one_time.issue(owner, purpose, binding=owner.email)

    assert code_of(reset(token)) == (400, "TOKEN_INVALID")


@pytest.mark.parametrize("token", ["", "x", None, 7, "x" * 4097, "\u00e4"])
def test_a_forged_link_costs_no_hash(reset, db, token):
    with counted() as work:
        answer = reset(token)

    assert answer.status_code in {400, 422}
    assert work.hashes == 0


@pytest.mark.parametrize(
    ("body", "expected", "fault"),
    [
        ({"password": "short", "confirmPassword": "short"}, 422, "password"),
        ({"password": "Owner_of_it1", "confirmPassword": "Owner_of_it1"}, 422, "password"),
        ({"confirmPassword": "Other-Horse9"}, 422, "confirmPassword"),
        ({"confirmPassword": None}, 422, "confirmPassword"),
        ({"password": PASSWORD, "confirmPassword": PASSWORD}, 400, None),
    ],
)
def test_a_refused_password_spends_no_link(owner, link, reset, body, expected, fault):
    token = link(owner)

    answer = reset(token, **body)

    assert answer.status_code == expected
    if fault:
        assert {error["field"] for error in answer.data["errors"]} == {fault}
    else:
        assert answer.data["code"] == "PASSWORD_REUSED"
    assert reset(token).status_code == 200


def test_a_busy_house_spends_no_link(owner, link, reset, monkeypatch):
    token = link(owner)

    def full(*_args, **_kwargs):
        raise Busy(retry_after=1)

    with monkeypatch.context() as patch:
        patch.setattr(hashers, "hashed", full)
        busy = reset(token)

    assert code_of(busy) == (503, "BUSY")
    assert busy.headers["Retry-After"] == "1"
    assert reset(token).status_code == 200


def test_a_reset_clears_the_lock(owner, guess, link, reset, api):
    guess(owner.email, times=5, ip="127.0.0.1")

    reset(link(owner))

    assert api.sign_in(owner, NEW).status_code == 200


def test_the_last_five_may_not_come_back_and_the_sixth_may(owner, link, reset):
    chosen = [PASSWORD, *(f"Horse-Number-{number}" for number in range(1, 6))]
    for password in chosen[1:]:
        assert reset(link(owner), password).status_code == 200

    token = link(owner)
    answers = [code_of(reset(token, password)) for password in reversed(chosen)]

    assert answers == [(400, "PASSWORD_REUSED")] * 5 + [(200, "")]
    assert PasswordRecord.objects.filter(user=owner).count() == 5
    assert not OneTimeToken.objects.unspent().filter(purpose=Purpose.RESET_PASSWORD).exists()
