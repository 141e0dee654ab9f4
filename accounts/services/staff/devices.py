"""Where somebody is signed in: one device signed out, or all of them."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Session, User
from accounts.selectors.sessions import label_of
from accounts.services import impersonation_end, sessions
from accounts.services.impersonation_end import How
from accounts.services.staff.target import held
from audit.kinds import Action
from audit.services.recording import record
from config.common.errors import NotFound
from config.common.request_meta import RequestMeta
from notifications.kinds import Kind
from notifications.services import email as mail
from notifications.services import inbox
from notifications.services.recipients import language_of


@transaction.atomic
def sign_out(session_id: UUID, *, of: UUID, by: User, meta: RequestMeta) -> None:
    """End one session of theirs. Raises PermissionEscalation, NotFound (also if it is over)."""
    person = held(of, by=by, or_oneself=True)
    own = Q(pk=session_id, user=person)
    acting = impersonation_end.close(own, how=How.REVOKED, by=by, meta=meta)
    claimed = acting or Session.objects.unended().filter(own).update(revoked_at=timezone.now())
    if not claimed:
        raise NotFound
    impersonation_end.opened_from(session_id, by=by, meta=meta)
    session = Session.objects.select_related("impersonator").get(pk=session_id)
    record(
        Action.ADMIN_SESSIONS_REVOKED,
        actor=by,
        subject=person,
        meta=meta,
        resource="session",
        resource_id=session_id,
        # Of an impersonation it would be the other admin's.
        device="" if acting else session.device_name,
        count=1,
    )
    with translation.override(language_of(person)):
        label = label_of(session)
    inbox.notify(
        person,
        Kind.SECURITY_ALERT,
        title=_("An administrator signed a device out"),
        message=format_lazy(_("Signed out: {devices}."), devices=label),
    )
    mail.sessions_ended_by_staff(person, device=label)


@transaction.atomic
def sign_out_everywhere(user_id: UUID, *, by: User, meta: RequestMeta) -> int:
    """End every session, and trust no device; how many were signed in.

    Raises PermissionEscalation, NotFound.
    """
    person = held(user_id, by=by, or_oneself=True)
    tied = impersonation_end.tied_to(person, keep=None)
    closed = impersonation_end.close(tied, how=How.REVOKED, by=by, meta=meta)
    ended = Session.objects.live().filter(user=person).update(revoked_at=timezone.now())
    ended += sum(session.user_id == person.pk for session in closed)
    sessions.end_all(person)  # the idle ones, challenges, trusted devices
    record(Action.ADMIN_SESSIONS_REVOKED, actor=by, subject=person, meta=meta, count=ended)
    if ended:
        inbox.notify(
            person,
            Kind.SECURITY_ALERT,
            title=_("An administrator signed you out"),
            message=_("All devices were signed out. Your password still works."),
        )
        mail.sessions_ended_by_staff(person)
    return ended
