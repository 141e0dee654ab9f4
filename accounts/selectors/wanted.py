"""What the directory can be asked, and which facets and which order that means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from accounts.models.user import DELETED, INACTIVE, SUSPENDED, TWO_FACTOR, VERIFIED
from config.common.keyset import Order, keys

# Suspension stacks: who is suspended and deleted is found under both.
STATUSES: Final[Mapping[str, tuple[int, ...]]] = {
    "active": (0,),
    "inactive": (INACTIVE, INACTIVE + SUSPENDED),
    "suspended": (SUSPENDED, SUSPENDED + INACTIVE, SUSPENDED + DELETED),
    "deleted": (DELETED, DELETED + SUSPENDED),
}
LOCKED: Final = "locked"
_STATES: Final = tuple(state + more for state in (0, INACTIVE, DELETED) for more in (0, SUSPENDED))
SORTS: Final = {
    "createdAt": "created_at",
    "lastLoginAt": "last_login",
    "email": "email",
    "username": "username",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A question to the directory; what is None is not asked."""

    q: str = ""
    role: str = ""
    status: str = ""
    verified: bool | None = None
    two_factor: bool | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    sort_by: str = "createdAt"
    order: str = ""

    @property
    def ordering(self) -> Order:
        """Newest first, names from A on, unless said otherwise."""
        name = SORTS[self.sort_by]
        is_time = name in {"created_at", "last_login"}
        descending = self.order == "desc" or (not self.order and is_time)
        sign = "-" if descending else ""
        if not is_time:
            return keys(f"{sign}{name}")  # unique, so it needs no other key
        return keys(f"{sign}{name}", f"{sign}id", nullable=["last_login"])

    @property
    def is_conditional(self) -> bool:
        """Is anything asked besides the term?"""
        dates = self.created_after or self.created_before
        return bool(self.role or dates or self.status == LOCKED or self.facets is not None)

    @property
    def is_of_one_column(self) -> bool:
        """Is the term asked for alone, or the facets, or nothing?"""
        dates = self.created_after or self.created_before
        is_elsewhere = self.role or dates or self.status == LOCKED
        return not is_elsewhere and not (self.q and self.facets)

    @property
    def facets(self) -> list[int] | None:
        """Those that fit; None where all do."""
        states = STATUSES.get(self.status, _STATES)
        bits = [
            choices[wanted_bit]
            for wanted_bit, choices in (
                (self.verified, {None: (0, VERIFIED), True: (VERIFIED,), False: (0,)}),
                (self.two_factor, {None: (0, TWO_FACTOR), True: (TWO_FACTOR,), False: (0,)}),
            )
        ]
        if states is _STATES and self.verified is None and self.two_factor is None:
            return None
        return [state + one + other for state in states for one in bits[0] for other in bits[1]]
