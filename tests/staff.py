"""Staff for tests, with exactly the permissions that a test names."""

from __future__ import annotations

from itertools import count
from typing import Any

from django.contrib.auth.models import Permission as DjangoPermission
from guardian.shortcuts import assign_perm

from accounts.models import User
from audit.kinds import Action
from audit.models import AuditEntry
from notifications.models import Notification
from rbac.models import Role, RoleAssignment
from rbac.permissions import Permission
from tests.factories import UserFactory

_numbers = count()


def holding(*permissions: Permission, **fields: Any) -> User:
    """Somebody whose role allows these permissions and no others."""
    user = UserFactory(**fields)
    let_hold(user, *permissions)
    return user


def let_hold(user: User, *permissions: Permission) -> Role:
    """Give a role of its own with these permissions."""
    name = "held_" + "".join(chr(ord("a") + int(digit)) for digit in str(next(_numbers)))
    role = Role.objects.create(name=name)
    role.permissions.set(
        DjangoPermission.objects.filter(
            content_type__app_label="rbac", codename__in=[one.value for one in permissions]
        )
    )
    RoleAssignment.objects.create(user=user, role=role, user_created_at=user.created_at)
    return role


def granted(permission: Permission, *, on: User, **fields: Any) -> User:
    """Somebody who holds this permission on one person alone."""
    user = UserFactory(**fields)
    assign_perm(permission.value, user, on)
    return user


def told(user: User) -> list[str]:
    """The titles of what stands in somebody's inbox, newest first."""
    return list(
        Notification.objects.filter(user=user)
        .order_by("-created_at")
        .values_list("title", flat=True)
    )


def entry(action: Action) -> AuditEntry:
    """The one entry of this action."""
    return AuditEntry.objects.get(action=action)
