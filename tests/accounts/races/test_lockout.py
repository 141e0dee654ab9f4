"""Guesses made side by side: all pass the look at the lock before the first failure is counted."""

from __future__ import annotations

from threading import Barrier, Event

import pytest
from axes.models import AccessAttempt

from accounts import errors, hashers
from accounts.models import AccountLock, Session
from accounts.services import lockout, login
from accounts.services.login import SignedIn
from audit.models import AuditEntry
from notifications.models import OutboxMail
from tests.accounts.races.conftest import IS_POSTGRESQL
from tests.accounts.races.crowd import unexpected
from tests.factories import PASSWORD, UserFactory

GUESSES = 30 if IS_POSTGRESQL else 7
WRONG = "Wrong-Horse%d"


@pytest.fixture
def side_by_side(monkeypatch):
    """Nobody hears whether a password is right before all have passed the first look at the lock.

    The right one hears it last, when every wrong one has been counted.
    """
    all_in, all_counted = Barrier(GUESSES + 1), Event()
    counted = []
    check, count = hashers.matches, lockout.count_failure

    def matches(password, encoded, **place):
        all_in.wait(30)
        is_right = check(password, encoded, **place)
        if is_right:
            all_counted.wait(30)
        return is_right

    def count_failure(attempt, **facts):
        count(attempt, **facts)
        counted.append(attempt)
        if len(counted) == GUESSES:
            all_counted.set()

    monkeypatch.setattr(hashers, "matches", matches)
    monkeypatch.setattr(lockout, "count_failure", count_failure)


def guess_all(crowd, user, meta):
    wrong = [lambda n=n: login.sign_in(user.email, WRONG % n, meta=meta) for n in range(GUESSES)]
    return crowd.at_once([*wrong, lambda: login.sign_in(user.email, PASSWORD, meta=meta)])


@pytest.fixture
def _room(crowd):
    if crowd.size <= GUESSES:
        pytest.fail("Everybody needs a thread here.")


@pytest.mark.usefixtures("_room", "side_by_side")
def test_the_right_guess_among_many_stays_outside_the_lock_that_they_made(crowd, meta):
    user = UserFactory()

    *wrong, right = guess_all(crowd, user, meta)

    assert unexpected(wrong, errors.InvalidCredentials) == []
    assert isinstance(right, errors.AccountLocked)
    assert not Session.objects.filter(user=user).exists()
    # Each was counted once, and the right one has not wiped the count.
    assert AccountLock.objects.get(pk=user.username).failures == GUESSES
    attempt = AccessAttempt.objects.get(username=user.username)
    assert attempt.failures_since_start == GUESSES


@pytest.mark.usefixtures("_room", "side_by_side")
def test_looking_at_the_lock_only_before_the_password_lets_it_in(crowd, meta, monkeypatch):
    monkeypatch.setattr(lockout, "require_unlocked", lambda _attempt: None)
    user = UserFactory()

    *_wrong, right = guess_all(crowd, user, meta)

    assert isinstance(right, SignedIn)


def test_failures_at_once_are_all_counted_and_their_lock_is_told_once(crowd, meta, rounds):
    for _ in range(rounds // 2):
        user = UserFactory()

        outcomes = crowd.at_once(
            [lambda n=n, u=user: login.sign_in(u.email, WRONG % n, meta=meta) for n in range(8)]
        )

        assert unexpected(outcomes, errors.InvalidCredentials, errors.AccountLocked) == []
        judged = sum(isinstance(outcome, errors.InvalidCredentials) for outcome in outcomes)
        assert judged >= 5
        assert AccountLock.objects.get(pk=user.username).failures == judged
        failed = AuditEntry.objects.filter(user=user, action="LOGIN_FAILED")
        assert failed.count() == judged
        assert OutboxMail.objects.filter(user=user, mail="account_locked").count() == 1
