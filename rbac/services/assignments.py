"""Giving roles to people and taking them away."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Subquery
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from audit.kinds import Action
from audit.services.recording import record
from config.common.errors import NotFound, ValidationFailed
from config.common.request_meta import RequestMeta
from config.common.times import wire_or_none
from notifications.kinds import Kind
from notifications.services import email, inbox
from rbac import selectors
from rbac.errors import LastRole, RoleAlreadyAssigned
from rbac.models import Role, RoleAssignment
from rbac.permissions import ADMIN, USER
from rbac.services import expiry, memory
from rbac.services.escalation import require_holding, require_lasting, require_over
from rbac.services.last_admin import admin_lock, require_another_admin
from rbac.services.people import hold
from rbac.services.roles import allowed_by


def assign_default(user: AbstractBaseUser) -> None:
    """Give a new account the role `user`, in one INSERT that finds the role by its name.

    Writes no entry: signing up is the entry.
    """
    role: Any = Subquery(Role.objects.filter(name=USER).values("pk"))
    RoleAssignment.objects.bulk_create(
        [RoleAssignment(user_id=user.pk, role_id=role, user_created_at=_created(user))]
    )
    memory.forget(user)


@transaction.atomic
def assign(
    user: AbstractBaseUser,
    role: Role,
    *,
    by: AbstractBaseUser | None,
    meta: RequestMeta,
    expires_at: datetime | None = None,
) -> RoleAssignment:
    """Give a role, for good or until `expires_at`, and tell the person.

    One that has run out is given anew; one in force gets the new end.

    by: None for the program itself, which may give anything.
    Raises ValidationFailed (an end in the past), SessionRevoked (`by` is out by now), NotFound
    (person or role are gone by now),
    PermissionEscalation (the role allows, or the person holds, what `by` does not hold; or `by`
    would hold something longer than before), RoleAlreadyAssigned (in force with this very end),
    and where a role without an end would get one: LastAdmin, LastRole.
    """
    if expires_at is not None and expires_at <= timezone.now():
        raise ValidationFailed.of("expiresAt", _("This has to be in the future."), "past")
    admin_lock()
    role = _require_authority(by, user, role)
    if by is not None and by.pk == user.pk:
        require_lasting(by, allowed_by(role), until=expires_at)
    [person] = hold(user.pk)
    expiry.end(RoleAssignment.objects.filter(user=person, role=role))
    assignment, is_new = RoleAssignment.objects.get_or_create(
        user=person,
        role=role,
        defaults={
            "expires_at": expires_at,
            "assigned_by_id": _pk(by),
            "user_created_at": _created(person),
        },
    )
    changes: dict[str, Any] = {}
    if not is_new:
        if assignment.expires_at == expires_at:
            raise RoleAlreadyAssigned
        changes["previousExpiresAt"] = assignment.expires_at
        if assignment.expires_at is None:
            _require_dispensable(person, role)
        assignment.expires_at = expires_at
        assignment.assigned_at = timezone.now()
        assignment.assigned_by_id = _pk(by)
        assignment.save(update_fields=["expires_at", "assigned_at", "assigned_by"])
    record(
        Action.ROLE_ASSIGNED,
        actor=by,
        subject=person,
        meta=meta,
        resource="role",
        resource_id=role.pk,
        role=role.name,
        expiresAt=expires_at,
        **changes,
    )
    _tell(person, role.name, until=expires_at, is_new=is_new)
    memory.forget(user)
    return assignment


@transaction.atomic
def remove(
    user: AbstractBaseUser, role: Role, *, by: AbstractBaseUser | None, meta: RequestMeta
) -> None:
    """Take a role away; it counts for nothing from the commit on. The person is told.

    Raises SessionRevoked (`by` is out by now), NotFound (not theirs, or run out already),
    PermissionEscalation (the role allows, or the person holds, what `by` does not hold),
    LastAdmin, LastRole.
    """
    admin_lock()
    role = _require_authority(by, user, role)
    [person] = hold(user.pk)
    assignment = RoleAssignment.objects.live().filter(user=person, role=role).first()
    if assignment is None:
        raise NotFound
    if assignment.expires_at is None:
        _require_dispensable(person, role)
    assignment.delete()
    record(
        Action.ROLE_REMOVED,
        actor=by,
        subject=person,
        meta=meta,
        resource="role",
        resource_id=role.pk,
        role=role.name,
    )
    inbox.notify(
        person,
        Kind.ROLE_CHANGED,
        title=_("A role was taken from you"),
        message=format_lazy(_("You no longer hold the role “{role}”."), role=role.name),
        role=role.name,
    )
    email.role_changed(person, removed=[role.name])
    memory.forget(user)


def _tell(person: Any, role: str, *, until: datetime | None, is_new: bool) -> None:
    if is_new:
        title, said = _("You have a new role"), _("You now hold the role “{role}”.")
        email.role_changed(person, added=[role], until=until)
    else:
        title, said = (
            _("The end of a role of yours was changed"),
            _("You still hold the role “{role}”."),
        )
        email.role_changed(person, kept=[role], until=until)
    inbox.notify(
        person,
        Kind.ROLE_CHANGED,
        title=title,
        message=format_lazy(said, role=role),
        role=role,
        expiresAt=wire_or_none(until),
    )


def _require_authority(by: AbstractBaseUser | None, user: AbstractBaseUser, role: Role) -> Role:
    """The role as it is now, if `by` may give it to this person or take it from them.

    Nobody gives what they do not hold, nor takes it from those who do.
    """
    present = selectors.present_role(role.pk)
    require_holding(by, allowed_by(present))
    require_over(by, user)
    return present


def _require_dispensable(user: AbstractBaseUser, role: Role) -> None:
    """May this person do without this role of theirs that has no end?"""
    if role.name == ADMIN:
        require_another_admin(user)
    others = RoleAssignment.objects.permanent().filter(user_id=user.pk).exclude(role=role)
    if not others.exists():
        raise LastRole


def _created(user: Any) -> datetime:
    """When the account was made; a field of the user model, which this app knows by name alone."""
    created: datetime = user.created_at
    return created


def _pk(user: AbstractBaseUser | None) -> Any:
    return user.pk if user else None
