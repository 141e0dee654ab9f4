"""Entries as they are stored: plain values, the same from either database, and many at a time.

A row is a tuple in the order of COLUMNS. What somebody wrote behind the program's back is read as
well, whatever it is: nothing here or in what reads these rows may stop at one of them.

details, blanked: JSON text. user, actor, impersonating: as UUIDs are written; salt: 32 digits.
timestamp: `2026-11-23T10:00:00.000000+00:00`. written_in: the transaction that wrote the row on
PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from django.db import OperationalError, connection, transaction

from audit.models import AuditEntry

Row = tuple[Any, ...]

COLUMNS: Final = (
    "id",
    "action",
    "resource",
    "resource_id",
    "details",
    "user",
    "actor",
    "impersonating",
    "ip_address",
    "user_agent",
    "request_id",
    "timestamp",
    "salt",
    "mark",
    "blanked",
    "written_in",
)
(
    ID, ACTION, RESOURCE, RESOURCE_ID, DETAILS, USER, ACTOR, IMPERSONATING, IP_ADDRESS, USER_AGENT,
    REQUEST_ID, TIMESTAMP, SALT, MARK, BLANKED, WRITTEN_IN,
) = range(len(COLUMNS))  # fmt: skip

_TABLE: Final = AuditEntry._meta.db_table  # noqa: SLF001  Django's documented model API
_MOMENT: Final = '\'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"\''
_POSTGRESQL: Final = (
    "id, action, resource, resource_id, details::text, user_id::text, actor_id::text, "
    "impersonating_id::text, ip_address, user_agent, request_id, "
    f"to_char(timestamp AT TIME ZONE 'UTC', {_MOMENT}), replace(salt::text, '-', ''), mark, "
    "blanked::text, written_in"
)


def _uuid(column: str) -> str:
    starts = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
    text = " || '-' || ".join(f"substr({column}, {start}, {size})" for start, size in starts)
    return f"{text} || {_unless_exact(column, 'IN (32)')}"


def _unless_exact(column: str, sizes: str, more: str = "") -> str:
    """SQLite keeps whatever is put into a column. What Django never writes is added as it is.

    Else a time zone behind a time, say, would be read by others and not be noticed here.
    """
    is_exact = f"typeof({column}) = 'text' AND length(CAST({column} AS BLOB)) {sizes}{more}"
    return f"CASE WHEN {is_exact} THEN '' ELSE quote({column}) END"


_SPELLING: Final = " AND substr(timestamp, 11, 1) || substr(timestamp, 20, 1) IN (' ', ' .')"
# Without a declared type Django's converters leave a value as it is.
_SQLITE: Final = (
    f"id, action, resource, resource_id, details, {_uuid('user_id')}, {_uuid('actor_id')}, "
    f"{_uuid('impersonating_id')}, ip_address, user_agent, request_id, "
    "substr(timestamp, 1, 10) || 'T' || substr(timestamp, 12, 8) || '.' || "
    "substr(substr(timestamp, 21) || '000000', 1, 6) || '+00:00' || "
    f"{_unless_exact('timestamp', 'IN (19, 26)', _SPELLING)}, "
    "salt, mark, blanked, 0"
)


def moment_text(moment: datetime) -> str:
    """A time as rows have it; such texts sort as the times do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def is_postgresql() -> bool:
    return connection.vendor == "postgresql"


def after(key: int | None, *, limit: int) -> list[Row]:
    """The next entries by key."""
    condition = "" if key is None else "id > %s"
    return _read(condition, [] if key is None else [key], limit=limit)


def by_keys(keys: Collection[int]) -> list[Row]:
    """Those of these entries that are there, by key."""
    if not keys:
        return []
    if is_postgresql():
        return _read("id = ANY(%s)", [list(keys)])
    marks = ", ".join(["%s"] * len(keys))
    return _read(f"id IN ({marks})", list(keys))


def written(key: int, *, since: int | None, below: int | None, floor: int, limit: int) -> list[Row]:
    """The next entries by key, of transactions of a span (PostgreSQL), with keys above floor."""
    conditions, params = ["id > %s"], [max(key, floor)]
    if since is not None and below is not None:
        conditions += ["written_in >= %s", "written_in < %s"]
        params += [since, below]
    if not is_postgresql():
        return _read(" AND ".join(conditions), params, limit=limit)
    with transaction.atomic(), connection.cursor() as cursor:
        # In the order of the keys: what is newest by transaction is sought once, by first_written.
        cursor.execute("SELECT set_config('enable_bitmapscan', 'off', true)")
        return _read(" AND ".join(conditions), params, limit=limit)


def first_written(*, since: int, below: int, floor: int) -> int | None:
    """The lowest key that a transaction of this span wrote (PostgreSQL)."""
    # Materialised, or the planner walks over all keys that are lower.
    text = (
        f"WITH span AS MATERIALIZED (SELECT id FROM {_TABLE} "  # noqa: S608  names of our own
        "WHERE written_in >= %s AND written_in < %s AND id > %s) SELECT min(id) FROM span"
    )
    with connection.cursor() as cursor:
        cursor.execute(text, [since, below, floor])
        found: int | None = cursor.fetchone()[0]
    return found


def running() -> tuple[int, int]:
    """The oldest transaction that still runs, and the next one to come (PostgreSQL)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_snapshot_xmin(now)::text::bigint, pg_snapshot_xmax(now)::text::bigint "
            "FROM pg_current_snapshot() AS now"
        )
        oldest, coming = cursor.fetchone()
    return oldest, coming


def cluster() -> str:
    """Which server's transactions are counted: another one counts anew."""
    if not is_postgresql():
        return "sqlite"
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_function_privilege('pg_control_system()', 'execute')")
        if not cursor.fetchone()[0]:
            return "postgresql"
        cursor.execute("SELECT system_identifier::text FROM pg_control_system()")
        return str(cursor.fetchone()[0])


def _read(condition: str, params: Sequence[Any], *, limit: int | None = None) -> list[Row]:
    columns = _POSTGRESQL if is_postgresql() else _SQLITE
    text = f"SELECT {columns} FROM {_TABLE}"  # noqa: S608  names of our own
    if condition:
        text += f" WHERE {condition}"
    text += " ORDER BY id"
    if limit is not None:
        text += f" LIMIT {limit:d}"
    try:
        return _fetched(text, params)
    except OperationalError:
        if is_postgresql():
            raise
    # SQLite also keeps what is no text at all in a column of texts.
    here = connection.connection
    here.text_factory = lambda stored: stored.decode(errors="surrogateescape")
    try:
        return _fetched(text, params)
    finally:
        here.text_factory = str


def _fetched(text: str, params: Sequence[Any]) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        rows: list[Row] = cursor.fetchall()
    return rows
