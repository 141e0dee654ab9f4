"""Taking out what is of no use to anybody any more. Safe to run at any time, twice at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from axes.models import AccessAttempt, AccessFailureLog
from django.contrib.sessions.models import Session as PageSession
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import (
    BackupCodeDevice,
    OneTimeToken,
    RateCount,
    Session,
    TotpDevice,
    TrustedDevice,
    UsernameHold,
)
from accounts.services import devices, files, policy
from accounts.services.lifecycle import erasure
from audit.services import retention
from config.common.request_meta import RequestMeta
from notifications.services import outbox

STEP: Final = 1000  # rows a statement: nobody waits for a lock on many
SPENT: Final = timedelta(days=7)  # kept so long, to answer "this link was used before"
# A worker's queued mails wait for it; about a million entries go in that time.
AUDIT_SECONDS: Final = 20.0
COUNTED: Final = timedelta(days=90)
UNFINISHED: Final = timedelta(days=1)  # a second factor that was set up and never turned on


def purge(*, said: Callable[[str, int], None] = lambda _what, _count: None) -> dict[str, int]:
    """Returns how many rows went, by what they were. said: called after each kind."""
    now = timezone.now()
    # Dead sessions tell for a while which devices are known.
    dead = now - devices.MEMORY
    doomed: dict[str, QuerySet[Any]] = {
        "tokens": OneTimeToken.objects.filter(
            Q(expires_at__lt=now - SPENT) | Q(used_at__lt=now - SPENT)
        ),
        "sessions": Session.objects.filter(Q(expires_at__lt=dead) | Q(revoked_at__lt=dead)),
        "page sessions": PageSession.objects.filter(expire_date__lt=now),
        "username holds": UsernameHold.objects.filter(expires_at__lt=now),
        "trusted devices": TrustedDevice.objects.filter(expires_at__lt=now),
        "unfinished second factors": TotpDevice.objects.filter(
            confirmed=False, created_at__lt=now - UNFINISHED
        ),
        "unfinished backup codes": BackupCodeDevice.objects.filter(
            confirmed=False, created_at__lt=now - UNFINISHED
        ),
        "request counts": RateCount.objects.filter(expires_at__lt=now),
        "failure records": AccessFailureLog.objects.filter(attempt_time__lt=now - COUNTED),
        "failure counts": AccessAttempt.objects.filter(attempt_time__lt=now - COUNTED),
    }
    gone = {}
    for what, rows in doomed.items():
        gone[what] = _delete(rows)
        said(what, gone[what])
    others: dict[str, Callable[[], int]] = {
        "sent mails": lambda: outbox.purge(SPENT),
        "discarded files": files.sweep,
        "audit entries": _old_entries,
        "strays of erased accounts": erasure.sweep,
        # The last: it raises where one account could not be erased.
        "accounts past their time": erasure.erase_overdue,
    }
    for what, work in others.items():
        gone[what] = work()
        said(what, gone[what])
    return gone


def _old_entries() -> int:
    """What there is no time for goes an hour later."""
    days = policy.audit_retention_days()
    done = retention.clean_up(
        days=days, policy_days=days, meta=RequestMeta(), seconds=AUDIT_SECONDS
    )
    return done.deleted


def _delete(rows: QuerySet[Any]) -> int:
    deleted = 0
    while True:
        keys = list(rows.order_by().values_list("pk", flat=True)[:STEP])
        if not keys:
            return deleted
        deleted += rows.model._default_manager.filter(pk__in=keys).delete()[0]  # noqa: SLF001
