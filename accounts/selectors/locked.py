"""Who is locked out, for everyone or until a reset."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import AccountLock, User


@dataclass(frozen=True, slots=True)
class Locked:
    """until: None where the password is off until it is reset."""

    pk: UUID
    username: str
    until: datetime | None


def for_everyone() -> QuerySet[AccountLock]:
    """Locks in force on accounts that there are; names that nobody has stand under a hash."""
    in_force = Q(locked_until__gt=timezone.now()) | Q(password_off_at__isnull=False)
    return AccountLock.objects.filter(in_force).exclude(key__startswith="?")


def newest(count: int) -> list[Locked]:
    """Those that were locked last. Two statements, over the few rows of locks in force."""
    locks = {lock.key: lock for lock in for_everyone().order_by("-updated_at", "key")[: 2 * count]}
    users = User.objects.filter(username__in=list(locks)).values_list("pk", "username")
    found = {
        name: Locked(key, name, None if locks[name].password_off_at else locks[name].locked_until)
        for key, name in users
    }
    return [found[name] for name in locks if name in found][:count]
