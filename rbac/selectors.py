"""Who may do what, read afresh. `user.has_perm` is the cheaper question within one request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import QuerySet

from config.common.times import wire, wire_or_none
from rbac.models import PersonGrant, Role, RoleAssignment
from rbac.permissions import Permission


def role_names(user_id: Any) -> list[str]:
    """The roles in force now, by name."""
    live = RoleAssignment.objects.live().filter(user_id=user_id)
    return list(live.order_by("role__name").values_list("role__name", flat=True))


def permissions(user_id: Any) -> frozenset[Permission]:
    """What the roles in force now allow, whatever the account's state."""
    held = RoleAssignment.objects.permission_codenames(user_id)
    return frozenset(permission for permission in Permission if permission.value in held)


def permission_names(user_id: Any) -> list[str]:
    """As `permissions`, in the wire's words and the contract's order."""
    held = permissions(user_id)
    return [permission.name for permission in Permission if permission in held]


def holders(permission: Permission) -> QuerySet[Any]:
    """Everybody whose roles in force allow this, in any state; narrow with `.active()`."""
    live = RoleAssignment.objects.live().filter(
        role__permissions__codename=permission.value,
        role__permissions__content_type__app_label="rbac",
    )
    users: QuerySet[Any] = get_user_model()._default_manager.filter(  # noqa: SLF001
        pk__in=live.values("user")
    )
    return users


def holding_any(wanted: Iterable[Permission], *, among: Iterable[UUID]) -> set[UUID]:
    """Who of these people holds at least one of the permissions now, whatever their state."""
    roles = Role.objects.filter(
        permissions__codename__in=[permission.value for permission in wanted],
        permissions__content_type__app_label="rbac",
    )
    live = RoleAssignment.objects.live().filter(role__in=list(roles.values_list("pk", flat=True)))
    found: set[UUID] = set()
    asked = list(among)
    # SQLite takes some thousands of parameters in one statement; PostgreSQL takes one array.
    step = len(asked) if connection.vendor == "postgresql" else 10_000
    for start in range(0, len(asked), step or 1):
        part = asked[start : start + step]
        found.update(live.filter(user__in=part).values_list("user_id", flat=True))
    return found


def grants_on(user_id: UUID) -> QuerySet[PersonGrant]:
    """Permissions that somebody holds on this person alone."""
    return PersonGrant.objects.filter(
        content_type=ContentType.objects.get_for_model(get_user_model()), object_pk=str(user_id)
    )


def exported_roles(user_id: UUID) -> Iterator[dict[str, Any]]:
    """For the person's own file: their roles, those that ran out too."""
    held = RoleAssignment.objects.filter(user_id=user_id).select_related("role")
    for one in held.order_by("assigned_at", "pk"):
        yield {
            "name": one.role.name,
            "assignedAt": wire(one.assigned_at),
            "expiresAt": wire_or_none(one.expires_at),
        }


def exported_grants(user_id: UUID) -> Iterator[dict[str, Any]]:
    """For the person's own file: what they may do to single people."""
    held = PersonGrant.objects.filter(user_id=user_id).select_related("permission")
    for grant in held.order_by("pk"):
        yield {"permission": grant.permission.codename.upper(), "on": grant.object_pk}
