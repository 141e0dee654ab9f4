"""One new row, without detours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from ipaddress import IPv4Address, IPv6Address
from typing import Any, Final
from uuid import UUID

from django.db import connection, models, transaction

from config.common.bulk import plain_type, stored

# How PostgreSQL reads them, whatever the column.
_AS_TEXT: Final[dict[type, Callable[[Any], Any]]] = {
    UUID: str,
    bytes: lambda value: f"\\x{value.hex()}",
    datetime: datetime.isoformat,
    IPv4Address: str,
    IPv6Address: str,
}


def _same(value: Any) -> Any:
    return value


def insert_one(row: models.Model) -> None:
    """`row.save(force_insert=True)` for a model without parents whose signals nobody hears.

    Django writes the statement anew each time, which takes longer than PostgreSQL takes to run it.
    """
    has_key = row.pk is not None
    is_postgres = connection.vendor == "postgresql"
    fields, sql = _insertion(type(row), connection.vendor, has_key=has_key)
    values: list[Any] = [
        value
        if type(value := getattr(row, field.attname)) is plain
        else stored(field, row, as_text=is_postgres)
        for field, plain in fields
    ]
    if is_postgres:
        # One kind of parameter: psycopg looks for a way to send each other kind anew, every time.
        values = [_AS_TEXT.get(type(value), _same)(value) for value in values]
    with transaction.mark_for_rollback_on_error(connection.alias):
        cursor = _kept_cursor() if is_postgres else connection.cursor()
        cursor.execute(sql, values)
        if not has_key:
            row.pk = cursor.fetchone()[0] if is_postgres else cursor.lastrowid
    row._state.adding, row._state.db = False, connection.alias  # noqa: SLF001  as `save` does


def _kept_cursor() -> Any:
    """The connection's own for single rows, made once: making one takes a tenth of an INSERT.

    Kept by Django's connection, not by psycopg's: each would hold the other, and one whose thread
    has ended stayed open until somebody collects garbage.
    """
    connection.ensure_connection()
    wrapper: Any = connection
    held = getattr(wrapper, "single_rows", None)
    if held is None or held.connection is not wrapper.connection:
        held = wrapper.single_rows = wrapper.connection.cursor()
    return wrapper._prepare_cursor(held)  # noqa: SLF001  as `cursor()` does


@cache
def _insertion(
    model: type[models.Model], vendor: str, *, has_key: bool
) -> tuple[list[tuple[Any, type | None]], str]:
    """The fields, each with the type of its plain values, and the statement."""
    meta: Any = model._meta  # noqa: SLF001
    quoted = connection.ops.quote_name
    fields = [
        field
        for field in meta.concrete_fields
        if (has_key or not field.primary_key) and not field.generated
    ]
    columns = ", ".join(quoted(field.column) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    sql = f"INSERT INTO {quoted(meta.db_table)} ({columns}) VALUES ({marks})"  # noqa: S608
    if vendor == "postgresql" and not has_key:
        sql += f" RETURNING {quoted(meta.pk.column)}"
    return [(field, plain_type(field, vendor)) for field in fields], sql
