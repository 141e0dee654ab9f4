"""There is always somebody who can let others in: the last active admin stays one."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection
from django.db.models import QuerySet

from rbac.errors import LastAdmin
from rbac.models import RoleAssignment
from rbac.permissions import ADMIN

# Any number does, as long as everybody takes the same one and nobody else takes it.
_LOCK: Final = 0x6D757374_6164  # "must" "ad"


def admin_lock() -> None:
    """Wait until no other transaction changes who is an admin; held until this one ends.

    One lock for everybody: a lock on the person would let the last two remove each other at once.
    Take it before any row is changed, or two transactions may wait for each other. On SQLite the
    transaction is the lock: it writes alone from its first statement on (IMMEDIATE).
    Raises RuntimeError outside a transaction, where the lock would be gone at once.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("The admin lock lasts as long as a transaction: open one first.")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def require_another_admin(*leaving: AbstractBaseUser | UUID) -> None:
    """Take the lock and look: may all of these people stop being active admins?

    To be called first in whatever suspends, deactivates, deletes or erases somebody or takes
    `admin` from them. Nothing is raised for people who are no active admins anyway. Raises
    LastAdmin where they are and nobody else is, an assignment with an end not counting.
    """
    admin_lock()
    ids = [person if isinstance(person, UUID) else person.pk for person in leaving]
    if not active_admins().exclude(pk__in=ids).exists() and _any_admin(ids):
        raise LastAdmin


def active_admins() -> QuerySet[Any]:
    """Who may sign in and holds `admin` without an end."""
    holders = RoleAssignment.objects.permanent().filter(role__name=ADMIN).values("user")
    # What "active" means is for the user model to know.
    people: Any = get_user_model()._default_manager  # noqa: SLF001
    active: QuerySet[Any] = people.active().filter(pk__in=holders)
    return active


def _any_admin(ids: Collection[UUID]) -> bool:
    return active_admins().filter(pk__in=ids).exists()
