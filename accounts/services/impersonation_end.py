"""How an impersonation ends before its time, and the entry about it.

Apart from `impersonation.py`, because the end of any session may be the end of an impersonation.
"""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import Session, User
from audit.kinds import Action
from audit.models import AuditEntry
from audit.services.recording import draft, record_many
from config.common.bulk import among
from config.common.request_meta import RequestMeta


class How(StrEnum):
    """What ended it, in the entry's details."""

    STOPPED = "stopped"  # by the admin
    REVOKED = "revoked"  # by the person, or by other staff
    WITH_SESSION = "withSession"  # the one it was opened from, or all of the person's
    WITHOUT_RIGHT = "withoutRight"  # found out at its next request, or by the worker


def close(
    which: Q, *, how: How, by: User | None = None, meta: RequestMeta | None = None
) -> list[Session]:
    """End these impersonations, each with its entry, in the caller's transaction if there is one.

    by, meta: who did it, where somebody did; None for the program. Returns those that were alive.
    One statement where there are none, and three however many there are.
    """
    now = timezone.now()
    with transaction.atomic(savepoint=False):
        # Locked in one order, so of two who end the same ones only one finds them open.
        ended = list(
            Session.objects.select_for_update(no_key=True)
            .filter(which, impersonator__isnull=False, revoked_at__isnull=True, expires_at__gt=now)
            .order_by("pk")
        )
        if ended:
            Session.objects.filter(among("pk", [one.pk for one in ended])).update(revoked_at=now)
            record_many(_entry(one, how=how, by=by, meta=meta or RequestMeta()) for one in ended)
    return ended


def opened_from(
    session_id: UUID, *, by: User | None = None, meta: RequestMeta | None = None
) -> None:
    """The admin's session has ended; with it, whatever was opened from it."""
    close(Q(opened_from=session_id), how=How.WITH_SESSION, by=by, meta=meta)


def tied_to(user: User, *, keep: UUID | None) -> Q:
    """Where somebody acts as this user, or the user acts as somebody.

    keep: a session of the user's that goes on, and what was opened from it.
    """
    tied = Q(user=user) | Q(impersonator=user)
    return tied & ~Q(pk=keep) & ~Q(opened_from=keep) if keep else tied


def _entry(session: Session, *, how: How, by: User | None, meta: RequestMeta) -> AuditEntry:
    return draft(
        Action.ADMIN_IMPERSONATION_ENDED,
        actor=by,
        subject=session.user_id,
        meta=meta,
        resource="session",
        resource_id=session.pk,
        how=how.value,
    )
