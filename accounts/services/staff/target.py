"""Whom staff act on: found, held, and not above who acts."""

from __future__ import annotations

from uuid import UUID

from accounts.errors import SelfTarget
from accounts.models import Purpose, User
from accounts.services import one_time, sessions
from accounts.services.passwords import RESETS
from config.common.errors import NotFound
from rbac.services.escalation import require_over


def held(user_id: UUID, *, by: User, or_oneself: bool = False) -> User:
    """The person as they are now, ours until the transaction ends.

    The admin lock comes before their row: both sides of every rule are read while nobody changes
    them. Two who act on the same person come one after the other. or_oneself: for what spares
    nobody a proof. Raises SelfTarget, SessionRevoked, PermissionEscalation, NotFound.
    """
    if user_id == by.pk and not or_oneself:
        raise SelfTarget
    require_over(by, user_id)
    person: User | None = User.objects.select_for_update(no_key=True).filter(pk=user_id).first()
    if person is None:
        raise NotFound
    return person


def end_everything(person: User) -> int:
    """All that was open dies with the caller's transaction; returns how many sessions did.

    Sessions and trusted devices, challenges, links for another password or address, and where
    the person acts in somebody else's place. The undo link of a change of address stays: it is
    the owner's way back from a thief.
    """
    ended = sessions.end_all(person)
    one_time.revoke(person, *RESETS, Purpose.CHANGE_EMAIL)
    return ended


def words(reason: str) -> dict[str, str]:
    """For an entry's details: why, where somebody said so."""
    return {"reason": reason} if reason else {}
