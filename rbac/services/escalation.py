"""Nobody gives what they do not hold, and nobody acts on who holds more than they do.

Permissions are read here under the admin lock, which every change of roles takes too: what the
caller held when the request came in may be gone by now, the caller may be out, and what it is done
to may have grown. Grants on single people open a call and are nothing to give from; but who holds
one is above whoever could not do the same to that person.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser

from config.common.errors import SessionRevoked
from rbac import selectors
from rbac.errors import PermissionEscalation
from rbac.models import RoleAssignment
from rbac.services.last_admin import admin_lock


def require_in(by: AbstractBaseUser | None) -> None:
    """Is who acts still in, now that it is their turn? Takes the admin lock.

    Of two who suspend each other at the same moment, the second is out before their turn comes.
    The program itself (None) always is. Raises SessionRevoked.
    """
    if by is None:
        return
    admin_lock()
    # What "active" means is for the user model to know.
    people: Any = get_user_model()._default_manager  # noqa: SLF001
    if not people.active().filter(pk=by.pk).exists():
        raise SessionRevoked


def require_holding(by: AbstractBaseUser | None, codenames: Iterable[str]) -> None:
    """Is `by` still in, and holds all of these? The program itself (None) may give anything.

    Raises SessionRevoked, PermissionEscalation.
    """
    if by is None:
        return
    require_in(by)
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
    """Is `by` still in, and does the target hold nothing that `by` lacks?

    Raises SessionRevoked, PermissionEscalation. To be called in whatever suspends, resets,
    impersonates, edits or deletes somebody else, in the transaction that does it and before any
    row is changed.
    """
    target_id: Any = target if isinstance(target, UUID) else target.pk
    if outranking(by, [target_id]):
        raise PermissionEscalation


def outranking(by: AbstractBaseUser | None, ids: Iterable[UUID]) -> set[UUID]:
    """Which of these people hold something that `by` lacks, by a role or on one person alone.

    Five queries at most, however many they are. Raises SessionRevoked.
    """
    if by is None:
        return set()
    require_in(by)
    return selectors.above(by.pk, among=ids)
