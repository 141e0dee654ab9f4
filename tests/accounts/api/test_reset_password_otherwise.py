"""A reset with a second factor, by an invitation, by a temporary password."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.errors import InvalidCode
from accounts.models import Purpose, Session, User
from accounts.services import one_time, two_factor
from tests.accounts.conftest import code_of
from tests.accounts.work import counted
from tests.factories import PASSWORD, UserFactory

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


@pytest.fixture
def guarded(db, monkeypatch):
    """Somebody with a second factor, whose code is 123456."""

    def prove(user, code, *, meta):
        if code != "123456":
            raise InvalidCode

    monkeypatch.setattr(two_factor, "prove", prove)
    return UserFactory(two_factor_enabled_at=timezone.now())


def test_a_second_factor_is_asked_for_before_anything_is_hashed_or_spent(guarded, link, reset):
    token = link(guarded)

    with counted() as work:
        missing = code_of(reset(token))
    wrong = code_of(reset(token, code="000000"))

    assert missing == (401, "TWO_FACTOR_REQUIRED")
    assert work.hashes == 0
    assert wrong == (400, "INVALID_CODE")
    assert reset(token, code="123456").status_code == 200
    assert fresh(guarded).has_two_factor


def test_old_passwords_are_told_only_to_who_has_the_code(guarded, link, reset):
    token = link(guarded)

    guessed = reset(token, PASSWORD, code="000000")
    known = reset(token, PASSWORD, code="123456")

    assert code_of(guessed) == (400, "INVALID_CODE")
    assert code_of(known) == (400, "PASSWORD_REUSED")


def test_an_invitation_serves_and_proves_the_address(reset):
    user = UserFactory(unverified=True, password=make_password(None), invited_at=timezone.now())
    token = one_time.issue(user, Purpose.INVITATION, binding=user.email)

    answer = reset(token)

    assert answer.status_code == 200
    assert fresh(user).email_verified
    assert fresh(user).invited_at is None


def test_an_invitation_to_another_address_proves_nothing(reset):
    user = UserFactory(unverified=True, invited_at=timezone.now())
    token = one_time.issue(user, Purpose.INVITATION, binding="old@example.org")

    assert code_of(reset(token)) == (400, "TOKEN_INVALID")


def test_a_reset_does_not_verify_the_address(link, reset):
    user = UserFactory(unverified=True)

    reset(link(user))

    assert not fresh(user).email_verified


@pytest.fixture
def temporary(clock):
    return UserFactory(temporary_until=timezone.now() + timedelta(hours=1))


def test_a_temporary_password_gives_a_challenge_that_chooses_a_new_one(api, temporary, reset):
    challenge = api.sign_in(temporary).data["data"]["challengeToken"]

    assert not Session.objects.exists()
    assert reset(challenge).status_code == 200
    assert code_of(reset(challenge, "Third-Horse9!")) == (400, "TOKEN_INVALID")
    assert "tokens" in api.sign_in(temporary, NEW).data["data"]


def test_a_temporary_password_works_once(api, temporary):
    api.sign_in(temporary)

    again = api.post("auth/login", {"identifier": temporary.email, "password": PASSWORD})

    assert code_of(again) == (401, "INVALID_CREDENTIALS")


def test_a_temporary_password_works_for_an_hour(api, temporary, clock):
    clock.shift(timedelta(hours=1))

    answer = api.post("auth/login", {"identifier": temporary.email, "password": PASSWORD})

    assert code_of(answer) == (401, "INVALID_CREDENTIALS")


def test_the_challenge_opens_nothing_else(api, temporary):
    challenge = api.sign_in(temporary).data["data"]["challengeToken"]

    answers = [
        code_of(api.get("users/profile", HTTP_AUTHORIZATION=f"Bearer {challenge}")),
        code_of(api.post("auth/refresh", {"refreshToken": challenge})),
        code_of(api.post("auth/verify-email", {"token": challenge})),
        code_of(api.post("auth/unlock", {"token": challenge})),
        code_of(api.post("auth/not-me", {"token": challenge})),
    ]

    assert answers == [(401, "TOKEN_INVALID")] * 2 + [(400, "TOKEN_INVALID")] * 3


def test_the_challenge_dies_with_a_reset_by_link(api, temporary, link, reset):
    challenge = api.sign_in(temporary).data["data"]["challengeToken"]
    reset(link(temporary))

    assert code_of(reset(challenge, "Third-Horse9!")) == (400, "TOKEN_INVALID")


def test_a_reset_by_link_kills_an_open_invitation(link, reset):
    user = UserFactory()
    invitation = one_time.issue(user, Purpose.INVITATION, binding=user.email)
    reset(link(user))

    assert code_of(reset(invitation, "Third-Horse9!")) == (400, "TOKEN_INVALID")
