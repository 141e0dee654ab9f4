"""Rows of the tables beside the log, in which somebody may have put what no column can hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final, TypeVar

from django.core.exceptions import ValidationError
from django.db import DataError, OperationalError, connection
from django.db.models import BinaryField, Func, Model, QuerySet, TextField
from django.db.models.functions import Cast

M = TypeVar("M", bound=Model)

_KEYS: Final = 2000
# What comes of a value that is not of its column's kind.
_UNREADABLE: Final = (AttributeError, DataError, TypeError, ValidationError, ValueError)


def readable(
    rows: QuerySet[M],
    *,
    size: int,
    otherwise: Callable[[str], object] = lambda _key: None,
) -> Iterator[M]:
    """These rows in their order, so many at a time.

    otherwise: called, when its turn comes, with the key of one that cannot be read.
    """
    keys = _keys(rows)
    while some := list(islice(keys, size)):
        yield from _read(rows, some, otherwise)


def _keys(rows: QuerySet[Any]) -> Iterator[str]:
    if connection.vendor == "postgresql":
        texts: Any = rows.values_list(Cast("pk", TextField()), flat=True)
        yield from texts.iterator(chunk_size=_KEYS)
        return
    # SQLite keeps bytes that are no text in a key as well, and then gives none at all.
    digits = Func(Cast("pk", BinaryField()), function="hex", output_field=TextField())
    hexes: Any = rows.values_list(digits, flat=True)
    for key in hexes.iterator(chunk_size=_KEYS):
        yield bytes.fromhex(key).decode(errors="replace")


def _read(rows: QuerySet[M], keys: list[str], otherwise: Callable[[str], object]) -> Iterator[M]:
    found = None
    try:
        found = list(rows.filter(pk__in=keys))
    except _UNREADABLE:
        pass
    except OperationalError as error:
        # SQLite's way to say that a text is none.
        if "decode" not in str(error):
            raise
    if found is not None:
        yield from found
    elif len(keys) == 1:
        otherwise(keys[0])
    else:
        for key in keys:
            yield from _read(rows, [key], otherwise)
