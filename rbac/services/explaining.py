"""Why somebody may do something, or what they lack for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q

from config.common.errors import FieldError
from config.common.times import wire_or_none
from rbac import selectors
from rbac.errors import UnknownPermission
from rbac.models import Role, RoleAssignment
from rbac.permissions import GRANTABLE, Permission


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer of `user.has_perm`, with its reasons.

    because: each role and grant that alone suffices; empty where the answer is no.
    missing: what stands in the way; empty where the answer is yes. An inactive account has to be
    active first; of the roles and the grant that are named each alone would do, and one that the
    person had and that ran out stands there with its end.
    """

    because: list[dict[str, Any]]
    missing: list[dict[str, Any]]

    @property
    def allowed(self) -> bool:
        return not self.missing


def explain(user: Any, permission: str, *, on: UUID | None = None) -> Explanation:
    """May this person do this (to that person), by what the database says now?

    permission: the wire's word. Raises UnknownPermission, NotFound (for `on`).
    """
    wanted = Permission.__members__.get(permission)
    if wanted is None:
        raise UnknownPermission(
            errors=[FieldError("permission", UnknownPermission.message, "unknown")]
        )
    target = selectors.person(on).pk if on else None
    because = _roles(user, wanted) + _grants(user, wanted, target)
    missing = [] if because else _would_do(user, wanted, target)
    if not user.is_active:
        because, missing = [], [{"kind": "account", "name": "inactive"}, *missing]
    return Explanation(because, missing)


def _roles(user: Any, wanted: Permission) -> list[dict[str, Any]]:
    held = RoleAssignment.objects.live().filter(_allows(wanted, "role__"), user_id=user.pk)
    return [
        _role(one.role, one.expires_at)
        for one in held.select_related("role").order_by("role__name")
    ]


def _grants(user: Any, wanted: Permission, target: UUID | None) -> list[dict[str, Any]]:
    if target is None or wanted not in GRANTABLE:
        return []
    held = selectors.grants_on(target).filter(user=user.pk, permission__codename=wanted.value)
    return [_grant(wanted, target, id=str(one.pk)) for one in held]


def _would_do(user: Any, wanted: Permission, target: UUID | None) -> list[dict[str, Any]]:
    ended = dict(
        RoleAssignment.objects.overdue()
        .filter(user_id=user.pk)
        .values_list("role_id", "expires_at")
    )
    roles = Role.objects.filter(_allows(wanted)).order_by("name")
    found = [_role(role, ended.get(role.pk)) for role in roles]
    if target is not None and wanted in GRANTABLE:
        found.append(_grant(wanted, target))
    return found


def _allows(wanted: Permission, prefix: str = "") -> Q:
    return Q(
        (f"{prefix}permissions__codename", wanted.value),
        (f"{prefix}permissions__content_type__app_label", "rbac"),
    )


def _role(role: Role, expires_at: Any) -> dict[str, Any]:
    return {
        "kind": "role",
        "id": str(role.pk),
        "name": role.name,
        "expiresAt": wire_or_none(expires_at),
    }


def _grant(permission: Permission, on: UUID, **more: str) -> dict[str, Any]:
    return {"kind": "grant", **more, "permission": permission.name, "on": str(on)}
