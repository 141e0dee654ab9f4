"""A confirmation and an undo each count once, however many click at the same moment."""

from __future__ import annotations

import itertools

import pytest

from accounts.errors import LinkInvalid
from accounts.models import OneTimeToken, Purpose, User
from accounts.services import email_change, one_time
from audit.models import AuditEntry
from notifications.models import OutboxMail
from tests.accounts.races.crowd import unexpected
from tests.factories import UserFactory


@pytest.fixture
def asked(monkeypatch, meta):
    """A person who asked for an address, and the tokens of both mails."""
    made = {}
    issue, add = one_time.issue, one_time.add

    def note(make):
        def noting(user, purpose, **facts):
            made[purpose] = make(user, purpose, **facts)
            return made[purpose]

        return noting

    monkeypatch.setattr(one_time, "issue", note(issue))
    monkeypatch.setattr(one_time, "add", note(add))
    numbers = itertools.count()

    def ask() -> tuple[User, str, str, str]:
        user = UserFactory()
        new = f"new_{next(numbers)}@example.net"
        email_change.begin(user, new, by=user, meta=meta)
        return user, new, made[Purpose.CHANGE_EMAIL], made[Purpose.UNDO_EMAIL]

    return ask


def test_one_confirmation_used_a_hundred_times_at_once_has_one_effect(
    asked, crowd, meta, rounds, uses
):
    for _ in range(rounds):
        user, new, confirm, _undo = asked()

        outcomes = crowd.at_once([lambda t=confirm: email_change.confirm(t, meta=meta)] * uses)

        assert unexpected(outcomes, LinkInvalid) == []
        assert outcomes.count(None) == 1
        assert User.objects.get(pk=user.pk).email == new
        assert AuditEntry.objects.filter(action="EMAIL_CHANGED", user=user).count() == 1
        assert OutboxMail.objects.filter(mail="email_changed", user=user).count() == 2


def test_one_undo_used_a_hundred_times_at_once_has_one_effect(asked, crowd, meta, rounds, uses):
    for _ in range(rounds // 4 + 1):
        user, _new, confirm, undo = asked()
        email_change.confirm(confirm, meta=meta)

        outcomes = crowd.at_once([lambda t=undo: email_change.undo(t, meta=meta)] * uses)

        assert unexpected(outcomes, LinkInvalid) == []
        assert outcomes.count(None) == 1
        assert User.objects.get(pk=user.pk).email == user.email
        assert AuditEntry.objects.filter(action="EMAIL_CHANGE_UNDONE", user=user).count() == 1


def test_confirmation_against_undo_leaves_the_old_address(asked, crowd, meta, rounds):
    for _ in range(rounds):
        user, _new, confirm, undo = asked()

        outcomes = crowd.at_once(
            [
                lambda t=confirm: email_change.confirm(t, meta=meta),
                lambda t=undo: email_change.undo(t, meta=meta),
            ]
        )

        assert unexpected(outcomes, LinkInvalid) == []
        assert User.objects.get(pk=user.pk).email == user.email


def test_of_many_requests_at_once_one_link_is_alive(crowd, meta, rounds):
    for _ in range(rounds // 2):
        user = UserFactory()

        outcomes = crowd.at_once(
            [
                lambda n=n, u=user: email_change.begin(u, f"n{n}@example.net", by=u, meta=meta)
                for n in range(8)
            ]
        )

        alive = OneTimeToken.objects.unspent().filter(user=user, purpose=Purpose.CHANGE_EMAIL)
        assert unexpected(outcomes) == []
        assert alive.count() == 1


def test_two_who_confirm_the_same_address_at_once_leave_it_with_one(crowd, meta, rounds):
    for number in range(rounds // 2):
        people = [UserFactory(), UserFactory()]
        for user in people:
            email_change.begin(user, f"wanted_{number}@example.net", by=user, meta=meta)
        tokens = [_link_of(user) for user in people]

        outcomes = crowd.at_once(
            [lambda t=token: email_change.confirm(t, meta=meta) for token in tokens]
        )

        assert unexpected(outcomes, LinkInvalid) == []
        assert outcomes.count(None) == 1
        assert User.objects.filter(email=f"wanted_{number}@example.net").count() == 1


def _link_of(user: User) -> str:
    mail = OutboxMail.objects.get(user=user, mail="email_change_confirm")
    return str(mail.payload["context"]["link"]).partition("token=")[2]


def test_reading_first_and_spending_later_lets_several_through(asked, naive_crowd, rounds, uses):
    def naive(token: str) -> None:
        found = one_time.look_up(token, Purpose.CHANGE_EMAIL)
        user = User.objects.get(pk=found.user_id)
        OneTimeToken.objects.filter(pk=found.pk).update(used_at=found.expires_at)
        user.set_identity(email=str(found.payload["email"]))
        user.save()

    let_through = 0
    for _ in range(rounds):
        _user, _new, confirm, _undo = asked()
        let_through = naive_crowd.at_once([lambda t=confirm: naive(t)] * uses).count(None)
        if let_through > 1:
            break

    assert let_through > 1
