"""The lockout rule (traps.md), carried by django-axes through a handler of our own.

Three counters, each a row with the time of its last failure: AccessAttempt for one account from
one network, AccessAttempt for one known device, AccountLock for one account from anywhere. A name
that no account has is counted alike, under a keyed hash of it: people type passwords into it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from axes.models import AccessAttempt, AccessFailureLog
from django.db import transaction
from django.db.models import F, Q
from django.http import HttpRequest
from django.utils import timezone

from accounts.errors import AccountLocked
from accounts.models import AccountLock, Purpose, User
from accounts.models.user import canonical_email, canonical_username
from accounts.services import one_time, policy
from accounts.services.devices import Device
from audit.kinds import Action
from audit.services.recording import record
from config.common.crypto import keyed_hash
from config.common.request_meta import RequestMeta
from notifications.services import email, outbox

EVERYWHERE: Final = 20  # failures in an hour, from anywhere, lock for everyone
WINDOW: Final = timedelta(hours=1)
PASSWORD_OFF: Final = 100  # failures in a row turn the password off
DEVICE: Final = 5  # failures of a known device, which no other lock holds
NOWHERE: Final = "0.0.0.0"  # noqa: S104  a unique key needs a value where there is no address
LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
STEPS: Final = 2  # a lock doubles twice: 15, 30, 60 minutes


@dataclass(slots=True)
class Attempt:
    """One try to prove oneself, as it passes from the login service through axes and back.

    device: set where it is this user's own. user: None for a name that no account has.
    is_clean: nothing was counted against it when it was last looked at.
    """

    identifier: str
    user: User | None
    meta: RequestMeta
    device: Device | None = None
    locked_for: timedelta | None = None
    is_clean: bool = False

    @property
    def key(self) -> str:
        return account_key(self.user, self.identifier)

    @property
    def device_mark(self) -> str:
        return f"device:{self.device.id}" if self.device else ""


def account_key(user: User | None, identifier: str = "") -> str:
    """Email and username of an account are one key; a name that nobody has is its own."""
    if user is not None:
        return user.username
    is_email = "@" in identifier
    name = canonical_email(identifier) if is_email else canonical_username(identifier)
    return "?" + keyed_hash("unknown-name", name)


def keys_of(name: str) -> list[str]:
    """What somebody at a console may mean: an email or a username in any spelling, or a key."""
    return [name, account_key(User.objects.named(name).first(), name)]


def bare_request(attempt: Attempt) -> HttpRequest:
    """What axes asks for: a request made from its facts, with the attempt on it."""
    request = HttpRequest()
    request.method = "POST"
    request.META = {
        "REMOTE_ADDR": attempt.meta.ip or "",
        "HTTP_USER_AGENT": attempt.meta.user_agent,
    }
    request.client_ip = attempt.meta.ip or ""  # type: ignore[attr-defined]
    request.attempt = attempt  # type: ignore[attr-defined]
    return request


def require_unlocked(attempt: Attempt) -> None:
    """Raises AccountLocked, with Retry-After. Two statements, whether the name exists or not."""
    attempt.locked_for = locked_for(attempt)
    if attempt.locked_for:
        raise AccountLocked(retry_after=int(attempt.locked_for.total_seconds()) + 1)


def locked_for(attempt: Attempt) -> timedelta | None:
    """How long this try must wait; None where it may go on."""
    now = timezone.now()
    own = list(AccessAttempt.objects.filter(rows_of(attempt), username=attempt.key))
    ends = [
        ended
        for row in own
        if (ended := _end_of(row.failures_since_start, row.attempt_time, _limit_of(row))) > now
        # A known device has a counter of its own, and only that one holds it.
        and (not attempt.device or row.user_agent == attempt.device_mark)
    ]
    lock = AccountLock.objects.filter(pk=attempt.key).first()
    attempt.is_clean = not own and lock is None
    if lock and not attempt.device:
        if lock.password_off_at:
            ends.append(now + WINDOW)
        elif lock.locked_until and lock.locked_until > now:
            ends.append(lock.locked_until)
    return max(ends) - now if ends else None


def rows_of(attempt: Attempt) -> Q:
    rows = Q(ip_address=attempt.meta.network or NOWHERE, user_agent="")
    return rows | Q(user_agent=attempt.device_mark) if attempt.device else rows


def _limit_of(row: AccessAttempt) -> int:
    return DEVICE if row.user_agent else policy.lockout_threshold()


def _end_of(failures: int, last: datetime, limit: int) -> datetime:
    if failures < limit:
        # Not `last`: a failure of this very moment may be younger than the look at the clock.
        return LONG_AGO
    doublings: int = min(failures - limit, STEPS)
    return last + policy.lockout_duration() * (1 << doublings)


@transaction.atomic
def count_failure(attempt: Attempt, *, reason: str = "password") -> None:
    """One more failure, in a transaction of its own, so that no rollback of the caller loses it.

    The same statements for names that exist and names that do not.
    """
    now = timezone.now()
    key, mark = attempt.key, attempt.device_mark
    address = NOWHERE if mark else attempt.meta.network or NOWHERE
    row = _bump_attempt(key, address, mark, now)
    AccessFailureLog.objects.create(
        username=key, ip_address=attempt.meta.network or None, user_agent=mark, path_info=reason
    )
    lock = _bump_account(key)
    recent = AccessFailureLog.objects.filter(username=key, attempt_time__gt=now - WINDOW).count()
    record(
        Action.LOGIN_FAILED,
        actor=None,
        subject=attempt.user,
        meta=attempt.meta,
        reason=reason,
        **({} if attempt.user else {"nameHash": key[1:]}),
    )
    limit = DEVICE if mark else policy.lockout_threshold()
    is_off = lock.failures >= PASSWORD_OFF and lock.password_off_at is None
    is_wide = recent >= EVERYWHERE and not (lock.locked_until and lock.locked_until > now)
    if is_off or is_wide:
        _lock_everywhere(lock, now, is_off=is_off)
    if is_off or is_wide or row.failures_since_start >= limit:
        scope = "password_off" if is_off else "everywhere" if is_wide else "network"
        _tell(attempt, scope="device" if mark and scope == "network" else scope)


def _bump_attempt(key: str, address: str, mark: str, now: datetime) -> AccessAttempt:
    """Count on the row of this network or device, under its lock."""
    found = {"username": key, "ip_address": address, "user_agent": mark}
    rows = AccessAttempt.objects.select_for_update().filter(**found)
    row = rows.first()
    if row is None:
        AccessAttempt.objects.bulk_create(
            [AccessAttempt(**found, http_accept="", path_info="", failures_since_start=0)],
            ignore_conflicts=True,
        )
        row = rows.get()
    row.failures_since_start += 1
    row.attempt_time = now
    AccessAttempt.objects.filter(pk=row.pk).update(
        failures_since_start=F("failures_since_start") + 1, attempt_time=now
    )
    return row


def _bump_account(key: str) -> AccountLock:
    AccountLock.objects.bulk_create([AccountLock(key=key)], ignore_conflicts=True)
    AccountLock.objects.filter(pk=key).update(failures=F("failures") + 1)
    return AccountLock.objects.get(pk=key)


def _lock_everywhere(lock: AccountLock, now: datetime, *, is_off: bool) -> None:
    until = now + policy.lockout_duration() * 2 ** min(lock.locks, STEPS)
    AccountLock.objects.filter(pk=lock.pk).update(
        locked_until=until,
        locks=F("locks") + 1,
        password_off_at=now if is_off else lock.password_off_at,
    )


def _tell(attempt: Attempt, *, scope: str) -> None:
    """An entry, and a mail with the unlock link unless one is on its way already."""
    record(
        Action.ACCOUNT_LOCKED,
        actor=None,
        subject=attempt.user,
        meta=attempt.meta,
        scope=scope,
        **({} if attempt.user else {"nameHash": attempt.key[1:]}),
    )
    if one_time.is_outstanding(attempt.user, Purpose.UNLOCK, binding=attempt.key):
        return
    token = one_time.add(attempt.user, Purpose.UNLOCK, binding=attempt.key)
    if attempt.user is None:
        outbox.enqueue_decoy()
    else:
        email.account_locked(attempt.user, token=token)


def clear_on_success(attempt: Attempt) -> None:
    """A right password clears the counts of its network and device, and the run of failures.

    A lock for everyone that is in force stays: a known device may come in behind it, and those
    it holds off are still there. In the caller's transaction; nothing to do costs nothing.
    """
    if attempt.is_clean:
        return
    AccessAttempt.objects.filter(rows_of(attempt), username=attempt.key).delete()
    cleared = AccountLock.objects.filter(
        Q(locked_until__isnull=True) | Q(locked_until__lte=timezone.now()),
        pk=attempt.key,
        password_off_at__isnull=True,
        failures__gt=0,
    ).update(failures=0, locks=0, locked_until=None)
    if cleared:
        AccessFailureLog.objects.filter(username=attempt.key).delete()


def lift(user: User, *, password_on: bool) -> bool:
    """Forget everything counted against an account; was anything?

    password_on: also turn a password on again that a hundred failures turned off, and let codes
    be tried again. A reset does and staff do; the unlock link does not.
    """
    attempts, _ = AccessAttempt.objects.filter(username=user.username).delete()
    AccessFailureLog.objects.filter(username=user.username).delete()
    fields: dict[str, Any] = {"failures": 0, "locks": 0, "locked_until": None}
    if password_on:
        # Codes too: staff may, and a reset of an account with a second factor takes a code.
        fields |= {"password_off_at": None, "code_failures": 0, "code_locks": 0}
        fields |= {"code_locked_until": None, "code_failed_at": []}
    locks = AccountLock.objects.filter(pk=user.username).exclude(**fields).update(**fields)
    return bool(attempts or locks)


def rename(old: str, new: str) -> None:
    """What is counted against an account goes along with its username, which is its key.

    Otherwise a new name would lift every lock, and whoever takes the old one would inherit them.
    In the caller's transaction, which has the account's row.
    """
    # In the order in which a failure counts.
    AccessAttempt.objects.filter(username=new).delete()
    AccessAttempt.objects.filter(username=old).update(username=new)
    AccessFailureLog.objects.filter(username=old).update(username=new)
    AccountLock.objects.filter(pk=new).delete()
    AccountLock.objects.filter(pk=old).update(key=new)
