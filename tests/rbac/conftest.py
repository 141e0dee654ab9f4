from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import count
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission as DjangoPermission

from rbac.models import Role, RoleAssignment
from rbac.permissions import Permission


@pytest.fixture
def role(db: None) -> Callable[[str], Role]:
    """A role by its name; `make_role` makes others."""
    return lambda name: Role.objects.get(name=name)


@pytest.fixture
def person(role: Callable[[str], Role]) -> Callable[..., Any]:
    """Make a user who holds the roles named, for good or until `until`."""
    numbers = count(1)

    def make(*roles: str, until: datetime | None = None) -> Any:
        name = f"person_{next(numbers)}"
        user = get_user_model().objects.create_user(email=f"{name}@example.com", username=name)
        for held in roles:
            RoleAssignment.objects.create(user=user, role=role(held), expires_at=until)
        return user

    return make


@pytest.fixture
def again() -> Callable[[Any], Any]:
    """The same user as the next request sees them: nothing remembered."""
    return lambda user: type(user).objects.get(pk=user.pk)


@pytest.fixture
def make_role(db: None) -> Callable[..., Role]:
    """A role that allows what is named: `make_role("clerks", "ROLE_ASSIGN")`."""

    def make(name: str, *permissions: str, **fields: Any) -> Role:
        made: Role = Role.objects.create(name=name, **fields)
        made.permissions.set(
            DjangoPermission.objects.filter(
                content_type__app_label="rbac",
                codename__in=[Permission[permission].value for permission in permissions],
            )
        )
        return made

    return make
