"""One person's page, as staff see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from axes.models import AccessAttempt
from django.utils import timezone

from accounts.models import (
    AccountLock,
    BackupCode,
    OneTimeToken,
    Profile,
    Purpose,
    Session,
    TotpDevice,
    User,
)
from accounts.selectors.sessions import live_of
from config.common.errors import NotFound
from rbac.models import RoleAssignment

MOST: Final = 100  # sessions shown


@dataclass(frozen=True, slots=True)
class Person:
    """An account with what hangs on it. networks: how many were failed from lately."""

    user: User
    profile: Profile
    roles: list[RoleAssignment]
    sessions: list[Session]
    factor: TotpDevice | None
    backup_codes: int
    lock: AccountLock | None
    networks: int

    @property
    def is_locked(self) -> bool:
        """For everyone, or the password is off."""
        lock = self.lock
        if lock is None:
            return False
        until = lock.locked_until
        return lock.password_off_at is not None or (until is not None and until > timezone.now())


def person_of(user_id: UUID) -> Person:
    """Eight queries, each by key. Raises NotFound."""
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise NotFound
    held: Any = RoleAssignment.objects.live().filter(user=user).select_related("role")
    factor = TotpDevice.objects.filter(user=user, confirmed=True).first()
    unspent = BackupCode.objects.filter(device__user=user, used_at__isnull=True)
    return Person(
        user=user,
        profile=Profile.objects.filter(user=user).first() or Profile(user=user),
        roles=list(held.order_by("role__name")),
        sessions=list(live_of(user).order_by("-created_at", "-id")[:MOST]),
        factor=factor if user.has_two_factor else None,
        backup_codes=unspent.count() if user.has_two_factor else 0,
        lock=AccountLock.objects.filter(pk=user.username).first(),
        networks=AccessAttempt.objects.filter(username=user.username, user_agent="").count(),
    )


def address_to_come(user_id: UUID) -> OneTimeToken | None:
    """The change of address that waits to be confirmed from there: `payload["email"]`."""
    waiting = OneTimeToken.objects.unspent().filter(purpose=Purpose.CHANGE_EMAIL)
    return waiting.filter(user_id=user_id).order_by("-pk").first()
