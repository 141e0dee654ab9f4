"""Staff act in somebody's place: for a quarter of an hour, told to the person, under both names.

Every request under it asks anew whether what it was opened on still holds; whatever ends the
admin's session, standing or right ends it with the next request, or within a minute if none
comes. `impersonation_end.py` has the other ends. What may be called under it is a rule of the API's
base (`config/common/api/views.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.errors import NotActive, NotImpersonating
from accounts.models import Session, User
from accounts.selectors import impersonations
from accounts.services import policy, sessions, tokens
from accounts.services.impersonation_end import How, close
from accounts.services.locks import hold
from accounts.services.sessions import Acting
from accounts.services.staff.target import held
from audit.kinds import Action
from audit.services.recording import record
from config.common.errors import (
    ImpersonationForbidden,
    PermissionRequired,
    SessionRevoked,
    Text,
    ValidationFailed,
)
from config.common.request_meta import RequestMeta
from config.common.times import compact
from notifications.kinds import Kind
from notifications.services import email, inbox
from rbac import selectors as roles
from rbac.permissions import Permission
from rbac.services.last_admin import admin_lock
from rbac.services.people import hold_those

LIFETIME: Final = timedelta(minutes=15)  # and no refresh


@dataclass(frozen=True, slots=True)
class Impersonation:
    """What the admin gets. expires_in: as `15m`."""

    person: User
    session: Session
    access: str
    expires_in: str


@transaction.atomic
def start(user_id: UUID, *, by: User, meta: RequestMeta, reason: str = "") -> Impersonation:
    """A session of the person's in the admin's hands; the person is told, with the reason.

    The admin lock is held throughout, and both rows: what either of them holds, and whether they
    are in, is read while nobody changes it. Raises ValidationFailed (`reason`, where policy wants
    one), ImpersonationForbidden, SelfTarget, PermissionEscalation, NotFound, NotActive,
    PermissionRequired, SessionRevoked.
    """
    if meta.actor_id is not None:
        raise ImpersonationForbidden
    if not reason and policy.impersonation_reason_required():
        raise ValidationFailed.of("reason", _("This field is required."), "required")
    person, own = _both(user_id, by=by, meta=meta)
    now = timezone.now()
    session = sessions.open_session(
        person, meta=meta, acting=Acting(by, own, min(now + LIFETIME, own.expires_at))
    )
    record(
        Action.ADMIN_IMPERSONATION_STARTED,
        actor=by,
        subject=person,
        meta=meta,
        resource="session",
        resource_id=session.pk,
        reason=reason,
        until=session.expires_at,
    )
    _tell(person, session, by=by, reason=reason)
    access = tokens.access_token(
        user_id=person.pk, session_id=session.pk, ends=session.expires_at, actor_id=by.pk
    )
    seconds = max(1, round((session.expires_at - now).total_seconds()))
    return Impersonation(person, session, access, compact(seconds))


@transaction.atomic
def whom(user_id: UUID, *, by: User, meta: RequestMeta) -> User:
    """Whom it would be, before anybody gives a reason. Raises what `start` raises of the person."""
    person, _own = _both(user_id, by=by, meta=meta)
    return person


def _both(user_id: UUID, *, by: User, meta: RequestMeta) -> tuple[User, Session]:
    """The person, and the admin's session: both held, and both in a state that allows it."""
    admin_lock()
    # Both at once: the worker that ends roles takes as many, and one by one each would wait for
    # the other.
    hold_those([user_id, by.pk])
    person = held(user_id, by=by)
    if not person.is_active or person.invited_at is not None:
        raise NotActive
    return person, _own_session(by, meta)


def _own_session(by: User, meta: RequestMeta) -> Session:
    """The admin's session that this one hangs on."""
    if Permission.ADMIN_ACCESS not in roles.permissions(by.pk):
        raise PermissionRequired
    own = Session.objects.live().filter(user=by, impersonator__isnull=True)
    found = own.filter(pk=meta.session_id).first() if meta.session_id else None
    if found is None:
        raise SessionRevoked
    return found


def _tell(person: User, session: Session, *, by: User, reason: str) -> None:
    name = by.get_full_name() or by.username
    said: Text = format_lazy(
        _("{admin} acts in your place, for 15 minutes at most. You can end it among your devices."),
        admin=name,
    )
    if reason:
        said = format_lazy("{said} {label}: {reason}", said=said, label=_("Reason"), reason=reason)
    inbox.notify(
        person,
        Kind.SECURITY_ALERT,
        title=_("An administrator uses your account"),
        message=said,
        sessionId=str(session.pk),
    )
    email.impersonated(person, admin=name, reason=reason)


@transaction.atomic
def stop(session_id: UUID, *, person: User, meta: RequestMeta) -> None:
    """The admin has seen enough. Raises NotImpersonating for any other session."""
    hold(person.pk)
    if not close(Q(pk=session_id, user=person), how=How.STOPPED, by=person, meta=meta):
        raise NotImpersonating


def require_standing(session_id: UUID) -> None:
    """Does what it was opened on still hold? If not, it ends for good. Raises SessionRevoked."""
    if impersonations.stands(session_id):
        return
    with transaction.atomic():
        close(Q(pk=session_id), how=How.WITHOUT_RIGHT)
    raise SessionRevoked


def end_fallen() -> int:
    """End those that no longer stand, though nobody asks under them; how many that were.

    For the worker: without it they had no entry, and revived with a right that came back.
    """
    now = timezone.now()
    ended = 0
    # Few: staff open them one by one, for a quarter of an hour.
    open_ones = Session.objects.filter(
        impersonator__isnull=False, revoked_at__isnull=True, expires_at__gt=now
    )
    for session_id in open_ones.values_list("pk", flat=True):
        if impersonations.stands(session_id):
            continue
        with transaction.atomic():
            ended += len(close(Q(pk=session_id), how=How.WITHOUT_RIGHT))
    return ended
