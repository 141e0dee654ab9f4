"""Getting rows into a table as fast as either database takes them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db import connection, models

from tests.benchmarks.scale.people import Values

BATCH: Final = 2_000  # lines that go to the server at once


@dataclass(frozen=True)
class Table:
    """A model's table. Columns that are not named get what the model gives by default.

    So a column that comes later needs nothing here, unless it has no default.
    """

    model: type[models.Model]
    names: Sequence[str]

    @property
    def name(self) -> str:
        return self.model._meta.db_table

    @property
    def constants(self) -> dict[str, Any]:
        fields: list[Any] = [
            field
            for field in self.model._meta.concrete_fields
            if field.column not in self.names
            and not getattr(field, "generated", False)
            and not isinstance(field, models.AutoField | models.BigAutoField)
        ]
        return {field.column: _as_text(field) for field in fields}

    def write(self, rows: Iterable[Values]) -> int:
        """In one transaction; how many."""
        constants = self.constants
        columns = [*self.names, *constants]
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                return self._copy(cursor, columns, constants, rows)
            listed = ", ".join(f'"{column}"' for column in columns)
            marks = ", ".join("?" * len(columns))
            ending = tuple(constants.values())
            stored = cursor.cursor.connection.executemany(
                f"INSERT INTO {self.name} ({listed}) VALUES ({marks})",  # noqa: S608
                (row + ending for row in rows),
            )
            return int(stored.rowcount)

    def _copy(
        self, cursor: Any, columns: list[str], constants: dict[str, Any], rows: Iterable[Values]
    ) -> int:
        listed = ", ".join(f'"{column}"' for column in columns)
        ending = "".join("\t" + _copied(value) for value in constants.values()) + "\n"
        count, lines = 0, []
        with cursor.cursor.copy(f"COPY {self.name} ({listed}) FROM STDIN") as copy:
            for row in rows:
                count += 1
                # Nothing that is made here holds a tab, a line break or a backslash.
                lines.append("\t".join(["\\N" if v is None else v for v in row]) + ending)
                if len(lines) == BATCH:
                    copy.write("".join(lines))
                    lines.clear()
            copy.write("".join(lines))
        return count


def _as_text(field: Any) -> Any:
    value = datetime.now(UTC) if getattr(field, "auto_now", False) else field.get_default()
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(field, models.JSONField):
        return json.dumps(value)
    if isinstance(value, bool):
        return int(value)
    return str(value)


def _copied(value: Any) -> str:
    return "\\N" if value is None else str(value)


@contextmanager
def unindexed(tables: Iterable[Table], say: Any):
    """Without indexes and foreign keys meanwhile, but for primary keys; PostgreSQL alone.

    What stands in the catalogue is put back word for word, so it is whatever the migrations made.
    """
    if connection.vendor != "postgresql":
        yield
        return
    names = [table.name for table in tables]
    with connection.cursor() as cursor:
        cursor.execute(_CONSTRAINTS, [names])
        constraints = cursor.fetchall()
        for table, name, _ in constraints:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        cursor.execute(_INDEXES, [names])
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '1GB'")
        for name, definition in indexes:
            say(f"index {name}")
            cursor.execute(definition)
        for table, name, definition in constraints:
            say(f"constraint {name}")
            cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')


# Foreign keys last: they need the unique ones of other tables.
_CONSTRAINTS: Final = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    FROM pg_constraint
    WHERE conrelid::regclass::text = ANY(%s) AND contype IN ('u', 'f')
    ORDER BY contype = 'f', conname
"""
_INDEXES: Final = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
    FROM pg_index
    WHERE indrelid::regclass::text = ANY(%s) AND NOT indisprimary
    ORDER BY 1
"""
