"""The lockout rule's counter of wrong codes (traps.md), apart from the one of passwords.

Ten in an hour lock codes for everyone, from everywhere, each time for twice as long; a hundred in
a row leave only a backup code, or staff. A right code clears it all. Everything here happens under
the lock on the owner's row that `two_factor.locked` takes, so that of guesses made side by side
no eleventh is looked at.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import AccountLock, Purpose, User
from accounts.services import lockout, one_time, policy
from audit.kinds import Action
from audit.services.recording import record
from config.common.request_meta import RequestMeta
from notifications.kinds import Kind
from notifications.services import email, inbox

IN_AN_HOUR: Final = 10
WINDOW: Final = timedelta(hours=1)
APP_OFF: Final = 100  # in a row: the app's six digits are guessed, not mistyped
LONGEST: Final = timedelta(days=1)  # doubling ends somewhere: the owner comes back


def locked_for(user: User, *, is_backup_code: bool) -> timedelta | None:
    """How long a code must wait; None where it may be looked at."""
    lock = AccountLock.objects.filter(pk=lockout.account_key(user)).first()
    if lock is None:
        return None
    now = timezone.now()
    if lock.code_locked_until and lock.code_locked_until > now:
        return lock.code_locked_until - now
    return WINDOW if lock.code_failures >= APP_OFF and not is_backup_code else None


def count_failure(user: User, *, meta: RequestMeta) -> None:
    """One more wrong code. The caller commits it before it raises."""
    now = timezone.now()
    key = lockout.account_key(user)
    AccountLock.objects.bulk_create([AccountLock(key=key)], ignore_conflicts=True)
    lock = AccountLock.objects.get(pk=key)
    since = (now - WINDOW).timestamp()
    recent = [moment for moment in lock.code_failed_at if moment > since][1 - IN_AN_HOUR :]
    recent.append(now.timestamp())
    lock.code_failed_at = recent
    lock.code_failures += 1
    is_locking = len(recent) >= IN_AN_HOUR
    if is_locking:
        lock.code_locked_until = now + _duration(lock.code_locks)
        lock.code_locks += 1
    lock.save(update_fields=["code_failed_at", "code_failures", "code_locked_until", "code_locks"])
    record(Action.TWO_FACTOR_FAILED, actor=None, subject=user, meta=meta)
    if is_locking or lock.code_failures == APP_OFF:
        _tell(user, lock, meta)


def _duration(locks: int) -> timedelta:
    doublings: int = min(locks, 10)
    return min(policy.lockout_duration() * (1 << doublings), LONGEST)


def _tell(user: User, lock: AccountLock, meta: RequestMeta) -> None:
    """Whoever tries codes is past the password, or sits at a signed-in device."""
    is_app_off = lock.code_failures >= APP_OFF
    record(
        Action.ACCOUNT_LOCKED,
        actor=None,
        subject=user,
        meta=meta,
        scope="codes",
        until=lock.code_locked_until,
        appOff=is_app_off,
    )
    inbox.notify(
        user,
        Kind.SECURITY_ALERT,
        title=_("Codes of your second factor are locked"),
        message=_("Too many wrong codes were given. If that was not you, change your password."),
    )
    email.codes_locked(
        user,
        until=lock.code_locked_until or datetime.now(UTC),
        is_app_off=is_app_off,
        token=one_time.add(user, Purpose.NOT_ME),
    )


def clear(user: User) -> None:
    """A right code, or a factor that is gone: nothing is held against the next one."""
    AccountLock.objects.filter(pk=lockout.account_key(user), code_failures__gt=0).update(
        code_failures=0, code_locks=0, code_locked_until=None, code_failed_at=[]
    )
