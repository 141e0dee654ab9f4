"""Lists by key of rows that lie in several ranges of one index, merged in their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connections
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from config.common.keyset import Order, Position, Slice, behind, ranges


def read_merged(
    queryset: QuerySet[Any],
    order: Order,
    *,
    column: str,
    values: Sequence[int],
    limit: int,
    position: Position | None = None,
    offset: int = 0,
) -> Slice:
    """As `keyset.read`, of rows whose column has one of these values; an index begins with it.

    queryset: of mappings. Each value gives no more rows than the page needs, in the order, from its
    own range of the index. One statement on PostgreSQL (a second one where the first key may be
    null), one for each value elsewhere.
    """
    rows: list[Any] = []
    wanted = offset + limit + 1
    for part, part_order, start in ranges(queryset, order, position):
        found = part.filter(behind(part_order, start)) if start is not None else part
        found = found.order_by(*(key.ordering() for key in part_order))
        read_them = _by_values if connections[found.db].vendor == "postgresql" else _by_turns
        rows += read_them(found, part_order, column, values, wanted - len(rows))
        if len(rows) == wanted:
            break
    rows = rows[offset:]
    if len(rows) <= limit:
        return Slice(rows, None)
    return Slice(rows[:limit], tuple(key.of(rows[limit - 1]) for key in order))


def _by_values(
    found: QuerySet[Any], order: Order, column: str, values: Sequence[int], wanted: int
) -> list[Any]:
    """The query is compiled and planned once for all values; as a UNION it would be for each."""
    each = found.filter(**{column: RawSQL("each.value", ())})[:wanted]
    inner, parameters = each.query.sql_with_params()
    names = [f'found."{key.name}" {"DESC" if key.descending else "ASC"}' for key in order]
    with connections[found.db].cursor() as cursor:
        cursor.execute(
            f"SELECT found.* FROM unnest(%s::integer[]) each (value)"  # noqa: S608  our own words
            f" CROSS JOIN LATERAL ({inner}) found ORDER BY {', '.join(names)} LIMIT {wanted}",
            [list(values), *parameters],
        )
        shown = [described.name for described in cursor.description]
        return [dict(zip(shown, row, strict=True)) for row in cursor.fetchall()]


def _by_turns(
    found: QuerySet[Any], order: Order, column: str, values: Sequence[int], wanted: int
) -> list[Any]:
    """SQLite orders no part of a UNION. It compares text by code points, as Python does."""
    rows = [row for value in values for row in found.filter(**{column: value})[:wanted]]
    for key in reversed(order):
        rows.sort(key=key.of, reverse=key.descending)
    return rows[:wanted]
