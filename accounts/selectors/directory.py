"""Finding people among a million, for staff: by what they are called, their role and their state.

Every question becomes a few ranges of an index, whatever is rare and wherever in the order it
lies: the trigrams of `search_text`, the facets (`User.facet`), the holders of a role. What no index
knows, one or two letters, is looked for along the order for a bounded time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from itertools import chain, repeat
from typing import Any, Final

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import AccountLock, User
from accounts.models.user import folded
from accounts.selectors.search_terms import FEW, called, is_indexed, number_of
from accounts.selectors.wanted import LOCKED, Wanted
from config.common import keyset
from config.common.errors import TooBroad
from config.common.keyset import Count, Position, Slice, Window
from config.common.merging import read_merged
from config.common.reading import searching
from rbac.models import Role, RoleAssignment

# What a list shows of a person, and what it sorts by.
COLUMNS: Final = (
    "id", "email", "username", "first_name", "last_name", "avatar", "email_verified_at",
    "created_at", "last_login", "deactivated_at", "deleted_at", "suspended_at", "invited_at",
)  # fmt: skip
PATIENCE: Final = 1.0  # seconds for what an index should know
WALK: Final = 0.9  # seconds along the order, for what none does,
STATEMENT: Final = 0.5  # and for each of its statements
COUNTING: Final = 0.3  # seconds; past that the total is what was seen
WINDOWS: Final = (5_000, 20_000, 100_000)  # people; the last size again and again
COMMON: Final = 50_000  # holders; fewer are cheaper to go through than the whole order
HANDFUL: Final = 20_000  # people whose names are read one by one, whatever is looked for


class Directory:
    """The matches of one question, to be paged through. Rows are mappings of COLUMNS."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.order = wanted.ordering
        self.term = folded(wanted.q)
        self.facets = wanted.facets
        self.role = Role.objects.filter(name=wanted.role).first() if wanted.role else None
        self.is_nobody = bool(wanted.role and self.role is None)
        self._is_worn = False  # what the page took leaves no patience for counting

    def read(self, *, limit: int, position: Position | None, offset: int) -> Slice:
        """Some matches. Raises TooBroad if not even a few thousand people were looked through."""
        if self.is_nobody:
            return Slice([], None)
        if self.wanted.is_of_one_column and not self.term:
            # A range of an index, whatever is asked: no plan can be wrong.
            return self._found(limit=limit, position=position, offset=offset)
        if self._is_narrow:
            try:
                with searching(seconds=PATIENCE):
                    return self._found(limit=limit, position=position, offset=offset)
            except TooBroad:
                # Three signs of which the index knows none, such as "...", or many who have one
                # thing and many who have the other, and next to nobody who has both.
                pass
        return self._walked(limit=limit, position=position, offset=offset)

    def count(self) -> Count:
        """Exact up to 1,000 but for what takes too long to count: then it is what was seen."""
        if self.is_nobody:
            return Count(0)
        if self._is_worn or not (self._is_narrow or self._is_countable):
            return Count(0, is_estimate=True)
        expected = None
        if self.wanted.is_of_one_column:
            people = called(self._people(), self.term)
            expected = keyset.expectation(people)
            if expected and keyset.is_beyond_doubt(expected, people):
                return Count(expected, is_estimate=True)
        try:
            with searching(seconds=COUNTING, at_once=True):
                return self._counted(expected)
        except TooBroad:
            return Count(0, is_estimate=True)

    def _counted(self, expected: int | None) -> Count:
        number = None if self.wanted.is_conditional else number_of(self.term)
        if number is not None:
            return number
        if self._goes_by_role():
            return self._counted_in(self._holders(), "user_facet", self._known_holders)
        if self._goes_by_facets():
            return self._counted_in(self._between(), "facet", expected)
        return keyset.count(called(self._people(), self.term), expected=expected)

    def _counted_in(self, rows: QuerySet[Any], column: str, expected: int | None) -> Count:
        each = (rows.filter((column, facet)) for facet in self.facets) if self.facets else None
        return keyset.count(self._of_facets(rows, column), parts=each, expected=expected)

    @property
    def _known_holders(self) -> int | None:
        """What the list of roles says too, where nothing but the role is asked."""
        wanted = self.wanted
        is_more = self.term or self.facets or wanted.created_after or wanted.created_before
        return None if self.role is None or is_more else self.role.holders

    @cached_property
    def _is_narrow(self) -> bool:
        """Does an index know the term, or do the other conditions leave a handful of people?"""
        if not self.term or is_indexed(self.term):
            return True
        if not self.wanted.is_conditional:
            return False
        try:
            with searching(seconds=COUNTING, at_once=True):
                people = self._people().order_by().values("pk")
                return bool(people[: HANDFUL + 1].count() <= HANDFUL)
        except TooBroad:
            return False

    @property
    def _is_countable(self) -> bool:
        """May all names be read? PostgreSQL stops in time; SQLite has to have a handful."""
        if connection.vendor == "postgresql":
            return True
        people = User.objects.order_by().values("pk")
        return bool(people[: HANDFUL + 1].count() <= HANDFUL)

    def _found(self, *, limit: int, position: Position | None, offset: int) -> Slice:
        if self._goes_by_role() and self.wanted.sort_by == "createdAt":
            return self._by_role(limit=limit, position=position, offset=offset)
        page: Any = {"limit": limit, "position": position, "offset": offset}
        if self.facets and self._goes_by_facets():
            among = self._between().values(*COLUMNS)
            return read_merged(among, self.order, column="facet", values=self.facets, **page)
        people = called(self._people(), self.term).values(*COLUMNS)
        return keyset.read(people, self.order, **page)

    def _goes_by_facets(self) -> bool:
        """Through a range of an index for each facet. Who is locked is few, and gathered."""
        is_other = self.term or self.wanted.status == LOCKED or self._goes_by_role()
        return bool(self.facets) and not is_other

    def _walked(self, *, limit: int, position: Position | None, offset: int) -> Slice:
        """Along the order for so long; what was found by then, and where it stopped."""
        begun = time.monotonic()
        wanted = offset + limit + 1
        rows: list[Any] = []
        reached, sure = position, 0  # how many of the rows stand before that
        is_cut = False
        try:
            with searching(seconds=STATEMENT):
                for window in self._windows(wanted=wanted, position=position):
                    rows += window.rows
                    if len(rows) >= wanted:
                        break
                    if window.reached is not None:
                        reached, sure = window.reached, len(rows)
                        if time.monotonic() - begun > WALK:
                            is_cut = True
                            break
        except TooBroad:
            if reached == position:
                raise
            is_cut = True
            del rows[sure:]
        self._is_worn = is_cut or time.monotonic() - begun > COUNTING
        page = rows[offset : offset + limit]
        if len(rows) >= wanted:
            return Slice(page, tuple(key.of(page[-1]) for key in self.order))
        return Slice(page, reached if is_cut else None, is_cut=is_cut)

    def _windows(self, *, wanted: int, position: Position | None) -> Iterator[Window]:
        """The whole order, or its part between two days where it goes by them."""
        is_by_creation = self.wanted.sort_by == "createdAt"
        whole = User.objects.filter(_between("created_at", self.wanted) if is_by_creation else Q())
        return keyset.windows(
            whole,
            lambda window: called(self._people(window), self.term).values(*COLUMNS),
            self.order,
            wanted=wanted,
            position=position,
            sizes=chain(WINDOWS, repeat(WINDOWS[-1])),
        )

    def _people(self, among: QuerySet[Any] | None = None) -> QuerySet[Any]:
        """All conditions but the search's own."""
        people = self._between(among)
        people = self._of_facets(people, "facet")
        if self.wanted.status == LOCKED:
            people = people.filter(username__in=_locked_names())
        if self.role is not None:
            held = RoleAssignment.objects.live().filter(role=self.role)
            if self.role.holders > (COMMON if connection.vendor == "postgresql" else FEW):
                people = people.filter(Exists(held.filter(user=OuterRef("pk"))))
            else:
                people = people.filter(pk__in=held.values("user"))
        return people

    def _between(self, among: QuerySet[Any] | None = None) -> QuerySet[Any]:
        people = User.objects.all() if among is None else among
        return people.filter(_between("created_at", self.wanted))

    def _of_facets(self, rows: QuerySet[Any], column: str) -> QuerySet[Any]:
        return rows.filter((f"{column}__in", self.facets)) if self.facets else rows

    def _goes_by_role(self) -> bool:
        """Through the holders of a role, who stand in the order of their creation already."""
        if self.role is None or self.wanted.status == LOCKED:
            return False
        return self.role.holders <= COMMON or not self.term

    def _holders(self) -> QuerySet[RoleAssignment]:
        held = RoleAssignment.objects.live().filter(
            _between("user_created_at", self.wanted), role=self.role
        )
        return called(held, self.term, of="user__")

    def _by_role(self, *, limit: int, position: Position | None, offset: int) -> Slice:
        carried = {"created_at": "user_created_at", "id": "user_id"}
        order = tuple(replace(key, name=carried[key.name]) for key in self.order)
        shown = {name: f"user__{name}" for name in COLUMNS if name not in carried}
        held = self._holders().values("user_created_at", "user_id", *shown.values())
        page: Any = {"limit": limit, "position": position, "offset": offset}
        if self.facets and not self.term:
            found = read_merged(held, order, column="user_facet", values=self.facets, **page)
        else:
            found = keyset.read(self._of_facets(held, "user_facet"), order, **page)
        rows = [
            {
                "id": row["user_id"],
                "created_at": row["user_created_at"],
                **{name: row[there] for name, there in shown.items()},
            }
            for row in found.rows
        ]
        return replace(found, rows=rows)


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
