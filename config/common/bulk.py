"""Many rows in one statement, however many they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import connection, models
from django.db.models import Q
from django.db.models.expressions import RawSQL

# As arrays these are cast element by element; text assigns to a bounded column with its bound.
_ARRAYS: Final = {
    "jsonb": "text[]::jsonb[]",
    "inet": "text[]::inet[]",
}

# What these fields hold is what PostgreSQL is given, where it is of exactly this type.
_PLAIN: Final[dict[type, type]] = {
    models.BinaryField: bytes,
    models.BooleanField: bool,
    models.CharField: str,
    models.DateTimeField: datetime,
    models.TextField: str,
    models.UUIDField: UUID,
}

# How a value stands in the text of an array.
_SPELLED: Final[dict[type, Callable[[Any], str]]] = {
    UUID: lambda value: value.hex,
    bytes: lambda value: f'"\\\\x{value.hex()}"',
    datetime: datetime.isoformat,
    str: lambda value: '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"',
}


def insert_many(rows: Sequence[models.Model], *, ignore_conflicts: bool = False) -> int:
    """Store new rows of one model, in one INSERT; returns how many were stored.

    Keys that the database makes do not come back. On PostgreSQL the values go as one array a
    column, so a hundred thousand rows are one statement with a dozen parameters; SQLite runs one
    prepared statement over them.

    ignore_conflicts: rows that a unique constraint refuses are left out.
    """
    if not rows:
        return 0
    fields = _fields(rows[0])
    is_postgres = connection.vendor == "postgresql"
    values = [_column(field, rows, is_postgres=is_postgres) for field in fields]
    return _insert(rows[0], fields, values, " ON CONFLICT DO NOTHING" if ignore_conflicts else "")


def insert_alike(row: models.Model, each: Mapping[str, Sequence[Any]]) -> int:
    """Store a row many times over, with some fields' own values, in one INSERT; how many.

    Where thousands of rows are nearly the same, making an instance of each is most of the work.

    each: the values of these fields, row by row, by the names that instances have them under
    (`user_id`). A key that the program makes is among them.
    """
    count = len(next(iter(each.values())))
    if not count:
        return 0
    fields = _fields(row)
    is_postgres = connection.vendor == "postgresql"
    values = [
        _prepared(field, each[field.attname], is_postgres=is_postgres)
        if field.attname in each
        else [stored(field, row, as_text=is_postgres)] * count
        for field in fields
    ]
    return _insert(row, fields, values)


def _insert(
    row: models.Model, fields: Sequence[Any], values: Sequence[list[Any]], ending: str = ""
) -> int:
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    table = connection.ops.quote_name(row._meta.db_table)  # noqa: SLF001
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            source, parameters = _selected(fields, values)
            cursor.execute(f"INSERT INTO {table} ({columns}) {source}{ending}", parameters)
        else:
            marks = ", ".join(["%s"] * len(fields))
            cursor.executemany(
                f"INSERT INTO {table} ({columns}) VALUES ({marks}){ending}",  # noqa: S608
                list(zip(*values, strict=True)),
            )
        return int(cursor.rowcount)


def _fields(row: models.Model) -> list[Any]:
    """What is stored of such a row; not what the database makes."""
    return [
        field
        for field in row._meta.concrete_fields  # noqa: SLF001  Django's documented model API
        if not (field.primary_key and getattr(row, field.attname) is None) and not field.generated
    ]


def among(name: str, ids: Iterable[UUID]) -> Q:
    """Rows whose `name` is one of these ids, however many: one parameter, not one for each.

    Thousands of parameters are parsed and planned anew each time, and SQLite takes so many at most.
    """
    if connection.vendor == "postgresql":
        listed = RawSQL("SELECT unnest(%s::uuid[])", [_array(list(ids))])
    else:
        listed = RawSQL("SELECT value FROM json_each(%s)", [json.dumps([one.hex for one in ids])])
    return Q((f"{name}__in", listed))


class Collector:
    """Rows that are wanted one by one and stored together.

    with outbox.ROWS.together():
        for person in people:
            email.account_suspended(person)
    """

    def __init__(self) -> None:
        self._open: ContextVar[list[models.Model] | None] = ContextVar("collected", default=None)

    def store(self, row: models.Model) -> None:
        """At once, or with the others when the block ends."""
        collected = self._open.get()
        if collected is None:
            row.save(force_insert=True)
        else:
            collected.append(row)

    @contextmanager
    def together(self) -> Iterator[None]:
        """In the caller's transaction; nothing is stored where the block raises."""
        rows: list[models.Model] = []
        token = self._open.set(rows)
        try:
            yield
        finally:
            self._open.reset(token)
        insert_many(rows)


def update_many(rows: Sequence[models.Model], fields: Sequence[str]) -> int:
    """Store these fields of rows of one model, each row's own values, in one UPDATE; how many."""
    if not rows:
        return 0
    meta = rows[0]._meta  # noqa: SLF001  Django's documented model API
    key: Any = meta.pk
    changed: list[Any] = [meta.get_field(name) for name in fields]
    table, key_name = (
        connection.ops.quote_name(meta.db_table),
        connection.ops.quote_name(key.column),
    )
    columns = [connection.ops.quote_name(field.column) for field in changed]
    is_postgres = connection.vendor == "postgresql"
    values = [_column(field, rows, is_postgres=is_postgres) for field in (*changed, key)]
    with connection.cursor() as cursor:
        if is_postgres:
            arrays = ", ".join(f"%s::{_array_of(field)}" for field in (*changed, key))
            settings = ", ".join(f"{column} = given.{column}" for column in columns)
            cursor.execute(
                f"UPDATE {table} SET {settings} "  # noqa: S608  names of our own
                f"FROM unnest({arrays}) AS given ({', '.join((*columns, key_name))}) "
                f"WHERE {table}.{key_name} = given.{key_name}",
                [_array(column) for column in values],
            )
        else:
            settings = ", ".join(f"{column} = %s" for column in columns)
            cursor.executemany(
                f"UPDATE {table} SET {settings} WHERE {key_name} = %s",  # noqa: S608
                list(zip(*values, strict=True)),
            )
        return int(cursor.rowcount)


def _column(field: Any, rows: Sequence[models.Model], *, is_postgres: bool) -> list[Any]:
    """One field's values.

    What psycopg takes as it is goes past the field: that is most of the time of many rows.
    """
    if is_postgres:
        values = [getattr(row, field.attname) for row in rows]
        if _is_plain(field, values):
            return values
    return [stored(field, row, as_text=is_postgres) for row in rows]


def _prepared(field: Any, values: Sequence[Any], *, is_postgres: bool) -> list[Any]:
    if is_postgres and _is_plain(field, values):
        return list(values)
    return [_as_stored(field, value, as_text=is_postgres) for value in values]


def plain_type(field: Any, vendor: str) -> type | None:
    """Values of this type are stored as they are."""
    target = field.target_field if field.is_relation else field
    is_automatic = getattr(target, "auto_now", False) or getattr(target, "auto_now_add", False)
    return None if is_automatic or vendor != "postgresql" else _PLAIN.get(type(target))


def _is_plain(field: Any, values: Sequence[Any]) -> bool:
    plain = plain_type(field, "postgresql")
    return plain is not None and {type(value) for value in values} <= {plain, type(None)}


def stored(field: Any, row: models.Model, *, as_text: bool) -> Any:
    return _as_stored(field, field.pre_save(row, add=True), as_text=as_text)


def _as_stored(field: Any, value: Any, *, as_text: bool) -> Any:
    if as_text and type(field) is models.JSONField:
        return None if value is None else _json(value, field.encoder)
    return field.get_db_prep_save(value, connection)


_STRICT: Final = (
    orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_SUBCLASS
)


def _json(value: Any, encoder: Any) -> str:
    try:
        return orjson.dumps(value, option=_STRICT).decode()
    except TypeError:
        # Integers of more than 64 bits, and what only the field's own encoder knows.
        return json.dumps(value, cls=encoder, ensure_ascii=False)


def _selected(fields: Sequence[Any], values: Sequence[list[Any]]) -> tuple[str, list[Any]]:
    """The rows as a SELECT for PostgreSQL. What is the same in all of them is sent once."""
    wanted: list[str] = []
    once: list[Any] = []
    arrays: list[str] = []
    each: list[Any] = []
    for field, column in zip(fields, values, strict=True):
        # One column at least says how many rows there are.
        if arrays and column.count(column[0]) == len(column):
            wanted.append(f"%s::{_array_of(field).replace('[]', '')}")
            once.append(column[0])
        else:
            wanted.append(f"given.c{len(arrays)}")
            arrays.append(f"%s::{_array_of(field)}")
            each.append(_array(column))
    names = ", ".join(f"c{number}" for number in range(len(arrays)))
    sql = f"SELECT {', '.join(wanted)} FROM unnest({', '.join(arrays)}) AS given ({names})"  # noqa: S608  names of our own
    return sql, once + each


def _array(column: list[Any]) -> Any:
    """A column as the text of an array, which takes a fifth of what psycopg takes for a list."""
    kinds = {type(value) for value in column} - {type(None)}
    spell = _SPELLED.get(*kinds) if len(kinds) == 1 else None
    if spell is None:
        return column
    return f"{{{','.join(['NULL' if value is None else spell(value) for value in column])}}}"


def _array_of(field: Any) -> str:
    kind = str(field.rel_db_type(connection) if field.is_relation else field.db_type(connection))
    if kind.startswith("varchar"):
        kind = "text"
    return _ARRAYS.get(kind, f"{kind}[]")
