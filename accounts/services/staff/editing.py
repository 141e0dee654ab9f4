"""Somebody's names and address, changed by staff."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import errors
from accounts.models import User
from accounts.models.user import canonical_email
from accounts.services import email_change, lockout
from accounts.services.staff import invitation
from accounts.services.staff.target import held
from audit.kinds import Action
from audit.services.details import difference
from audit.services.recording import record
from config.common.errors import Text
from config.common.request_meta import RequestMeta
from notifications.kinds import Kind
from notifications.services import email as mail
from notifications.services import inbox

# What the API calls it, and what people do.
FIELDS: Final[dict[str, tuple[str, Text]]] = {
    "username": ("username", _("Username")),
    "first_name": ("firstName", _("First name")),
    "last_name": ("lastName", _("Last name")),
}


def update(user_id: UUID, given: Mapping[str, Any], *, by: User, meta: RequestMeta) -> User:
    """Change the names given (as in FIELDS) and no others; the person is told of what changed.

    `email` in it begins a change as the person's own would: it counts once it is confirmed from
    there, and a taken address is told to its owner alone. Who has not accepted their invitation
    gets another one at the new address at once. One's own names may be changed, not one's own
    address: that takes a proof. Raises SelfTarget, PermissionEscalation, NotFound, UsernameTaken,
    EmailTaken (of an invitation), AddressFrozen.
    """
    names = {name: given[name] or "" for name in FIELDS if name in given}
    address = canonical_email(given.get("email") or "")
    try:
        return _update(user_id, names, address, by=by, meta=meta)
    except IntegrityError as error:
        # Somebody was quicker.
        if "username" in names:
            invitation.require_free_username(names["username"])
        raise errors.EmailTaken from error


@transaction.atomic
def _update(
    user_id: UUID, names: dict[str, str], address: str, *, by: User, meta: RequestMeta
) -> User:
    person = held(user_id, by=by, or_oneself=address in {"", by.email})
    is_moving = address not in {"", person.email}
    if is_moving and (person.suspended_at or person.deleted_at):
        # Their links open nothing, so the mail would ask for what cannot be done.
        raise errors.AddressFrozen
    _rename(person, names, by=by, meta=meta)
    if is_moving:
        if person.invited_at:
            _invite_elsewhere(person, address, by=by, meta=meta)
        else:
            email_change.begin(person, address, by=by, meta=meta)
    return person


def _rename(person: User, names: dict[str, str], *, by: User, meta: RequestMeta) -> None:
    old = {name: getattr(person, name) for name in names}
    columns = person.set_identity(**names)
    changed = [name for name in FIELDS if name in names and getattr(person, name) != old[name]]
    if not changed:
        return
    if "username" in changed:
        invitation.require_free_username(person.username)
    person.save(update_fields=columns)
    if "username" in changed:
        lockout.rename(old["username"], person.username)
    record(
        Action.ADMIN_USER_UPDATED,
        actor=by,
        subject=person,
        meta=meta,
        **difference(
            {FIELDS[name][0]: old[name] or None for name in changed},
            {FIELDS[name][0]: getattr(person, name) or None for name in changed},
        ),
    )
    inbox.notify(
        person,
        Kind.ACCOUNT_UPDATE,
        title=_("Your account was changed"),
        message=_("An administrator changed your names."),
        fields=[FIELDS[name][0] for name in changed],
    )
    mail.account_updated_by_staff(person, fields=[FIELDS[name][1] for name in changed])


def _invite_elsewhere(person: User, address: str, *, by: User, meta: RequestMeta) -> None:
    """Nobody has been in, so there is nobody to confirm it or to undo it."""
    invitation.require_free_address(address, of=person)
    old = {"email": person.email, "invitedAt": person.invited_at}
    person.invited_at = timezone.now()
    person.email_verified_at = None
    columns = person.set_identity(email=address)
    person.save(update_fields=[*columns, "invited_at", "email_verified_at"])
    record(
        Action.ADMIN_USER_UPDATED,
        actor=by,
        subject=person,
        meta=meta,
        **difference(old, {"email": person.email, "invitedAt": person.invited_at}),
    )
    invitation.send(person, by=by)
