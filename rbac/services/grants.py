"""Permissions on one person alone: granted and taken back."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import Permission as DjangoPermission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from audit.kinds import Action
from audit.services.recording import record
from config.common.errors import FieldError, NotFound
from config.common.request_meta import RequestMeta
from notifications.kinds import Kind
from notifications.services import inbox
from rbac.errors import AlreadyGranted, PermissionEscalation, UnknownPermission
from rbac.models import PersonGrant
from rbac.permissions import GRANTABLE, Permission
from rbac.services import memory
from rbac.services.escalation import (
    outranking,
    require_holding,
    require_lasting,
    require_over,
)
from rbac.services.last_admin import admin_lock
from rbac.services.people import hold


@transaction.atomic
def grant(
    user: AbstractBaseUser,
    permission: str,
    *,
    on: UUID,
    by: AbstractBaseUser | None,
    meta: RequestMeta,
) -> PersonGrant:
    """Let `user` do one thing to one person, and tell `user`. permission: the wire's word.

    by: None for the program itself, which may give anything.
    Raises UnknownPermission (none of the five), SessionRevoked (`by` is out by now), NotFound (one
    of the two people), AlreadyGranted, PermissionEscalation: `by` holds the permission by a role
    or gives nothing, and neither the one who gets it nor the one it is on may hold more than `by`.
    What somebody holds for a while they cannot grant to themself, since a grant has no end.
    """
    wanted = grantable(permission)
    admin_lock()
    require_holding(by, [wanted.value])
    if by is not None and by.pk == user.pk:
        require_lasting(by, [wanted.value], until=None)
    if outranking(by, [user.pk, on]):
        raise PermissionEscalation
    holder, person = hold(user.pk, on)
    content_type = ContentType.objects.get_for_model(get_user_model())
    made, is_new = PersonGrant.objects.get_or_create(
        user=holder,
        permission=DjangoPermission.objects.get(content_type=content_type, codename=wanted.value),
        content_type=content_type,
        object_pk=str(person.pk),
    )
    if not is_new:
        raise AlreadyGranted
    record(
        Action.PERMISSION_GRANTED,
        actor=by,
        subject=holder,
        meta=meta,
        resource="grant",
        resource_id=made.pk,
        permission=wanted.name,
        on=person.pk,
    )
    # Not by name: this stands in the holder's inbox, whatever becomes of the other person.
    inbox.notify(
        holder,
        Kind.ROLE_CHANGED,
        title=_("You have a new permission"),
        message=format_lazy(_("For one person you may now: {what}."), what=wanted.label),
        permission=wanted.name,
        on=str(person.pk),
    )
    memory.forget(user)
    return made


@transaction.atomic
def revoke(
    user: AbstractBaseUser, grant_id: UUID, *, by: AbstractBaseUser | None, meta: RequestMeta
) -> None:
    """Take one of the person's grants back, and tell them.

    Raises SessionRevoked, NotFound (not theirs, or gone), PermissionEscalation (`by` lacks the
    permission, or something else that the person holds).
    """
    admin_lock()
    require_over(by, user)
    [holder] = hold(user.pk)
    held = PersonGrant.objects.select_related("permission").filter(pk=grant_id, user=holder).first()
    if held is None:
        raise NotFound
    permission = Permission(held.permission.codename)
    require_holding(by, [permission.value])
    deleted, _rows = PersonGrant.objects.filter(pk=grant_id).delete()
    if not deleted:
        raise NotFound  # The person it is on was erased while this waited.
    record(
        Action.PERMISSION_REVOKED,
        actor=by,
        subject=holder,
        meta=meta,
        resource="grant",
        resource_id=grant_id,
        permission=permission.name,
        on=held.object_pk,
    )
    inbox.notify(
        holder,
        Kind.ROLE_CHANGED,
        title=_("A permission was taken from you"),
        message=format_lazy(_("For one person you may no longer: {what}."), what=permission.label),
        permission=permission.name,
        on=held.object_pk,
    )
    memory.forget(user)


def grantable(name: str) -> Permission:
    """One of the five, by the wire's word. Raises UnknownPermission."""
    permission = Permission.__members__.get(name)
    if permission not in GRANTABLE:
        fault = _("This is no permission that can be held on one person alone.")
        raise UnknownPermission(errors=[FieldError("permission", fault, "unknown")])
    return permission
