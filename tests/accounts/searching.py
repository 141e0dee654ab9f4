"""Asking the directory, in tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import AccountLock, User
from rbac.models import RoleAssignment
from tests.accounts.authenticator import turned_on
from tests.conftest import ApiClient
from tests.factories import UserFactory

LONG_AGO = timezone.now() - timedelta(days=400)
SEARCHER = "zz_staff"


def one_of_each() -> dict[str, User]:
    """The most recent first in `createdAt`; every other one has signed in."""
    now = timezone.now()
    people = {
        "anna": UserFactory(username="anna"),
        "bert": UserFactory(username="bert", unverified=True),
        "carl": UserFactory(username="carl", suspended=True),
        "dora": UserFactory(username="dora", deactivated=True),
        "emil": UserFactory(username="emil", deleted=True),
        "fred": UserFactory(username="fred", deleted=True, suspended=True),
        "gina": UserFactory(username="gina", invited_at=now, unverified=True),
        "hans": UserFactory(username="hans"),
        "ines": UserFactory(username="ines"),
    }
    turned_on(people["hans"])
    AccountLock.objects.create(key="ines", locked_until=now + timedelta(minutes=5))
    AccountLock.objects.create(key="anna", locked_until=now - timedelta(minutes=5))
    AccountLock.objects.create(key="?hash", locked_until=now + timedelta(minutes=5))
    for number, person in enumerate(people.values()):
        made = LONG_AGO + timedelta(days=number)
        login = made + timedelta(hours=1) if number % 2 else None
        User.objects.filter(pk=person.pk).update(created_at=made, last_login=login)
        RoleAssignment.objects.filter(user=person).update(user_created_at=made)
        person.created_at = made
    return people


def named(answer: Any) -> list[str]:
    """The usernames of a page."""
    assert answer.status_code == 200, answer.data
    return [user["username"] for user in answer.data["data"]["users"]]


def find(staff: ApiClient, **query: Any) -> list[str]:
    """Whom a question finds, without who asks."""
    return [name for name in named(staff.get("admin/users", query)) if name != SEARCHER]


def walk(staff: ApiClient, **query: Any) -> list[str]:
    """Page after page by the cursors, to the end."""
    seen: list[str] = []
    asked = query
    for _ in range(200):
        answer = staff.get("admin/users", asked)
        seen += named(answer)
        data = answer.data["data"]
        if data["nextCursor"] is None:
            assert not data["incomplete"]
            return seen
        asked = {"cursor": data["nextCursor"]}
    raise AssertionError("The cursors lead nowhere.")
