"""Who is called so: a folded term against `search_text`, by the index that the database has."""

from __future__ import annotations

from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import StrIndex

from accounts.models.user import SEARCH_TABLE, SEARCH_TERMS
from config.common.keyset import Count

TRIGRAM: Final = 3  # characters of what both indexes are made of
FEW: Final = 2_000  # matches that SQLite had rather gather than come across
MANY: Final = 5_000  # that it does not count to the end
_LAST: Final = "\U0010ffff"  # no character comes behind it
_WHOLE: Final = f"FROM {SEARCH_TABLE} WHERE {SEARCH_TABLE} MATCH %s"
# One or two characters begin a trigram wherever they stand: separators follow the last field.
_BEGUN: Final = f"FROM {SEARCH_TERMS} WHERE term BETWEEN %s AND %s"


def called(rows: QuerySet[Any], term: str, *, of: str = "") -> QuerySet[Any]:
    """The rows of people who have the term in their names or address; all without a term.

    of: the way to the person, as in `user__`, where the rows are something else.
    """
    if not term:
        return rows
    text = f"{of}search_text"
    if connection.vendor == "postgresql":
        return rows.filter((f"{text}__contains", term))
    if _is_rare(term):
        source, values = _trigrams(term)
        if len(term) < TRIGRAM:
            source = f"FROM {SEARCH_TABLE} WHERE rowid IN (SELECT doc {source})"
        found = RawSQL(f"SELECT user_id {source}", values)  # noqa: S611  our own words
        return rows.filter((f"{of}pk__in", found))
    within: QuerySet[Any] = rows.alias(at=StrIndex(text, Value(term))).filter(at__gt=0)
    return within


def is_indexed(term: str) -> bool:
    """Does an index find them? PostgreSQL's knows three letters and more, SQLite's what is rare."""
    return len(term) >= TRIGRAM or (connection.vendor == "sqlite" and _is_rare(term))


def number_of(term: str) -> Count | None:
    """How many are called so, where SQLite's index tells without a look at the people; else None.

    Of many, from how many rows it took to meet so many of them.
    """
    if connection.vendor == "postgresql" or len(term) < TRIGRAM:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), max(rowid) FROM (SELECT rowid {_WHOLE} ORDER BY rowid LIMIT %s)",  # noqa: S608  our own words
            [_phrase(term), MANY],
        )
        number, reached = cursor.fetchone()
        if number < MANY:
            return Count(number)
        cursor.execute(f"SELECT max(rowid) FROM {SEARCH_TABLE}")  # noqa: S608
        return Count(number * cursor.fetchone()[0] // reached, is_estimate=True)


def _is_rare(term: str) -> bool:
    """On SQLite: few enough to gather? More than that are come across while walking the order."""
    source, values = _trigrams(term)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM (SELECT 1 {source} LIMIT %s)",  # noqa: S608  our own words
            [*values, FEW + 1],
        )
        return bool(cursor.fetchone()[0] <= FEW)


def _trigrams(term: str) -> tuple[str, list[str]]:
    """What SQLite's index has of it: rows of people, or of their trigrams."""
    if len(term) >= TRIGRAM:
        return _WHOLE, [_phrase(term)]
    return _BEGUN, [term, term + _LAST * (TRIGRAM - len(term))]


def _phrase(term: str) -> str:
    """As FTS5 takes it: the very characters, quotes doubled."""
    return '"' + term.replace('"', '""') + '"'
