"""Somebody's account deleted for thirty days, or erased for good."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import errors
from accounts.models import User
from accounts.models.user import RECOVERY_PERIOD, canonical_email
from accounts.services.lifecycle import erasure
from accounts.services.staff.target import end_everything, held, words
from audit.kinds import Action
from audit.services.recording import record
from config.common.errors import NotFound
from config.common.request_meta import RequestMeta
from config.common.times import wire_or_none
from notifications.kinds import Kind
from notifications.services import email as mail
from notifications.services import inbox
from rbac.services.last_admin import require_another_admin


@transaction.atomic
def delete(user_id: UUID, *, by: User, meta: RequestMeta, reason: str = "") -> datetime:
    """As an owner's own deletion; returns until when the account can come back.

    Raises SelfTarget, PermissionEscalation, NotFound, AlreadyDeleted, LastAdmin.
    """
    person = _removable(user_id, by=by)
    now = timezone.now()
    claimed = User.objects.filter(pk=person.pk, deleted_at__isnull=True).update(deleted_at=now)
    if not claimed:
        deadline = wire_or_none(person.recovery_deadline)
        raise errors.AlreadyDeleted(data={"recoveryDeadline": deadline})
    until = now + RECOVERY_PERIOD
    ended = end_everything(person)
    record(
        Action.ADMIN_USER_DELETED,
        actor=by,
        subject=person,
        meta=meta,
        sessionsEnded=ended,
        recoveryDeadline=until,
        **words(reason),
    )
    inbox.notify(
        person,
        Kind.ACCOUNT_UPDATE,
        title=_("Your account was deleted"),
        message=_("You can recover it for 30 days. All devices were signed out."),
    )
    mail.account_deleted(person, deadline=until)
    return until


def erase(user_id: UUID, *, confirm_email: str, reason: str, by: User, meta: RequestMeta) -> str:
    """Gone at once, with all that is theirs, in any state; the receipt.

    confirm_email: the person's present address. Raises SelfTarget, PermissionEscalation,
    NotFound, PersonMismatch, LastAdmin.
    """
    # Refused here, it costs no search of the whole log; the erasure looks again under its lock.
    with transaction.atomic():
        person = _removable(user_id, by=by)
    address = canonical_email(confirm_email)
    if address != person.email:
        raise errors.PersonMismatch
    receipt = erasure.erase(
        person,
        only=Q(email=address),
        asked="staff",
        action=Action.ADMIN_USER_ERASED,
        by=by,
        meta=meta,
        reason=reason,
    )
    if receipt is None:
        # Somebody was quicker: with another address, or with the same wish.
        raise errors.PersonMismatch if User.objects.filter(pk=user_id).exists() else NotFound
    return receipt


def _removable(user_id: UUID, *, by: User) -> User:
    """The last admin hears that they are the last; anybody else that it is not for oneself."""
    if user_id == by.pk:
        require_another_admin(by)
    person = held(user_id, by=by)
    require_another_admin(person)
    return person
