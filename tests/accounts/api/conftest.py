"""What tests of calls on other people's accounts share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from rbac.permissions import Permission
from tests.accounts.searching import one_of_each
from tests.conftest import ApiClient
from tests.staff import holding


@pytest.fixture
def manager(db: None) -> User:
    """Staff with USER_MANAGE, and nothing besides."""
    return holding(Permission.USER_MANAGE, username="manager", first_name="Grace", last_name="H")


@pytest.fixture
def staff(client_for: Callable[[User], ApiClient], manager: User) -> ApiClient:
    """The manager's device."""
    return client_for(manager)


@pytest.fixture
def everybody(db: None) -> dict[str, User]:
    """One in each state: see `tests/accounts/searching.py`."""
    return one_of_each()


@pytest.fixture
def act(staff: ApiClient) -> Callable[..., Any]:
    """`act(owner, "suspend", reason="spam")`"""

    def post(person: User, what: str, **body: Any) -> Any:
        return staff.post(f"admin/users/{person.pk}/{what}", body)

    return post
