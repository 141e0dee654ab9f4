"""The proof of an address, by the link that was mailed there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import OneTimeToken, User
from audit.models import AuditEntry
from notifications.models import Notification
from tests.accounts.conftest import code_of
from tests.factories import UserFactory


@pytest.fixture
def link(api, link_token):
    """A fresh link of this user's."""

    def of(user):
        api.post("auth/resend-verification", {"email": user.email})
        return link_token("verify-email", to=user.email)

    return of


@pytest.fixture(params=["GET", "POST"])
def verify(request, api):
    def send(token):
        if request.param == "GET":
            return api.get("auth/verify-email", {"token": token})
        return api.post("auth/verify-email", {"token": token})

    return send


def verified(user):
    return User.objects.get(pk=user.pk).email_verified


@pytest.fixture
def newcomer(db):
    return UserFactory(unverified=True)


def test_a_link_proves_the_address_once(newcomer, link, verify):
    token = link(newcomer)

    answers = [code_of(verify(token)), code_of(verify(token))]

    assert answers == [(200, ""), (400, "TOKEN_INVALID")]
    assert verified(newcomer)
    entry = AuditEntry.objects.get(action="EMAIL_VERIFIED")
    assert entry.user_id == entry.actor_id == newcomer.pk
    assert Notification.objects.get().type == "EMAIL_VERIFIED"


def test_the_link_of_a_sign_up_serves(api, verify, link_token):
    body = {"email": "ada@example.org", "username": "ada_l", "password": "Correct-Horse7"}
    api.post("auth/register", body)

    assert verify(link_token("verify-email")).status_code == 200
    assert User.objects.get().email_verified


@pytest.mark.parametrize(("hours", "expected"), [(23.99, (200, "")), (24, (400, "TOKEN_EXPIRED"))])
def test_a_link_lives_a_day(newcomer, link, verify, clock, hours, expected):
    token = link(newcomer)
    clock.shift(timedelta(hours=hours))

    assert code_of(verify(token)) == expected
    assert verified(newcomer) is (expected[0] == 200)


def test_another_link_kills_the_earlier(newcomer, link, verify):
    first, second = link(newcomer), link(newcomer)

    assert first != second
    assert code_of(verify(first)) == (400, "TOKEN_INVALID")
    assert verify(second).status_code == 200


def test_a_link_proves_the_address_it_was_mailed_to_alone(newcomer, link, verify):
    token = link(newcomer)
    User.objects.filter(pk=newcomer.pk).update(email="other@example.org")

    assert code_of(verify(token)) == (400, "TOKEN_INVALID")
    assert not verified(newcomer)


@pytest.mark.parametrize(
    ("state", "is_open"),
    [("deactivated", True), ("deleted", False), ("suspended", False)],
)
def test_which_states_may_still_prove_it(newcomer, link, verify, state, is_open):
    token = link(newcomer)
    User.objects.filter(pk=newcomer.pk).update(**{f"{state}_at": timezone.now()})

    answer = verify(token)

    assert code_of(answer) == ((200, "") if is_open else (400, "TOKEN_INVALID"))
    assert verified(newcomer) is is_open
    if not is_open:
        # What was refused spent nothing: the state may be lifted.
        assert OneTimeToken.objects.unspent().count() == 1


@pytest.mark.parametrize(
    ("traits", "sent"),
    [
        ({"unverified": True}, 1),
        ({"unverified": True, "deactivated": True}, 1),
        ({"unverified": True, "deleted": True}, 0),
        ({"unverified": True, "suspended": True}, 0),
        ({}, 0),
    ],
)
def test_who_gets_another_link(api, mails, traits, sent):
    user = UserFactory(**traits)

    api.post("auth/resend-verification", {"email": user.email.upper()})

    assert [message.to for message in mails()] == [[user.email]] * sent


@pytest.mark.parametrize("token", ["", "x", "x" * 4097, "\u00e4"])
def test_what_is_no_link(verify, db, token):
    assert verify(token).status_code in {400, 422}


def test_a_token_is_kept_as_its_hash_alone(newcomer, link):
    token = link(newcomer)

    row = OneTimeToken.objects.values().get()
    assert token not in str(row)
    assert row["digest"] != token


def test_a_verified_address_stays_verified_when(newcomer, link, verify):
    token = link(newcomer)
    earlier = timezone.now() - timedelta(days=5)
    User.objects.filter(pk=newcomer.pk).update(email_verified_at=earlier)

    assert verify(token).status_code == 200
