"""How many sealed entries there are, by day: kept beside the log, so that nobody counts it.

Whoever seals adds what they seal, and whoever takes sealed entries out takes them from the
counts, each in the transaction that does it.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Final

from django.db import connection

from audit.models import DayCount

# Day (UTC), action, resource.
Kind = tuple[date, str, str]

_TABLE: Final = DayCount._meta.db_table  # noqa: SLF001  Django's documented model API
# The ORM's upsert puts the new value in the place of the old one; this adds the two.
_UPSERT: Final = (
    f"INSERT INTO {_TABLE} (day, action, resource, count) {{rows}} "
    f"ON CONFLICT (day, action, resource) DO UPDATE SET count = {_TABLE}.count + excluded.count"
)
_ARRAYS: Final = "SELECT * FROM unnest(%s::date[], %s::text[], %s::text[], %s::bigint[])"


def add(counts: Counter[Kind]) -> None:
    """Add to the counts, in the caller's transaction and in one statement."""
    _apply(counts)


def take_out(counts: Counter[Kind]) -> None:
    """The other way: entries that were counted and are gone. What is left at nothing goes too."""
    _apply(Counter({kind: -number for kind, number in counts.items()}))
    days = {day for day, _, _ in counts}
    if days:
        DayCount.objects.filter(day__range=(min(days), max(days)), count__lte=0).delete()


def _apply(counts: Counter[Kind]) -> None:
    # In order, so that two at once never hold what the other one waits for.
    rows = [(*kind, number) for kind, number in sorted(counts.items()) if number]
    if not rows:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            columns = [list(column) for column in zip(*rows, strict=True)]
            cursor.execute(_UPSERT.format(rows=_ARRAYS), columns)
        else:
            cursor.executemany(_UPSERT.format(rows="VALUES (%s, %s, %s, %s)"), rows)
