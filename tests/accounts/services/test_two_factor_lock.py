"""The lockout rule's counter of wrong codes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command

from accounts.errors import AccountLocked, InvalidCode
from accounts.models import AccountLock
from accounts.services import code_lock, lockout, two_factor
from audit.models import AuditEntry
from notifications.models import Notification
from tests.accounts.authenticator import WRONG, WRONG_BACKUP, turned_on

MINUTE = 60


@pytest.fixture
def app(owner, clock):
    return turned_on(owner)


@pytest.fixture
def wrong(owner, meta):
    def give(times=1, code=WRONG):
        for _ in range(times):
            with pytest.raises(InvalidCode):
                two_factor.prove(owner, code, meta=meta)

    return give


@pytest.fixture
def waits(owner, meta):
    """How many seconds a code, right or not, has to wait."""

    def ask(code):
        with pytest.raises(AccountLocked) as caught:
            two_factor.prove(owner, code, meta=meta)
        return caught.value.retry_after

    return ask


def test_nine_wrong_codes_lock_nothing(owner, app, wrong, meta):
    wrong(9)

    two_factor.prove(owner, app.code(), meta=meta)


def test_the_tenth_within_an_hour_locks_every_code_for_a_quarter_of_an_hour(app, wrong, waits):
    wrong(10)

    assert waits(app.code()) == pytest.approx(15 * MINUTE, abs=1)
    assert waits(app.backup_codes[0]) == pytest.approx(15 * MINUTE, abs=1)


def test_wrong_backup_codes_count_too(app, wrong, waits):
    wrong(5)
    wrong(5, WRONG_BACKUP)

    waits(app.code())


def test_failures_while_locked_are_neither_looked_at_nor_counted(owner, app, wrong, waits):
    wrong(10)
    waits(WRONG)
    waits(WRONG_BACKUP)

    assert AccountLock.objects.get(pk=owner.username).code_failures == 10
    assert AuditEntry.objects.filter(action="TWO_FACTOR_FAILED").count() == 10


def test_after_a_lock_each_further_failure_locks_for_twice_as_long(app, wrong, waits, clock):
    wrong(10)
    clock.shift(15 * MINUTE + 1)
    wrong()
    assert waits(WRONG) == pytest.approx(30 * MINUTE, abs=1)

    clock.shift(30 * MINUTE + 1)
    wrong()
    assert waits(WRONG) == pytest.approx(60 * MINUTE, abs=1)


def test_ten_spread_over_more_than_an_hour_lock_nothing(owner, app, wrong, clock, meta):
    for _ in range(4):
        wrong(3)
        clock.shift(25 * MINUTE)

    two_factor.prove(owner, app.code(), meta=meta)


def test_doubling_ends_at_a_day(owner, app, wrong, waits):
    wrong(9)
    AccountLock.objects.filter(pk=owner.username).update(code_locks=50)
    wrong()

    assert waits(WRONG) == pytest.approx(24 * 60 * MINUTE, abs=1)


def test_a_right_code_clears_the_count(owner, app, wrong, meta):
    wrong(9)
    two_factor.prove(owner, app.code(), meta=meta)
    wrong(9)

    two_factor.prove(owner, app.code(1), meta=meta)


def test_after_a_hundred_in_a_row_only_a_backup_code_counts(owner, app, wrong, clock, meta):
    wrong(1)
    AccountLock.objects.filter(pk=owner.username).update(code_failures=99, code_failed_at=[])
    wrong(1)
    clock.shift(timedelta(days=30))

    with pytest.raises(AccountLocked):
        two_factor.prove(owner, app.code(), meta=meta)
    two_factor.prove(owner, app.backup_codes[0], meta=meta)
    two_factor.prove(owner, app.code(), meta=meta)


def test_staff_lift_the_lock_of_codes(owner, app, wrong, meta):
    wrong(10)

    call_command("unlock", owner.username)

    two_factor.prove(owner, app.code(), meta=meta)


def test_the_unlock_link_leaves_the_lock_of_codes(owner, app, wrong, waits):
    wrong(10)

    lockout.lift(owner, password_on=False)

    waits(app.code())


def test_wrong_codes_do_not_lock_the_password(owner, app, wrong, api):
    wrong(10)

    assert api.sign_in(owner).data["data"]["twoFactorRequired"] is True


def test_a_lock_is_an_entry_and_is_told_to_the_owner(owner, app, wrong, mails, link_token):
    wrong(10)

    entry = AuditEntry.objects.get(action="ACCOUNT_LOCKED")
    assert (entry.user_id, entry.actor_id, entry.details["scope"]) == (owner.pk, None, "codes")
    assert Notification.objects.get(user=owner).type == "SECURITY_ALERT"
    [mail] = mails()
    assert mail.to == [owner.email]
    assert "10:15 UTC" in mail.body
    assert link_token("not-me")


def test_the_mail_says_when_the_app_is_off(owner, app, wrong, mails):
    wrong(1)
    AccountLock.objects.filter(pk=owner.username).update(code_failures=99)
    wrong(1)

    assert "only your backup codes" in mails()[-1].body


def test_a_factor_that_was_removed_takes_its_lock_along(owner, app, wrong):
    wrong(10)

    two_factor.remove(owner)

    assert code_lock.locked_for(owner, is_backup_code=False) is None
