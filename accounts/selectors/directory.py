"""Finding people among a million, for staff: by what they are called, their role and their state.

Every question becomes a few ranges of an index, whatever is rare and wherever in the order it
lies: the trigrams of `search_text`, the facets (`User.facet`), the holders of a role. What no index
knows, one or two letters, is looked for along the order for a bounded time.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, repeat
from typing import Any, Final

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import StrIndex
from django.utils import timezone

from accounts.models import AccountLock, User
from accounts.models.user import (
    DELETED,
    INACTIVE,
    SEARCH_TABLE,
    SUSPENDED,
    TWO_FACTOR,
    VERIFIED,
    folded,
)
from config.common import keyset
from config.common.errors import TooBroad
from config.common.keyset import Count, Order, Position, Slice, keys
from config.common.reading import searching
from rbac.models import Role, RoleAssignment

# What a list shows of a person, and what it sorts by.
COLUMNS: Final = (
    "id", "email", "username", "first_name", "last_name", "avatar", "email_verified_at",
    "created_at", "last_login", "deactivated_at", "deleted_at", "suspended_at", "invited_at",
)  # fmt: skip
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
TRIGRAM: Final = 3  # characters; no index of ours knows fewer
PATIENCE: Final = 1.0  # seconds for what an index should know
WALK: Final = 0.9  # seconds along the order, for what none does,
STATEMENT: Final = 0.5  # and for each of its statements
COUNTING: Final = 0.3  # seconds; past that the total is what was seen
WINDOWS: Final = (5_000, 20_000, 80_000)  # rows; the last size again and again
COMMON: Final = 50_000  # holders; fewer are cheaper to go through than the whole order
FEW: Final = 2_000  # matches that SQLite had rather gather than come across
_TRIGRAMS: Final = f"FROM {SEARCH_TABLE} WHERE {SEARCH_TABLE} MATCH %s"


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


class Directory:
    """The matches of one question, to be paged through. Rows are mappings of COLUMNS."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.order = wanted.ordering
        self.term = folded(wanted.q)
        self.facets = _facets(wanted)
        self.role = Role.objects.filter(name=wanted.role).first() if wanted.role else None
        self.is_nobody = bool(wanted.role and self.role is None)

    def read(self, *, limit: int, position: Position | None, offset: int) -> Slice:
        if self.is_nobody:
            return Slice([], None)
        if self.term and len(self.term) < TRIGRAM:
            return self._walked(limit=limit, position=position, offset=offset)
        try:
            with searching(seconds=PATIENCE):
                return self._found(limit=limit, position=position, offset=offset)
        except TooBroad:
            # Three signs of which the index knows none, such as "...".
            return self._walked(limit=limit, position=position, offset=offset)

    def count(self) -> Count:
        """Not for one or two letters, nor for what takes too long: then it is what was seen."""
        if self.is_nobody:
            return Count(0)
        if self.term and len(self.term) < TRIGRAM:
            return Count(0, is_estimate=True)
        try:
            with searching(seconds=COUNTING):
                if self._goes_by_role():
                    return keyset.count(self._holders())
                return keyset.count(self._matching(self._people()))
        except TooBroad:
            return Count(0, is_estimate=True)

    def _found(self, *, limit: int, position: Position | None, offset: int) -> Slice:
        if self._goes_by_role() and self.wanted.sort_by == "createdAt":
            return self._by_role(limit=limit, position=position, offset=offset)
        people = self._matching(self._people())
        if self.facets and not self.term and not self._goes_by_role():
            parts = [people.filter(facet=facet).values(*COLUMNS) for facet in self.facets]
            return keyset.read_merged(
                parts, self.order, limit=limit, position=position, offset=offset
            )
        return keyset.read(
            people.values(*COLUMNS), self.order, limit=limit, position=position, offset=offset
        )

    def _walked(self, *, limit: int, position: Position | None, offset: int) -> Slice:
        """Along the order for so long; what was found by then, and where it stopped."""
        deadline = time.monotonic() + WALK
        wanted = offset + limit + 1
        rows: list[Any] = []
        reached, is_cut = position, False
        windows = keyset.windows(
            self._people().values(*COLUMNS),
            self._matching,
            self.order,
            wanted=wanted,
            position=position,
            sizes=chain(WINDOWS, repeat(WINDOWS[-1])),
        )
        try:
            with searching(seconds=STATEMENT):
                for window in windows:
                    rows += window.rows
                    reached = window.reached or reached
                    is_cut = len(rows) < wanted and time.monotonic() > deadline
                    if is_cut or len(rows) >= wanted:
                        break
        except TooBroad:
            is_cut = True
        page = rows[offset : offset + limit]
        if len(rows) >= wanted:
            return Slice(page, tuple(key.of(page[-1]) for key in self.order))
        return Slice(page, reached if is_cut else None, is_cut=is_cut)

    def _people(self) -> QuerySet[User]:
        """All conditions but the search's own."""
        people: QuerySet[User] = User.objects.filter(_between("created_at", self.wanted))
        if self.facets:
            people = people.filter(facet__in=self.facets)
        if self.wanted.status == LOCKED:
            people = people.filter(username__in=_locked_names())
        if self.role is not None:
            held = RoleAssignment.objects.live().filter(role=self.role)
            if self.role.holders > COMMON:
                people = people.filter(Exists(held.filter(user=OuterRef("pk"))))
            else:
                people = people.filter(pk__in=held.values("user"))
        return people

    def _matching(self, people: QuerySet[Any]) -> QuerySet[Any]:
        if not self.term:
            return people
        if connection.vendor == "postgresql":
            return people.filter(search_text__contains=self.term)
        if len(self.term) >= TRIGRAM and _is_rare(self.term):
            found = RawSQL(f"SELECT user_id {_TRIGRAMS}", [_phrase(self.term)])  # noqa: S611
            return people.filter(pk__in=found)
        found_at = StrIndex("search_text", Value(self.term))
        within: QuerySet[Any] = people.alias(at=found_at).filter(at__gt=0)
        return within

    def _goes_by_role(self) -> bool:
        """Through the holders of a role, who stand in the order of their creation already."""
        if self.role is None or self.term or self.wanted.status == LOCKED:
            return False
        return self.facets is None or self.role.holders <= COMMON

    def _holders(self) -> QuerySet[RoleAssignment]:
        held = RoleAssignment.objects.live().filter(
            _between("user_created_at", self.wanted), role=self.role
        )
        return held.filter(user__facet__in=self.facets) if self.facets else held

    def _by_role(self, *, limit: int, position: Position | None, offset: int) -> Slice:
        carried = {"created_at": "user_created_at", "id": "user_id"}
        order = tuple(replace(key, name=carried[key.name]) for key in self.order)
        shown = {name: F(f"user__{name}") for name in COLUMNS if name not in carried}
        held = self._holders().values(
            "user_created_at", "user_id", **{f"the_{name}": one for name, one in shown.items()}
        )
        found = keyset.read(held, order, limit=limit, position=position, offset=offset)
        rows = [
            {
                "id": row["user_id"],
                "created_at": row["user_created_at"],
                **{name: row[f"the_{name}"] for name in shown},
            }
            for row in found.rows
        ]
        return replace(found, rows=rows)


def roles_of(ids: list[Any]) -> dict[Any, list[str]]:
    """The names of the roles in force, of all people of a page in one query."""
    held = RoleAssignment.objects.live().filter(user__in=ids).order_by("role__name")
    names: dict[Any, list[str]] = {}
    for user_id, name in held.values_list("user_id", "role__name"):
        names.setdefault(user_id, []).append(name)
    return names


def _facets(wanted: Wanted) -> list[int] | None:
    """The facets that fit; None where all do."""
    states = STATUSES.get(wanted.status, _STATES)
    bits = [
        choices[wanted_bit]
        for wanted_bit, choices in (
            (wanted.verified, {None: (0, VERIFIED), True: (VERIFIED,), False: (0,)}),
            (wanted.two_factor, {None: (0, TWO_FACTOR), True: (TWO_FACTOR,), False: (0,)}),
        )
    ]
    if states is _STATES and wanted.verified is None and wanted.two_factor is None:
        return None
    return [state + one + other for state in states for one in bits[0] for other in bits[1]]


def _between(name: str, wanted: Wanted) -> Q:
    found = Q()
    if wanted.created_after:
        found &= Q((f"{name}__gte", wanted.created_after))
    if wanted.created_before:
        found &= Q((f"{name}__lt", wanted.created_before))
    return found


def _locked_names() -> Any:
    """Usernames of accounts that are locked for everyone, or whose password is off."""
    now = timezone.now()
    locked = AccountLock.objects.filter(
        Q(locked_until__gt=now) | Q(password_off_at__isnull=False)
    ).exclude(key__startswith="?")
    return locked.values("key")


def _is_rare(term: str) -> bool:
    """On SQLite: few enough to gather? More than that are come across while walking the order."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM (SELECT 1 {_TRIGRAMS} LIMIT %s)",  # noqa: S608  as above
            [_phrase(term), FEW + 1],
        )
        return bool(cursor.fetchone()[0] <= FEW)


def _phrase(term: str) -> str:
    """As FTS5 takes it: the very characters, quotes doubled."""
    return '"' + term.replace('"', '""') + '"'
