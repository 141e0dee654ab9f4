from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from rbac.models import RoleAssignment
from rbac.permissions import Permission
from tests.staff import holding as somebody_holding


@pytest.fixture
def holding(db: None) -> Callable[..., User]:
    """Somebody whose one role beside `user` allows what is named and nothing else."""

    def make(*permissions: str, **fields: Any) -> User:
        return somebody_holding(*(Permission[name] for name in permissions), **fields)

    return make


@pytest.fixture
def roles_of() -> Callable[[User], set[str]]:
    """The names of somebody's roles, those that ran out too."""
    return lambda user: set(
        RoleAssignment.objects.filter(user=user).values_list("role__name", flat=True)
    )
