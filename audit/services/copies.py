"""Copies: an entry of ours, mark and all, that somebody put in once more.

A mark does not know its entry's key, which is drawn after it. But the salt under it is random, so
two entries with one salt are one entry and its copy.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from django.db.models import Max

from audit.models import AuditEntry, Seal
from audit.selectors import stored
from audit.selectors.sealed import holding
from audit.selectors.stored import (
    BLANKED,
    DETAILS,
    ID,
    SALT,
    TIMESTAMP,
    WRITTEN_IN,
    Row,
    moment_text,
)
from audit.services.leaves import commitment, parsed, salted

_STEP: Final = 500


def copies(rows: list[Row], *, newest: str) -> set[int]:
    """Keys of entries of a batch that were there before; the later one of two is the copy.

    newest: timestamp of all that is sealed. Only what is not newer can be a copy of something
    there, which keeps this cheap: few entries end out of the order of their times.
    """
    found = _among(rows)
    past = [row for row in rows if row[TIMESTAMP] and row[TIMESTAMP] <= newest]
    if not past:
        return found
    taken_out = Seal.objects.filter(retired_at__isnull=False).aggregate(newest=Max("newest"))
    bygone = moment_text(taken_out["newest"]) if taken_out["newest"] else ""
    # What retention took out comes back in no honest way.
    found.update(row[ID] for row in past if row[TIMESTAMP] <= bygone)
    here = {row[ID] for row in rows}
    for start in range(0, len(past), _STEP):
        found |= _of_earlier(past[start : start + _STEP], here)
    return found


def _among(rows: list[Row]) -> set[int]:
    first: dict[Any, Row] = {}
    found = set()
    for row in rows:
        other = first.setdefault(row[SALT], row)
        if other is not row and row[SALT] is not None:
            later, first[row[SALT]] = sorted((row, other), key=_written, reverse=True)
            found.add(later[ID])
    return found


def _of_earlier(rows: list[Row], here: set[int]) -> set[int]:
    """Which of these entries are like one elsewhere of the same moment."""
    moments = set()
    for row in rows:
        with suppress(ValueError):
            moments.add(datetime.fromisoformat(row[TIMESTAMP]))
    keys = AuditEntry.objects.filter(timestamp__in=moments).order_by().values_list("pk", flat=True)
    # By salt: whatever is done to ten thousand people at once is of one moment.
    others: dict[Any, list[Row]] = defaultdict(list)
    for other in stored.by_keys(set(keys) - here):
        others[other[TIMESTAMP], other[SALT]].append(other)
    return {
        row[ID]
        for row in rows
        if row[SALT] is not None
        for other in (*others[row[TIMESTAMP], row[SALT]], *others[row[TIMESTAMP], None])
        if _alike(row, other) and _is_first(other, row)
    }


def _is_first(other: Row, row: Row) -> bool:
    """Was it there before an entry that waits? Sealed ones were, whatever else they say of it."""
    return _written(other) < _written(row) or holding(other[ID]) is not None


def _alike(row: Row, other: Row) -> bool:
    if other[BLANKED] is None:
        return bool(row[SALT] == other[SALT])
    left = parsed(other[BLANKED])
    try:
        known = {*left["salts"].values(), *left["hashes"].values()}
    except (AttributeError, KeyError, TypeError):
        return False
    return any(
        salt.hex() in known or commitment(salt, value).hex() in known
        for _, salt, value in salted(row, parsed(row[DETAILS]))
    )


def _written(row: Row) -> tuple[int, int]:
    return row[WRITTEN_IN], row[ID]
