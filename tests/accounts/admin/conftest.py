from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from accounts.models import User
from rbac.permissions import Permission
from tests.conftest import PageClient
from tests.factories import admin
from tests.staff import holding


@pytest.fixture
def boss(db: None) -> User:
    return admin(username="chief")


@pytest.fixture
def chief(client: Client, boss: User) -> Client:
    """A browser of somebody who may everything."""
    client.force_login(boss)
    return client


@pytest.fixture
def browser_of(db: None) -> Callable[..., Client]:
    """A browser of somebody who may open the staff site and do what is named."""

    def sign_in(*permissions: Permission) -> Client:
        browser = PageClient()
        browser.force_login(holding(Permission.ADMIN_ACCESS, *permissions))
        return browser

    return sign_in


@pytest.fixture(autouse=True)
def _django_keeps_no_log_of_its_own(db: None) -> Iterator[None]:
    yield
    assert not LogEntry.objects.exists()
