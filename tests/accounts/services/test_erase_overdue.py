"""Accounts past their thirty days are erased by the purge."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.core.management import call_command
from django.utils import timezone

from accounts.models import AccountLock, User
from accounts.services.lifecycle import erasure
from accounts.services.purge import purge
from audit.models import AuditEntry
from rbac.errors import LastAdmin
from tests.factories import UserFactory, admin

pytestmark = pytest.mark.django_db

OVER = timedelta(days=30, seconds=1)


def overdue(**fields):
    return UserFactory(deleted_at=timezone.now() - OVER, **fields)


def test_those_past_their_time_go_and_nobody_else():
    gone = overdue()
    kept = [UserFactory(), UserFactory(deleted_at=timezone.now() - timedelta(days=29))]

    assert purge()["accounts past their time"] == 1

    assert not User.objects.filter(pk=gone.pk).exists()
    assert User.objects.filter(pk__in=[user.pk for user in kept]).count() == 2
    entry = AuditEntry.objects.get(action="ACCOUNT_ERASED")
    assert entry.details["asked"] == "purge"


def test_a_second_run_finds_nothing_more(capsys):
    overdue()

    call_command("purge")
    call_command("purge")

    assert AuditEntry.objects.filter(action="ACCOUNT_ERASED").count() == 1
    assert "accounts past their time" in capsys.readouterr().out


def test_a_suspension_does_not_keep_the_data():
    gone = overdue(suspended_at=timezone.now())

    erasure.erase_overdue()

    assert not User.objects.filter(pk=gone.pk).exists()


def test_who_came_back_in_between_is_left_alone(monkeypatch):
    user = overdue()
    real = erasure._erase

    def recovered_first(*args):
        User.objects.filter(pk=user.pk).update(deleted_at=None)
        return real(*args)

    monkeypatch.setattr(erasure, "_erase", recovered_first)

    assert erasure.erase_overdue() == 0

    assert User.objects.filter(pk=user.pk).exists()


def test_one_that_fails_keeps_nobody_else_and_is_told(monkeypatch, caplog):
    broken, fine = overdue(), overdue()
    real = erasure._erase

    def failing(user, *args):
        if user.pk == broken.pk:
            raise ValueError(user.email)
        return real(user, *args)

    monkeypatch.setattr(erasure, "_erase", failing)

    with pytest.raises(RuntimeError, match="1 accounts"):
        erasure.erase_overdue()

    assert not User.objects.filter(pk=fine.pk).exists()
    assert str(broken.pk) in caplog.text
    assert broken.email not in caplog.text


def test_the_last_admin_is_excepted_and_named(monkeypatch, caplog):
    last = admin(deleted_at=timezone.now() - OVER)

    def refuse(*_args):
        raise LastAdmin

    # A deleted admin is no active one, so the rule lets them go; were it stricter, they stayed.
    monkeypatch.setattr(erasure, "require_another_admin", refuse)

    assert erasure.erase_overdue() == 0

    assert User.objects.filter(pk=last.pk).exists()
    assert "last admin" in caplog.text


def test_what_was_written_meanwhile_is_swept_up(owner):
    AccountLock.objects.create(key="somebody_gone", failures=1)
    AccountLock.objects.create(key="?a-hash", failures=1)
    AccountLock.objects.create(key=owner.username, failures=1)
    AccessAttempt.objects.create(
        username="somebody_gone", ip_address="203.0.113.7", failures_since_start=1
    )

    assert purge()["strays of erased accounts"] == 2

    left = set(AccountLock.objects.values_list("pk", flat=True))
    assert left == {"?a-hash", owner.username}
