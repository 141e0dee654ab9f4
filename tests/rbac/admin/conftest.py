from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from guardian.shortcuts import assign_perm

from accounts.models import User
from rbac.models import Role, RoleAssignment
from rbac.permissions import Permission
from tests.factories import UserFactory, admin
from tests.staff import holding


@pytest.fixture
def chief(client: Client) -> Client:
    """A browser of somebody who may everything."""
    client.force_login(admin(username="chief"))
    return client


@pytest.fixture
def browser_of(client: Client) -> Callable[..., Client]:
    """A browser of somebody who may open the staff site and do what is named."""

    def sign_in(*permissions: Permission) -> Client:
        client.force_login(holding(Permission.ADMIN_ACCESS, *permissions))
        return client

    return sign_in


@pytest.fixture
def made(owner: User) -> dict[str, Any]:
    """A row of each kind to ask for, by its model."""
    role = Role.objects.create(name="clerks")
    return {
        "role": role.pk,
        "roleassignment": RoleAssignment.objects.create(user=owner, role=role).pk,
        "persongrant": assign_perm("user_read", owner, UserFactory()).pk,
    }


@pytest.fixture(autouse=True)
def _django_keeps_no_log_of_its_own(db: None) -> Iterator[None]:
    yield
    assert not LogEntry.objects.exists()
