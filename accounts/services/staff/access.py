"""Who may come in: suspended and let in again, brought back, confirmed, unlocked."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts import errors
from accounts.models import Purpose, User
from accounts.models.user import RECOVERY_PERIOD
from accounts.services import lockout, one_time, sessions
from accounts.services.staff.target import end_everything, held, words
from audit.kinds import Action
from audit.services.recording import record
from config.common.errors import Text
from config.common.request_meta import RequestMeta
from notifications.kinds import Kind
from notifications.services import email as mail
from notifications.services import inbox
from rbac.services.last_admin import require_another_admin

# Title and message of what the inbox says.
SUSPENDED: Final[tuple[Text, Text]] = (
    _("Your account was suspended"),
    _("An administrator suspended it. All devices were signed out."),
)
REACTIVATED: Final[tuple[Text, Text]] = (
    _("Your account is open again"),
    _("An administrator lifted what kept it closed."),
)


def suspension_message(reason: str) -> Text:
    """What the inbox says below the title, with the reason where there is one."""
    if not reason:
        return SUSPENDED[1]
    return format_lazy(
        "{said} {label}: {reason}", said=SUSPENDED[1], label=_("Reason"), reason=reason
    )


@transaction.atomic
def suspend(user_id: UUID, *, by: User, meta: RequestMeta, reason: str = "") -> None:
    """Nobody comes in until staff lift it, and nothing that was open goes on.

    It stacks on the other states and outlives them. reason: up to 500 characters, shown to the
    person. Raises SelfTarget, PermissionEscalation, NotFound, AlreadySuspended, LastAdmin.
    """
    person = held(user_id, by=by)
    require_another_admin(person)
    claimed = User.objects.filter(pk=person.pk, suspended_at__isnull=True).update(
        suspended_at=timezone.now(), suspension_reason=reason
    )
    if not claimed:
        raise errors.AlreadySuspended
    ended = end_everything(person)
    record(
        Action.ADMIN_SUSPENDED,
        actor=by,
        subject=person,
        meta=meta,
        sessionsEnded=ended,
        **words(reason),
    )
    inbox.notify(
        person, Kind.ACCOUNT_UPDATE, title=SUSPENDED[0], message=suspension_message(reason)
    )
    mail.account_suspended(person, reason=reason)


@transaction.atomic
def reactivate(user_id: UUID, *, by: User, meta: RequestMeta) -> None:
    """Lift a suspension, a deactivation, or both. Signs nobody in; a deletion stays one.

    Raises SelfTarget, PermissionEscalation, NotFound, NothingToLift.
    """
    person = held(user_id, by=by)
    claimed = User.objects.filter(
        Q(suspended_at__isnull=False) | Q(deactivated_at__isnull=False), pk=person.pk
    ).update(suspended_at=None, suspension_reason="", deactivated_at=None)
    if not claimed:
        raise errors.NothingToLift
    sessions.end_all(person)
    old = {"suspendedAt": person.suspended_at, "deactivatedAt": person.deactivated_at}
    record(
        Action.ADMIN_REACTIVATED,
        actor=by,
        subject=person,
        meta=meta,
        old=old,
        new=dict.fromkeys(old),
    )
    inbox.notify(person, Kind.ACCOUNT_UPDATE, title=REACTIVATED[0], message=REACTIVATED[1])
    if person.suspended_at:
        mail.account_unsuspended(person)
    elif not person.deleted_at:
        mail.account_reactivated(person)


@transaction.atomic
def restore(user_id: UUID, *, by: User, meta: RequestMeta) -> None:
    """Bring a deleted account back within its 30 days, as it was: one suspended still is.

    Raises SelfTarget, PermissionEscalation, NotFound, NotDeleted, RecoveryExpired.
    """
    person = held(user_id, by=by)
    claimed = User.objects.filter(
        pk=person.pk, deleted_at__gt=timezone.now() - RECOVERY_PERIOD
    ).update(deleted_at=None)
    if not claimed:
        raise errors.RecoveryExpired if person.deleted_at else errors.NotDeleted
    sessions.end_all(person)
    record(
        Action.ADMIN_USER_RESTORED,
        actor=by,
        subject=person,
        meta=meta,
        old={"deletedAt": person.deleted_at},
        new={"deletedAt": None},
    )
    inbox.notify(
        person,
        Kind.ACCOUNT_UPDATE,
        title=_("Your account was restored"),
        message=_("An administrator brought it back, as it was before it was deleted."),
    )
    mail.account_restored(person)


@transaction.atomic
def verify_email(user_id: UUID, *, by: User, meta: RequestMeta) -> None:
    """Take the address for confirmed; links that were to confirm it die.

    Raises SelfTarget, PermissionEscalation, NotFound, AlreadyVerified.
    """
    person = held(user_id, by=by)
    now = timezone.now()
    claimed = User.objects.filter(pk=person.pk, email_verified_at__isnull=True).update(
        email_verified_at=now
    )
    if not claimed:
        raise errors.AlreadyVerified
    one_time.revoke(person, Purpose.VERIFY_EMAIL)
    record(
        Action.ADMIN_EMAIL_VERIFIED,
        actor=by,
        subject=person,
        meta=meta,
        old={"emailVerifiedAt": None},
        new={"emailVerifiedAt": now},
    )


@transaction.atomic
def unlock(user_id: UUID, *, by: User, meta: RequestMeta) -> bool:
    """Lift every lock, a password that failures turned off and locked codes too; was there any?

    Leaves no entry where there was none. Raises SelfTarget, PermissionEscalation, NotFound.
    """
    person = held(user_id, by=by)
    lifted = lockout.lift(person, password_on=True)
    if lifted:
        record(Action.ADMIN_UNLOCKED, actor=by, subject=person, meta=meta)
    return lifted
