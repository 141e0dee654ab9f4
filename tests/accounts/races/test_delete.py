"""Delete, recover and erase at the same moment: as if one had come after the other."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db.models import Q
from django.utils import timezone

from accounts.errors import InvalidCredentials, NotDeleted
from accounts.models import Profile, Session, User
from accounts.services import login, passwords
from accounts.services.lifecycle import activation, deletion, erasure
from audit.models import AuditEntry
from config.common.errors import SessionRevoked
from rbac.errors import LastAdmin
from tests.accounts.races.crowd import unexpected
from tests.factories import PASSWORD, UserFactory, admin

LOST = (SessionRevoked, InvalidCredentials, NotDeleted)


def trail(since: int) -> list[str]:
    """What happened, in the order in which it was committed."""
    entries = AuditEntry.objects.filter(pk__gt=since).order_by("pk")
    return [action for action in entries.values_list("action", flat=True) if "ACCOUNT" in action]


def newest() -> int:
    found: Any = AuditEntry.objects.order_by("-pk").values_list("pk", flat=True).first()
    return int(found or 0)


def leftovers(user: User) -> list[Any]:
    return [*Profile.objects.filter(user=user.pk), *Session.objects.filter(user=user.pk)]


def test_delete_recover_and_erase_end_as_if_one_came_after_the_other(crowd, rounds, meta):
    for _ in range(rounds):
        user, since = UserFactory(), newest()
        present = User.objects.get(pk=user.pk)
        body = {"confirm_email": user.email, "meta": meta}

        outcomes = crowd.at_once(
            [
                partial(deletion.delete, present, PASSWORD, meta=meta),
                partial(deletion.recover, user.email, PASSWORD, meta=meta),
                partial(erasure.erase_own, present, PASSWORD, **body),
            ]
        )

        assert not unexpected(outcomes, *LOST), outcomes
        deleted, recovered, erased = (not isinstance(outcome, Exception) for outcome in outcomes)
        left = User.objects.filter(pk=user.pk).first()
        assert (left is None) == erased
        if erased:
            assert leftovers(user) == []
            assert not AuditEntry.objects.filter(Q(user=user.pk) | Q(actor=user.pk)).exists()
        else:
            assert left is not None
            assert bool(left.deleted_at) == (deleted and not recovered)
        # No recovery without a deletion before it, and nothing after an erasure.
        done = trail(since)
        assert done in serial_orders(), done
        assert len(done) == sum([deleted, recovered, erased])


def serial_orders() -> list[list[str]]:
    gone, back, end = "ACCOUNT_DELETED", "ACCOUNT_RECOVERED", "ACCOUNT_ERASED"
    return [[gone], [end], [gone, back], [gone, back, end]]


def test_recover_against_the_purge_leaves_all_or_nothing(crowd, rounds, meta):
    for _ in range(rounds):
        user = UserFactory(deleted_at=timezone.now() - timedelta(days=29))
        over = Q(deleted_at__isnull=False)

        back, receipt = crowd.at_once(
            [
                partial(deletion.recover, user.email, PASSWORD, meta=meta),
                partial(erasure.erase, user, only=over, asked="purge"),
            ]
        )

        assert not unexpected([back, receipt], *LOST)
        left = User.objects.filter(pk=user.pk).first()
        if receipt:
            assert (left, leftovers(user)) == (None, [])
            assert isinstance(back, InvalidCredentials)
        else:
            assert back is None
            assert left is not None
            assert left.is_active
            assert len(leftovers(user)) == 1


def test_two_purges_at_once_erase_each_account_once(crowd, rounds):
    for _ in range(rounds):
        users = [UserFactory(deleted_at=timezone.now() - timedelta(days=31)) for _ in range(3)]
        since = newest()

        done = crowd.at_once([erasure.erase_overdue] * 4)

        assert not unexpected(done)
        assert sum(done) == len(users)
        assert trail(since) == ["ACCOUNT_ERASED"] * len(users)


def test_one_deletion_of_many_at_once_counts(crowd, rounds, uses, meta):
    for _ in range(rounds):
        user, since = User.objects.get(pk=UserFactory().pk), newest()

        outcomes = crowd.at_once([partial(deletion.delete, user, PASSWORD, meta=meta)] * uses)

        assert not unexpected(outcomes, *LOST)
        assert sum(not isinstance(outcome, Exception) for outcome in outcomes) == 1
        assert trail(since) == ["ACCOUNT_DELETED"]


def test_the_last_two_admins_do_not_leave_together(crowd, rounds, meta):
    for _ in range(rounds):
        User.objects.update(suspended_at=timezone.now())
        one, other = admin(), admin()

        outcomes = crowd.at_once(
            [
                partial(activation.deactivate, one, PASSWORD, meta=meta),
                partial(erasure.erase_own, other, PASSWORD, confirm_email=other.email, meta=meta),
            ]
        )

        assert not unexpected(outcomes, LastAdmin)
        assert sum(isinstance(outcome, LastAdmin) for outcome in outcomes) == 1


@pytest.mark.parametrize("call", ["login", "wrong password", "reset link"])
def test_an_erasure_beside_other_calls_leaves_nothing(crowd, rounds, meta, call):
    for _ in range(rounds):
        user = User.objects.get(pk=UserFactory().pk)
        others = {
            "login": partial(login.sign_in, user.email, PASSWORD, meta=meta),
            "wrong password": partial(login.sign_in, user.email, "Wrong-Horse9", meta=meta),
            "reset link": partial(passwords.forgot, user.email, meta=meta),
        }
        own = {"confirm_email": user.email, "meta": meta}

        outcomes = crowd.at_once(
            [others[call], partial(erasure.erase_own, user, PASSWORD, **own), others[call]]
        )

        assert isinstance(outcomes[1], str), outcomes
        erasure.sweep()
        assert not User.objects.filter(pk=user.pk).exists()
        assert leftovers(user) == []
        assert not AuditEntry.objects.filter(Q(user=user.pk) | Q(actor=user.pk)).exists()
