from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import count
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from rbac.models import Role, RoleAssignment


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
