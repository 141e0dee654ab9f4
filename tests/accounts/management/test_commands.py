"""unlock, purge, rotate_keys, worker, serve."""

from __future__ import annotations

import os
import signal
from datetime import timedelta

import pytest
from axes.models import AccessAttempt, AccessFailureLog
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session as PageSession
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.management.commands import serve, worker
from accounts.models import (
    AccountLock,
    OneTimeToken,
    PeriodicTask,
    Purpose,
    RateCount,
    Session,
    User,
    UsernameHold,
)
from accounts.services import one_time
from audit.models import AuditEntry
from config.common import crypto
from notifications.models import OutboxMail
from notifications.services import email as mails_of
from notifications.services import outbox
from tests.accounts.conftest import code_of
from tests.factories import PASSWORD, UserFactory

NEW = "a-new-secret-that-is-long-enough-0123456789"


# --- unlock ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["owner_of_it", "OWNER_OF_IT@example.org"])
def test_unlock_lifts_every_lock(owner, guess, name, capsys):
    guess(owner.email, times=5)
    AccountLock.objects.update(password_off_at=timezone.now())

    call_command("unlock", name)

    assert guess(owner.email, password=PASSWORD).status_code == 200
    assert "owner_of_it is unlocked." in capsys.readouterr().out
    entry = AuditEntry.objects.get(action="ADMIN_UNLOCKED")
    assert (entry.user_id, entry.actor_id, entry.details) == (owner.pk, None, {"by": "console"})


def test_unlock_of_who_is_not_locked_is_no_entry(owner, capsys):
    call_command("unlock", owner.username)

    assert "was not locked" in capsys.readouterr().out
    assert not AuditEntry.objects.exists()


def test_unlock_of_nobody_is_told(db):
    with pytest.raises(CommandError, match="no account called nobody"):
        call_command("unlock", "nobody")


# --- purge ----------------------------------------------------------------------------------------


def test_purge_takes_what_is_of_no_use_and_nothing_else(owner, client_for, guess, clock):
    client_for(owner)
    one_time.issue(owner, Purpose.VERIFY_EMAIL, binding=owner.email)
    guess(owner.email)
    UsernameHold.objects.create(username="held", expires_at=timezone.now() + timedelta(hours=24))
    RateCount.objects.create(key="k", expires_at=timezone.now() + timedelta(minutes=1))
    PageSession.objects.create(session_key="s", expire_date=timezone.now() + timedelta(hours=1))
    short = [OneTimeToken, UsernameHold, RateCount, PageSession]
    long = [Session, AccessAttempt, AccessFailureLog]
    counts = [_counts(short + long)]
    for days in (0, 9, 130):
        clock.shift(timedelta(days=days))
        call_command("purge", verbosity=0)
        counts.append(_counts(short + long))

    assert counts[0] == counts[1] == [1] * 7
    assert counts[2] == [0] * 4 + [1] * 3
    assert counts[3] == [0] * 7
    assert User.objects.filter(pk=owner.pk).exists()


def _counts(models):
    return [model.objects.count() for model in models]


def test_purge_can_be_run_again(db, capsys):
    for _ in range(2):
        call_command("purge")

    assert "rows taken out" in capsys.readouterr().out


# --- rotate_keys ----------------------------------------------------------------------------------


def test_rotate_keys_lets_the_older_key_go(owner, keys, capsys):
    old = django_settings.FIELD_ENCRYPTION_KEYS
    mails_of.reset_while_suspended(owner)
    one_time.add(owner, Purpose.LOGIN_CHALLENGE, payload={"name": "Ada's loom"})

    with keys(FIELD_ENCRYPTION_KEYS=[NEW, *old]):
        call_command("rotate_keys")
    with keys(FIELD_ENCRYPTION_KEYS=[NEW]):
        assert OutboxMail.objects.get().payload["to"] == owner.email
        assert OneTimeToken.objects.get().payload == {"name": "Ada's loom"}

    assert "re-encrypted" in capsys.readouterr().out


def test_rotate_keys_without_the_older_key_changes_nothing_and_names_the_row(owner, keys):
    mails_of.reset_while_suspended(owner)

    with keys(FIELD_ENCRYPTION_KEYS=[NEW]), pytest.raises(CommandError, match="OutboxMail"):
        call_command("rotate_keys")

    assert OutboxMail.objects.get().payload["to"] == owner.email


def test_sealed_values_say_nothing(db):
    assert "secret" not in crypto.seal({"it": "secret"})


# --- worker ---------------------------------------------------------------------------------------


@pytest.fixture
def work(db, monkeypatch):
    """One round of the worker; the process's signals and the test's connection are left alone."""
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(worker, "close_old_connections", lambda: None)
    return lambda: call_command("worker", "--once")


def test_one_round_sends_all_that_is_due_and_does_the_periodic_work(work):
    people = [UserFactory() for _ in range(25)]
    for person in people:
        mails_of.reset_while_suspended(person)
    outbox.enqueue_decoy()

    work()

    assert sorted(message.to[0] for message in mail.outbox) == sorted(p.email for p in people)
    assert outbox.figures().depth == 0
    done = PeriodicTask.objects.exclude(finished_at=None)
    assert {"heartbeat", "purge"} <= set(done.values_list("name", flat=True))


def test_periodic_work_is_done_once_in_its_time(work, clock, monkeypatch):
    from accounts.services import tasks

    ran = []
    monkeypatch.setattr(
        tasks, "TASKS", (tasks.Task("count", timedelta(hours=1), lambda: ran.append(1)),)
    )
    for minutes in (0, 30, 29, 1):
        clock.shift(timedelta(minutes=minutes))
        work()

    assert len(ran) == 2


def test_a_task_that_fails_is_noted_and_tried_again(work, clock, monkeypatch):
    from accounts.services import tasks

    def fails():
        raise ZeroDivisionError

    monkeypatch.setattr(tasks, "TASKS", (tasks.Task("fails", timedelta(minutes=1), fails),))
    work()
    noted = PeriodicTask.objects.get(name="fails").last_error
    monkeypatch.setattr(tasks, "TASKS", (tasks.Task("fails", timedelta(minutes=1), int),))
    clock.shift(60)
    work()

    assert noted == "ZeroDivisionError"
    assert PeriodicTask.objects.get(name="fails").last_error == ""


# --- serve ----------------------------------------------------------------------------------------


@pytest.fixture
def served(monkeypatch):
    """What the server would have been started with."""
    started = []

    class Server:
        def __init__(self, target, **options):
            started.append(options)

        def serve(self):
            """Nothing to serve here."""

    monkeypatch.setattr(serve, "Granian", Server)
    monkeypatch.setattr(serve.Helper, "start", lambda _self: None)
    return started


def test_more_than_one_process_needs_redis(served, settings):
    settings.REDIS_URL = ""

    with pytest.raises(CommandError, match="REDIS_URL"):
        call_command("serve", workers=2)

    assert served == []


@pytest.mark.parametrize(
    ("redis", "workers", "expected"),
    [
        ("", None, 1),
        ("", 1, 1),
        ("redis://127.0.0.1", None, os.cpu_count()),
        ("redis://127.0.0.1", 3, 3),
    ],
)
def test_how_many_processes(served, settings, redis, workers, expected):
    settings.REDIS_URL = redis

    call_command("serve", workers=workers, host="127.0.0.1", port=5099)

    [options] = served
    assert (options["workers"], options["address"], options["port"]) == (
        expected,
        "127.0.0.1",
        5099,
    )


def test_an_unlocked_account_counts_from_the_start(owner, guess):
    guess(owner.email, times=5)
    call_command("unlock", owner.username)

    answers = [code_of(guess(owner.email)) for _ in range(5)]

    assert answers == [(401, "INVALID_CREDENTIALS")] * 5
