"""Making, changing and deleting roles."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import Permission as DjangoPermission
from django.db import transaction
from django.db.models import QuerySet
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from audit.kinds import Action
from audit.services.recording import record
from config.common.errors import FieldError
from config.common.request_meta import RequestMeta
from rbac import selectors
from rbac.errors import RoleExists, RoleInUse, SystemRole, UnknownPermission
from rbac.models import Role, RoleAssignment
from rbac.permissions import ADMIN, Permission
from rbac.services import expiry
from rbac.services.escalation import require_holding, require_lasting
from rbac.services.last_admin import admin_lock


def named(names: Iterable[str]) -> frozenset[Permission]:
    """Permissions by the wire's words. Raises UnknownPermission with every one that is none."""
    wanted = list(names)
    told = _("There is no permission “{name}”.")
    faults = [
        FieldError(f"permissions.{place}", format_lazy(told, name=name), "unknown")
        for place, name in enumerate(wanted)
        if name not in Permission.__members__
    ]
    if faults:
        raise UnknownPermission(errors=faults)
    return frozenset(Permission[name] for name in wanted)


@transaction.atomic
def create(
    name: str,
    *,
    permissions: Iterable[str],
    by: AbstractBaseUser | None,
    meta: RequestMeta,
    description: str = "",
) -> Role:
    """Make a role. permissions: by the wire's words.

    by: None for the program itself, which may give anything.
    Raises UnknownPermission, SessionRevoked (`by` is out by now), PermissionEscalation, RoleExists.
    """
    wanted = named(permissions)
    admin_lock()
    require_holding(by, wanted)
    role, is_new = Role.objects.get_or_create(name=name, defaults={"description": description})
    if not is_new:
        raise RoleExists
    role.permissions.set(_rows(wanted))
    record(
        Action.ROLE_CREATED,
        actor=by,
        subject=None,
        meta=meta,
        resource="role",
        resource_id=role.pk,
        name=name,
        description=description,
        permissions=_names(wanted),
    )
    return selectors.role(role.pk)


@transaction.atomic
def update(
    role_id: UUID,
    *,
    by: AbstractBaseUser | None,
    meta: RequestMeta,
    name: str | None = None,
    description: str | None = None,
    permissions: Iterable[str] | None = None,
) -> Role:
    """Change what is given; whoever holds the role may do more or less from the commit on.

    What is the same as before is no change and leaves no entry.
    Raises SessionRevoked, NotFound, UnknownPermission, PermissionEscalation (it allows, or would
    allow, what `by` does not hold), SystemRole (the name of one, what `admin` allows), RoleExists.
    """
    given = None if permissions is None else named(permissions)
    admin_lock()
    role = selectors.present_role(role_id)
    held = allowed_by(role)
    wanted = held if given is None else given
    require_holding(by, held | wanted)
    _require_no_longer(by, role, wanted - held)
    after = {
        "name": role.name if name is None else name,
        "description": role.description if description is None else description,
    }
    before = {field: getattr(role, field) for field in after}
    changed = [field for field in after if after[field] != before[field]]
    if (role.is_system and "name" in changed) or (role.name == ADMIN and wanted != held):
        raise SystemRole
    if "name" in changed and Role.objects.filter(name=name).exists():
        raise RoleExists
    if not changed and wanted == held:
        return selectors.role(role_id)
    for field in changed:
        setattr(role, field, after[field])
    role.save(update_fields=[*changed, "updated_at"])
    old, new = ({field: values[field] for field in changed} for values in (before, after))
    fields: list[str] = [*changed]
    if wanted != held:
        role.permissions.set(_rows(wanted))
        fields.append("permissions")
        old["permissions"], new["permissions"] = _names(held), _names(wanted)
    record(
        Action.ROLE_UPDATED,
        actor=by,
        subject=None,
        meta=meta,
        resource="role",
        resource_id=role.pk,
        role=before["name"],
        fields=fields,
        old=old,
        new=new,
    )
    return selectors.role(role_id)


@transaction.atomic
def delete(role_id: UUID, *, by: AbstractBaseUser | None, meta: RequestMeta) -> None:
    """Delete a role that nobody has. Assignments that ran out hold nothing back.

    Raises SessionRevoked, NotFound, PermissionEscalation (it allows what `by` does not hold),
    SystemRole, RoleInUse.
    """
    admin_lock()
    role = selectors.present_role(role_id)
    held = allowed_by(role)
    require_holding(by, held)
    if role.is_system:
        raise SystemRole
    assignments = RoleAssignment.objects.filter(role=role)
    if assignments.live().exists():
        raise RoleInUse
    expiry.end(assignments)
    role.delete()
    record(
        Action.ROLE_DELETED,
        actor=by,
        subject=None,
        meta=meta,
        resource="role",
        resource_id=role_id,
        name=role.name,
        description=role.description,
        permissions=_names(held),
    )


def allowed_by(role: Role) -> frozenset[Permission]:
    """What a role allows; no query where its permissions are at hand."""
    codenames = {row.codename for row in role.permissions.all()}
    return frozenset(permission for permission in Permission if permission.value in codenames)


def _require_no_longer(
    by: AbstractBaseUser | None, role: Role, added: Collection[Permission]
) -> None:
    """Who holds the role must not get from it, by their own doing, what they hold for a while."""
    if by is None or not added:
        return
    own = RoleAssignment.objects.live().filter(user_id=by.pk, role=role).first()
    if own is not None:
        require_lasting(by, added, until=own.expires_at)


def _rows(permissions: Iterable[Permission]) -> QuerySet[DjangoPermission]:
    codenames = [permission.value for permission in permissions]
    return DjangoPermission.objects.filter(
        content_type__app_label="rbac", content_type__model="role", codename__in=codenames
    )


def _names(permissions: Collection[Any]) -> list[str]:
    """In the wire's words and the contract's order."""
    return [permission.name for permission in Permission if permission in permissions]
