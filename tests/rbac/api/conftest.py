from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from django.contrib.auth.models import Permission as DjangoPermission

from accounts.models import User
from rbac.models import Role, RoleAssignment
from rbac.permissions import Permission
from tests.factories import UserFactory


@pytest.fixture
def make_role(db: None) -> Callable[..., Role]:
    """A role that allows what is named: `make_role("clerks", "ROLE_ASSIGN")`."""

    def make(name: str, *permissions: str, **fields: Any) -> Role:
        role = Role.objects.create(name=name, **fields)
        role.permissions.set(
            DjangoPermission.objects.filter(
                content_type__app_label="rbac",
                codename__in=[Permission[permission].value for permission in permissions],
            )
        )
        return role

    return make


@pytest.fixture
def holding(make_role: Callable[..., Role]) -> Callable[..., User]:
    """Somebody whose one role beside `user` allows what is named and nothing else."""
    numbers = count()

    def make(*permissions: str, **fields: Any) -> User:
        user = UserFactory(**fields)
        role = make_role("held_" + "x" * (next(numbers) + 1), *permissions)
        RoleAssignment.objects.create(user=user, role=role, user_created_at=user.created_at)
        return user

    return make


@pytest.fixture
def roles_of() -> Callable[[User], set[str]]:
    """The names of somebody's roles, those that ran out too."""
    return lambda user: set(
        RoleAssignment.objects.filter(user=user).values_list("role__name", flat=True)
    )
