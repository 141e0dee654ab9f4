"""Many rows in one statement, however many they are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from django.db import connection, models

# As arrays these are cast element by element; text assigns to a bounded column with its bound.
_ARRAYS: Final = {
    "jsonb": "text[]::jsonb[]",
    "inet": "text[]::inet[]",
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
    meta = rows[0]._meta  # noqa: SLF001  Django's documented model API
    fields: list[Any] = [
        field
        for field in meta.concrete_fields
        if not (field.primary_key and getattr(rows[0], field.attname) is None)
        and not field.generated
    ]
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    table = connection.ops.quote_name(meta.db_table)
    ending = " ON CONFLICT DO NOTHING" if ignore_conflicts else ""
    is_postgres = connection.vendor == "postgresql"
    values = [[_stored(field, row, as_text=is_postgres) for row in rows] for field in fields]
    with connection.cursor() as cursor:
        if is_postgres:
            arrays = ", ".join(f"%s::{_array_of(field)}" for field in fields)
            cursor.execute(
                f"INSERT INTO {table} ({columns}) SELECT * FROM unnest({arrays}){ending}",  # noqa: S608  names of our own
                values,
            )
        else:
            marks = ", ".join(["%s"] * len(fields))
            cursor.executemany(
                f"INSERT INTO {table} ({columns}) VALUES ({marks}){ending}",  # noqa: S608
                list(zip(*values, strict=True)),
            )
        return int(cursor.rowcount)


def _stored(field: Any, row: models.Model, *, as_text: bool) -> Any:
    value = field.pre_save(row, add=True)
    if as_text and type(field) is models.JSONField:
        return None if value is None else json.dumps(value, cls=field.encoder, ensure_ascii=False)
    return field.get_db_prep_save(value, connection)


def _array_of(field: Any) -> str:
    kind = str(field.rel_db_type(connection) if field.is_relation else field.db_type(connection))
    if kind.startswith("varchar"):
        kind = "text"
    return _ARRAYS.get(kind, f"{kind}[]")
