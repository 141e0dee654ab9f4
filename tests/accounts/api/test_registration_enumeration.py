"""Is it free? And where nobody may know: PREVENT_ENUMERATION."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from accounts.models import User, UsernameHold
from accounts.services import registration
from audit.models import AuditEntry
from tests.accounts.conftest import code_of
from tests.accounts.work import counted
from tests.factories import PASSWORD, UserFactory

ADA = {
    "email": "ada@example.org",
    "username": "ada_l",
    "password": PASSWORD,
    "firstName": "Ada",
    "lastName": "Lovelace",
}


@pytest.fixture
def register(api):
    return lambda **body: api.post(
        "auth/register", {key: value for key, value in (ADA | body).items() if value != "absent"}
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"email": "ADA@example.org"}, {"email": "ada@example.org", "available": False}),
        ({"email": "free@example.org"}, {"email": "free@example.org", "available": True}),
        ({"username": "Ada_L"}, {"username": "ada_l", "available": False}),
        ({"username": "free"}, {"username": "free", "available": True}),
    ],
)
def test_checks_answer_in_canonical_form(api, register, query, expected):
    register()

    answer = api.get(f"auth/check-{next(iter(query))}", query)

    assert answer.data["data"] == expected


@pytest.mark.parametrize("name", ["email", "username"])
@pytest.mark.parametrize(("value", "status"), [(None, 400), ("", 400), ("a b", 422), ("\x00", 422)])
def test_checks_of_nothing_and_of_nonsense(api, name, value, status):
    answer = api.get(f"auth/check-{name}", {} if value is None else {name: value})

    assert answer.status_code == status


@pytest.fixture
def secretive(db, settings):
    settings.PREVENT_ENUMERATION = True
    return UserFactory(email="taken@example.org", username="the_owner")


def test_free_and_taken_addresses_are_answered_alike(secretive, register, api):
    free = register(email="free@example.org", username="first")
    taken = register(email="Taken@example.org", username="second")

    assert free.status_code == taken.status_code == 201
    assert free.content == taken.content
    assert free.data["data"] == {}
    assert User.objects.filter(email="taken@example.org").get().pk == secretive.pk
    again = [code_of(register(email=f"{n}@example.org", username=n)) for n in ("first", "second")]
    assert again == [(409, "USERNAME_TAKEN")] * 2
    checks = [api.get("auth/check-username", {"username": n}).data for n in ("first", "second")]
    assert [check["data"]["available"] for check in checks] == [False, False]


def test_both_cost_one_hash(secretive, register):
    with counted() as for_free:
        register(email="free@example.org", username="first")
    with counted() as for_taken:
        register(email="taken@example.org", username="second")

    assert for_free.hashes == for_taken.hashes == 1


def test_the_owner_of_a_taken_address_is_told(secretive, register, mails):
    register(email="taken@example.org", username="second")

    [message] = mails()
    assert message.to == ["taken@example.org"]
    assert "token=" not in message.body
    assert not AuditEntry.objects.filter(action="USER_REGISTERED").exists()


def test_a_held_username_is_free_after_a_day(secretive, register, clock):
    register(email="taken@example.org", username="second")
    clock.shift(timedelta(hours=24) - timedelta(seconds=1))
    before = register(email="free@example.org", username="second")
    clock.shift(1)
    after = register(email="free@example.org", username="second")

    assert code_of(before) == (409, "USERNAME_TAKEN")
    assert after.status_code == 201
    assert User.objects.filter(username="second").exists()


def test_a_taken_username_is_told_before_the_address(secretive, register):
    assert code_of(register(username="the_owner")) == (409, "USERNAME_TAKEN")
    taken = register(email="taken@example.org", username="The_Owner")
    assert code_of(taken) == (409, "USERNAME_TAKEN")


def test_rules_are_told_alike(secretive, register):
    answers = [register(email=e, password="short") for e in ("free@x.org", "taken@example.org")]

    for answer in answers:
        del answer.data["requestId"]
    assert answers[0].data == answers[1].data
    assert answers[0].status_code == 422


def test_somebody_quicker_is_not_given_away(secretive, register, monkeypatch):
    hashed = registration.hashers.hashed

    def slow(*args, **kwargs):
        UserFactory(email="ada@example.org", username="quicker")
        return hashed(*args, **kwargs)

    monkeypatch.setattr(registration.hashers, "hashed", slow)

    answer = register()

    assert (answer.status_code, answer.data["data"]) == (201, {})
    assert UsernameHold.objects.get().username == "ada_l"


def test_check_email_is_not_there(secretive, api):
    for query in ({"email": "taken@example.org"}, {"email": "free@example.org"}, {}):
        assert code_of(api.get("auth/check-email", query)) == (404, "NOT_FOUND")


def test_it_implies_a_verified_address(secretive, register, api):
    register()

    answer = api.post("auth/login", {"identifier": "ada_l", "password": PASSWORD})

    assert code_of(answer) == (401, "EMAIL_NOT_VERIFIED")


def test_the_database_holds_no_second_spelling(db):
    user = UserFactory()

    with pytest.raises(IntegrityError):
        User.objects.filter(pk=user.pk).update(email=user.email.upper(), updated_at=timezone.now())
