"""Who may do what, read afresh. `user.has_perm` is the cheaper question within one request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Exists, IntegerField, OuterRef, QuerySet, Subquery
from django.utils import timezone

from config.common import bulk
from config.common.errors import NotFound
from config.common.keyset import Order, keys
from config.common.times import wire, wire_or_none
from rbac.models import PersonGrant, Role, RoleAssignment
from rbac.permissions import ALL, GRANTABLE, Permission

EXACT: Final = 1000  # holders of a role that are counted one by one
_LIVE_CODENAMES: Final = """
    SELECT p.codename FROM rbac_roleassignment a
    JOIN rbac_role_permissions r ON r.role_id = a.role_id
    JOIN auth_permission p ON p.id = r.permission_id
    JOIN django_content_type c ON c.id = p.content_type_id
    WHERE a.user_id = %s AND (a.expires_at IS NULL OR a.expires_at > %s) AND c.app_label = 'rbac'
"""
_ROLE_NAMES: Final = """
    SELECT a.user_id, r.name FROM rbac_roleassignment a JOIN rbac_role r ON r.id = a.role_id
    WHERE (a.expires_at IS NULL OR a.expires_at > %s) AND a.user_id IN ({marks})
    ORDER BY r.name
"""
NEWEST_GRANTS: Final[Order] = keys("-id")


class _Counted(Subquery):
    """How many rows a subquery has; it should have a limit."""

    template = "(SELECT count(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


def roles() -> QuerySet[Role]:
    """By name, with their permissions and `live_holders` (see `user_count`). Two statements."""
    # In the order of an index: it is what keeps PostgreSQL from looking for the few holders of a
    # small role among everybody's assignments, which seems cheap to it with a limit.
    live = RoleAssignment.objects.live().filter(role=OuterRef("pk")).order_by("user_id")
    counted: Any = _Counted(live.values("pk")[: EXACT + 1])
    return Role.objects.annotate(live_holders=counted).prefetch_related("permissions")


def role(role_id: Any) -> Role:
    """One of `roles`. Raises NotFound."""
    found = roles().filter(pk=role_id).first()
    if found is None:
        raise NotFound
    return found


def present_role(role_id: Any) -> Role:
    """A role and its permissions, without counting who has it. Raises NotFound."""
    found = Role.objects.prefetch_related("permissions").filter(pk=role_id).first()
    if found is None:
        raise NotFound
    return found


def user_count(role: Any) -> int:
    """How many hold one of `roles` now: exact up to EXACT, else as the worker last counted."""
    counted: int = role.live_holders
    return counted if counted <= EXACT else max(counted, role.holders)


def person(user_id: Any) -> Any:
    """Somebody's account, in any state. Raises NotFound."""
    found = get_user_model()._default_manager.filter(pk=user_id).first()  # noqa: SLF001
    if found is None:
        raise NotFound
    return found


def role_names(user_id: Any) -> list[str]:
    """The roles in force now, by name."""
    live = RoleAssignment.objects.live().filter(user_id=user_id)
    return list(live.order_by("role__name").values_list("role__name", flat=True))


def permissions(user_id: Any) -> frozenset[Permission]:
    """What the roles in force now allow, whatever the account's state."""
    held = live_codenames(user_id)
    return frozenset(permission for permission in Permission if permission.value in held)


def live_codenames(user_id: UUID) -> frozenset[str]:
    """The same as codenames. Asked by every call that needs a permission, hence as SQL text."""
    with connection.cursor() as cursor:
        cursor.execute(_LIVE_CODENAMES, [_key(user_id), _now()])
        return frozenset(name for (name,) in cursor.fetchall())


def role_names_of(ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """The names of the roles in force, of all people of a page in one query; SQL text as well."""
    names: dict[UUID, list[str]] = {one: [] for one in ids}
    if not ids:
        return names
    keys = {_key(one): one for one in ids}
    marks = ", ".join(["%s"] * len(keys))
    with connection.cursor() as cursor:
        cursor.execute(_ROLE_NAMES.format(marks=marks), [_now(), *keys])
        for key, name in cursor.fetchall():
            names[keys[key]].append(name)
    return names


def _key(user_id: UUID) -> Any:
    """As the database keeps it."""
    return user_id if connection.features.has_native_uuid_field else user_id.hex


def _now() -> Any:
    return connection.ops.adapt_datetimefield_value(timezone.now())


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


def above(user_id: UUID, *, among: Iterable[UUID]) -> set[UUID]:
    """Who of these people holds something that this one lacks, by a role or on one person alone.

    Four queries at most, however many they are. Who decides by it holds the admin lock.
    """
    lacking = ALL - permissions(user_id)
    if not lacking:
        return set()
    asked = list(among)
    found = _holding_any(lacking, among=asked)
    grantable = lacking.intersection(GRANTABLE)
    if grantable:
        found |= _granted_any(grantable, among=asked, beyond=user_id)
    return found


def _holding_any(wanted: Iterable[Permission], *, among: Iterable[UUID]) -> set[UUID]:
    """Who of these people holds at least one of the permissions now, whatever their state."""
    roles = Role.objects.filter(
        permissions__codename__in=[permission.value for permission in wanted],
        permissions__content_type__app_label="rbac",
    )
    live = RoleAssignment.objects.live().filter(role__in=list(roles.values_list("pk", flat=True)))
    return set(live.filter(bulk.among("user", among)).values_list("user_id", flat=True))


def _granted_any(wanted: Iterable[Permission], *, among: Iterable[UUID], beyond: UUID) -> set[UUID]:
    """Who of these people holds one of these by a grant whose like `beyond` does not hold."""
    same = PersonGrant.objects.filter(
        user_id=beyond,
        permission=OuterRef("permission"),
        content_type=OuterRef("content_type"),
        object_pk=OuterRef("object_pk"),
    )
    held = PersonGrant.objects.filter(
        bulk.among("user", among), permission__codename__in=[one.value for one in wanted]
    )
    return set(held.exclude(Exists(same)).values_list("user_id", flat=True))


def grants_of(user_id: UUID) -> QuerySet[PersonGrant]:
    """Permissions that this person holds on single people."""
    held = PersonGrant.objects.filter(user_id=user_id)
    return held.select_related("permission")


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
