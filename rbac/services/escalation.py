"""Nobody gives what they do not hold, and nobody acts on who holds more than they do.

Permissions are read here under the admin lock, which every change of roles takes too: what the
caller held when the request came in may be gone by now, and what it is done to may have grown.
Grants on single people open a call; they are nothing that counts here, on either side.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser

from rbac import selectors
from rbac.errors import PermissionEscalation
from rbac.models import RoleAssignment
from rbac.permissions import ALL
from rbac.services.last_admin import admin_lock


def require_holding(by: AbstractBaseUser | None, codenames: Iterable[str]) -> None:
    """Does `by` hold all of these? The program itself (None) may give anything.

    Raises PermissionEscalation.
    """
    if by is None:
        return
    admin_lock()
    held = {permission.value for permission in selectors.permissions(by.pk)}
    if not set(codenames) <= held:
        raise PermissionEscalation


def require_lasting(
    by: AbstractBaseUser | None, codenames: Iterable[str], *, until: datetime | None
) -> None:
    """Does `by` hold all of these up to then at least (None: for good)?

    To be asked of whoever gives something to themself: what somebody holds until tomorrow they
    hold no longer by their own doing. To others they may give it for good, as a deputy has to.
    Raises PermissionEscalation.
    """
    wanted = set(codenames)
    if by is None or not wanted:
        return
    admin_lock()
    if not wanted <= RoleAssignment.objects.lasting(until).codenames(by.pk):
        raise PermissionEscalation


def require_over(by: AbstractBaseUser | None, target: AbstractBaseUser | UUID) -> None:
    """Does the target hold nothing that `by` lacks? Raises PermissionEscalation.

    To be called in whatever suspends, resets, impersonates, edits or deletes somebody else, in
    the transaction that does it and before any row is changed.
    """
    target_id: Any = target if isinstance(target, UUID) else target.pk
    if outranking(by, [target_id]):
        raise PermissionEscalation


def outranking(by: AbstractBaseUser | None, ids: Iterable[UUID]) -> set[UUID]:
    """Which of these people hold something that `by` lacks. One or two queries for all of them."""
    if by is None:
        return set()
    admin_lock()
    lacking = ALL - selectors.permissions(by.pk)
    if not lacking:
        return set()
    return selectors.holding_any(lacking, among=ids)
