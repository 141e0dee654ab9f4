"""Deleting an account for thirty days, and taking that back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import errors
from accounts.models import Purpose, User
from accounts.models.user import RECOVERY_PERIOD
from accounts.services import one_time, sessions
from accounts.services.lifecycle import holdings
from accounts.services.lifecycle.activation import come_back, leave
from accounts.services.proof import prove
from audit import selectors as log
from audit.kinds import Action
from audit.services.recording import record
from config.common.request_meta import RequestMeta
from notifications.kinds import Kind
from notifications.services import email as mail
from notifications.services import inbox
from rbac.selectors import grants_on
from rbac.services.last_admin import require_another_admin


def delete(user: User, password: str, *, meta: RequestMeta, code: str = "") -> datetime:
    """Delete one's own account; returns until when it can be recovered.

    Address and name stay taken. Raises InvalidCredentials, AccountLocked, TwoFactorRequired,
    InvalidCode, LastAdmin, Busy.
    """
    prove(user, password, code=code, meta=meta)
    return _delete(user, meta=meta)


@transaction.atomic
def _delete(user: User, *, meta: RequestMeta) -> datetime:
    require_another_admin(user)
    now = timezone.now()
    leave(user, deleted_at=now)
    deadline = now + RECOVERY_PERIOD
    ended = sessions.end_all(user)
    # The undo link of an earlier change stays: a thief may have changed the address and deleted.
    one_time.revoke(user, Purpose.CHANGE_EMAIL)
    record(
        Action.ACCOUNT_DELETED,
        actor=user,
        subject=user,
        meta=meta,
        sessionsEnded=ended,
        recoveryDeadline=deadline,
    )
    inbox.notify(
        user,
        Kind.ACCOUNT_UPDATE,
        title=_("Your account was deleted"),
        message=_("You can recover it for 30 days. All devices were signed out."),
    )
    mail.account_deleted(user, deadline=deadline)
    return deadline


def recover(email: str, password: str, *, meta: RequestMeta, code: str = "") -> None:
    """Bring a deleted account back, as it was: one that was deactivated still is.

    It signs nobody in. Raises AccountLocked, InvalidCredentials (the same for addresses that
    nobody has, and after the same work), AccountSuspended, NotDeleted, RecoveryExpired,
    TwoFactorRequired, InvalidCode, Busy.
    """
    come_back(email, password, code=code, meta=meta, check=require_deleted, back=_recover)


def require_deleted(user: User) -> None:
    """Raises AccountSuspended, NotDeleted, RecoveryExpired."""
    if user.suspended_at:
        raise errors.AccountSuspended
    if not user.recovery_deadline:
        raise errors.NotDeleted
    if user.recovery_deadline <= timezone.now():
        raise errors.RecoveryExpired


def _recover(user: User, meta: RequestMeta) -> bool:
    claimed = User.objects.filter(
        pk=user.pk,
        password=user.password,
        deleted_at__gt=timezone.now() - RECOVERY_PERIOD,
        suspended_at__isnull=True,
    ).update(deleted_at=None)
    if not claimed:
        return False
    record(Action.ACCOUNT_RECOVERED, actor=user, subject=user, meta=meta)
    inbox.notify(
        user,
        Kind.ACCOUNT_UPDATE,
        title=_("Your account was recovered"),
        message=_("Everything is as it was before you deleted it."),
    )
    mail.account_recovered(user)
    return True


@dataclass(frozen=True, slots=True)
class Preview:
    """How many of what erasure would take out, and how many it would make anonymous."""

    deleted: dict[str, int]
    anonymised: dict[str, int]


def preview(user: User) -> Preview:
    """What erasure would do now, counted where it would look. Kinds of which there is none too."""
    deleted = {"avatar": int(bool(user.avatar))}
    for kind, rows in (*holdings.doomed(user), *holdings.doomed_by_name(user)):
        deleted[kind] = deleted.get(kind, 0) + rows.count()
    deleted["grants"] += grants_on(user.pk).count()
    return Preview(deleted, {"auditEntries": log.naming(user.pk).count()})
