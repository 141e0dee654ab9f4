"""Long lists, read by key: the rows behind a row cost the same at any depth.

For doors of every kind: the API's cursors (`api/pagination.py`) and pages for people.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.db import connections
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import OrderBy

EXACT: Final = 1000  # matches that are counted one by one
# Where the planner expects so many times more, and a two-hundredth of all rows (ten of the two
# thousand samples that it has of a searched column), there is no doubt that there are more.
SURE: Final = 5
SHARE: Final = 200

Position = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """One column of an order. What is null comes last, ascending or descending.

    is_flipped: see `flipped`.
    """

    name: str
    descending: bool = False
    nullable: bool = False
    is_flipped: bool = False

    def ordering(self) -> OrderBy:
        column = F(self.name)
        if self.descending:
            return column.desc(nulls_last=True if self.nullable or self.is_flipped else None)
        if self.is_flipped:
            return column.asc(nulls_first=True)
        return column.asc(nulls_last=True if self.nullable else None)

    def of(self, row: Any) -> Any:
        """The column's value in a row: an instance, or what `.values()` gave."""
        if isinstance(row, Mapping):
            return row[self.name]
        for part in self.name.split("__"):
            row = getattr(row, part)
        return row

    def beyond(self, value: Any, *, or_at: bool = False) -> Q:
        """Rows that this column puts behind the value."""
        comparison = ("lt" if self.descending else "gt") + ("e" if or_at else "")
        found = Q((f"{self.name}__{comparison}", value))
        return found | self.is_null() if self.nullable else found

    def is_null(self, *, really: bool = True) -> Q:
        return Q((f"{self.name}__isnull", really))


Order = tuple[Key, ...]


def keys(*names: str, nullable: Sequence[str] = ()) -> Order:
    """An order in Django's spelling: `keys("-last_login", "-id", nullable=["last_login"])`.

    The last one must be unique and never null, else rows get lost between two pages.
    """
    plain = [name.removeprefix("-") for name in names]
    return tuple(
        Key(name, given != name, name in nullable) for given, name in zip(names, plain, strict=True)
    )


def flipped(order: Order) -> Order:
    """The same order of columns that are never null, said as no plain index of PostgreSQL has it.

    The nulls that are not there stand at the other end. For an index that was made so: whoever
    asks in plain words gets no walk along it, whatever the planner thinks of that.
    """
    return tuple(replace(key, is_flipped=True) for key in order)


def behind(order: Order, position: Position) -> Q:
    """The rows that come behind this position."""
    key, value = order[0], position[0]
    if len(order) == 1:
        return key.beyond(value)
    rest = behind(order[1:], position[1:])
    if value is None:
        return key.is_null() & rest
    # The first condition follows from the others. It is what an index is entered by: with the OR
    # alone a database reads the index from its start.
    return key.beyond(value, or_at=True) & (key.beyond(value) | (Q((key.name, value)) & rest))


@dataclass(frozen=True, slots=True)
class Slice:
    """Some rows, and where to go on; None at the end. is_cut: stopped before the page was full."""

    rows: list[Any]
    position: Position | None
    is_cut: bool = False


def read(
    queryset: QuerySet[Any],
    order: Order,
    *,
    limit: int,
    position: Position | None = None,
    offset: int = 0,
) -> Slice:
    """The next `limit` rows behind a position, or from the start, or by offset from there.

    One statement; up to three where the first key may be null.
    """
    rows: list[Any] = []
    wanted = limit + 1  # one more tells whether it goes on
    for part, part_order, start in ranges(queryset, order, position):
        found = part.order_by(*(key.ordering() for key in part_order))
        if start is not None:
            found = found.filter(behind(part_order, start))
        if rows or not offset:
            rows += found[: wanted - len(rows)]
        else:
            rows += found[offset : offset + wanted]
            if not rows and len(part_order) == len(order):
                offset -= found.order_by().count()
        if len(rows) == wanted:
            break
    if len(rows) < wanted:
        return Slice(rows, None)
    last = rows[limit - 1]
    return Slice(rows[:limit], tuple(key.of(last) for key in order))


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of an order that was looked through.

    reached: where to go on; None where a stretch ran out, be it the last one or the one before
    those whose first key is null.
    """

    rows: list[Any]
    reached: Position | None


def windows(
    queryset: QuerySet[Any],
    matching: Callable[[QuerySet[Any]], QuerySet[Any]],
    order: Order,
    *,
    wanted: int,
    position: Position | None,
    sizes: Iterator[int],
) -> Iterator[Window]:
    """For conditions that no index knows: goes along the order, window by window.

    queryset: with conditions at most that the index of the order knows, since the end of a window
    is read from that index alone. matching: puts the others on a window. wanted: matches that are
    enough. sizes: how many rows each window holds, matches or not, so that none takes much longer
    than another. The caller stops when it has enough of matches, or of waiting.
    """
    for part, part_order, behind_this in ranges(queryset, order, position):
        ordering = [key.ordering() for key in part_order]
        names = [key.name for key in order]
        start = behind_this
        while True:
            window = part.filter(behind(part_order, start)) if start is not None else part
            size = next(sizes)
            last = window.order_by(*ordering).values(*names)[size - 1 : size].first()
            if last is None:
                yield Window(list(matching(window).order_by(*ordering)[:wanted]), None)
                break
            start = tuple(key.of(last) for key in part_order)
            # Not behind the window's end; said of the first key alone too, for the index.
            sign = "gte" if part_order[0].descending else "lte"
            bound = Q((f"{part_order[0].name}__{sign}", start[0]))
            window = window.filter(bound & ~behind(part_order, start))
            rows = list(matching(window).order_by(*ordering)[:wanted])
            yield Window(rows, tuple(key.of(last) for key in order))


def ranges(
    queryset: QuerySet[Any], order: Order, position: Position | None
) -> Iterator[tuple[QuerySet[Any], Order, Position | None]]:
    """The whole; where the first key may be null, the rows with it and then those without.

    Two ranges of one plain index, in both directions, instead of a sort with nulls last.
    """
    key = order[0]
    if not key.nullable:
        yield queryset, order, position
        return
    is_among_nulls = position is not None and position[0] is None
    if not is_among_nulls:
        told = queryset.filter(key.is_null(really=False))
        yield told, (replace(key, nullable=False), *order[1:]), position
    rest = position[1:] if position is not None and is_among_nulls else None
    yield queryset.filter(key.is_null()), order[1:], rest


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows match."""

    total: int
    is_estimate: bool = False


def count(
    queryset: QuerySet[Any],
    *,
    parts: Iterable[QuerySet[Any]] | None = None,
    expected: int | None = None,
    along: Order = (),
) -> Count:
    """Exact up to 1,000; past that what the planner expects, where the database has one to ask.

    Two statements at most on PostgreSQL, neither of which reads more than 1,001 matches.

    parts: the same rows as disjoint queries, each a range of an index. SQLite counts them one by
    one; for all in one condition it reads the whole table.
    expected: what is known of their number already.
    along: an order that the matches' index has. Where they stand close together in the table, the
    planner would read all of it from its start to meet a thousand.
    """
    is_postgres = connections[queryset.db].vendor == "postgresql"
    if parts is not None and not is_postgres:
        return Count(sum(part.order_by().count() for part in parts))
    matches = queryset.order_by().values("pk")
    ordered = matches.order_by(*(key.ordering() for key in along))
    number = ordered[: EXACT + 1].count()
    if number <= EXACT:
        return Count(number)
    expected = expected or expectation(queryset)
    if expected is None:
        # SQLite's planner knows no counts. Its tables are those of a small house.
        return Count(matches.count())
    return Count(max(number, expected), is_estimate=True)


def is_beyond_doubt(expected: int, queryset: QuerySet[Any]) -> bool:
    """Are there far more than 1,000 of these rows, without a look at any?

    For rows with one condition at most, on a column of which the planner has samples. (Of two it
    takes for granted that one says nothing about the other, and may be wrong by any factor.)
    """
    return expected > SURE * EXACT and expected >= _rows(queryset) / SHARE


def expectation(queryset: QuerySet[Any]) -> int | None:
    """How many rows PostgreSQL's planner expects, from its samples; SQLite's expects nothing."""
    if connections[queryset.db].vendor != "postgresql":
        return None
    plan = json.loads(queryset.order_by().values("pk").explain(format="json"))
    return int(plan[0]["Plan"]["Plan Rows"])


def _rows(queryset: QuerySet[Any]) -> float:
    """Of the whole table, as PostgreSQL last counted."""
    table = queryset.model._meta.db_table  # noqa: SLF001  Django's documented model API
    with connections[queryset.db].cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table])
        return float(cursor.fetchone()[0])
