"""The log as a file, written while it is read.

A few thousand rows at a time, each time from the key where the last ones ended: no transaction
stays open for as long as the client takes, and nothing but those rows is held.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Any, Final

import orjson
from django.db import transaction

from audit.kinds import Action
from audit.models import AuditEntry
from audit.selectors.search import matching, order_of, shown
from audit.services.recording import Who, record
from config.common import keyset
from config.common.errors import DomainError, InternalError
from config.common.reading import searching
from config.common.request_meta import RequestMeta
from config.common.sheets import csv_lines, harmless

logger = logging.getLogger(__name__)

CHUNK: Final = 2000  # rows in memory at a time
PATIENCE: Final = 60.0  # seconds that a chunk may take
COLUMNS: Final = (
    "id", "timestamp", "action", "resource", "resourceId", "userId", "userEmail", "userUsername",
    "actorId", "actorEmail", "actorUsername", "ipAddress", "userAgent", "requestId", "details",
)  # fmt: skip


class Style(Enum):
    CSV = "csv"
    JSONL = "jsonl"


MEDIA_TYPES: Final = {Style.CSV: "text/csv; charset=utf-8", Style.JSONL: "application/x-ndjson"}
EXAMPLES: Final = {
    "text/csv": (
        ",".join(COLUMNS) + "\r\n"
        "4711,2026-11-23T10:00:00.000Z,USER_LOGIN,session,019aaf41-0a77-7b3e-8f0c-d2b6a1c4e593,"
        "019aaf3e-5c1f-7c52-9d43-0c6f5a2b7e10,ada@example.org,ada,"
        "019aaf3e-5c1f-7c52-9d43-0c6f5a2b7e10,ada@example.org,ada,203.0.113.7,Firefox,"
        '019aaf3e-5c1f-7c52-9d43-0c6f5a2b7e11,"{""device"":""Firefox on Linux""}"\r\n'
    ),
    "application/x-ndjson": (
        '{"id":"4711","action":"ROLE_EXPIRED","resource":"role","resourceId":null,"details":{},'
        '"ipAddress":null,"userAgent":null,"requestId":null,'
        '"timestamp":"2026-11-23T10:00:00.000Z","user":null,"actor":null}\n'
    ),
}


def start(
    filters: Mapping[str, Any],
    *,
    given: Mapping[str, Any],
    style: Style,
    by: Who,
    meta: RequestMeta,
) -> Iterator[bytes]:
    """The file, in parts: what is in the log now and matches, newest first.

    filters: as `matching` takes them; given: the same in the caller's words. The entry about the
    export is stored before the first part is read, and is not in it.
    """
    with transaction.atomic():
        entry = record(
            Action.AUDIT_EXPORTED,
            actor=by,
            subject=None,
            meta=meta,
            resource="audit",
            format=style,
            filters=given,
        )
    return _parts(filters, style, entry)


def _parts(filters: Mapping[str, Any], style: Style, before: AuditEntry) -> Iterator[bytes]:
    """Whatever goes wrong on the way is told in the last line, and then raised."""
    lines, failure = _WRITERS[style]
    if style is Style.CSV:
        yield csv_lines([COLUMNS])
    try:
        for rows in _chunks(filters, before):
            yield lines(rows)
    except Exception as error:
        logger.exception("An export of the audit log broke off")
        rule = error if isinstance(error, DomainError) else InternalError()
        yield failure(rule)
        raise


def _chunks(filters: Mapping[str, Any], before: AuditEntry) -> Iterator[list[dict[str, Any]]]:
    order = order_of(filters)
    position: keyset.Position | None = (before.timestamp, before.pk)
    while position is not None:
        with searching(seconds=PATIENCE):
            found = keyset.read(matching(**filters), order, limit=CHUNK, position=position)
        yield [shown(row) for row in found.rows]
        position = found.position


def _json_lines(rows: list[dict[str, Any]]) -> bytes:
    return b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)


def _json_failure(rule: DomainError) -> bytes:
    return _json_lines([{"error": {"code": rule.code, "message": str(rule.message)}}])


def _csv_lines(rows: list[dict[str, Any]]) -> bytes:
    return csv_lines(map(_cells, rows))


def _csv_failure(rule: DomainError) -> bytes:
    return csv_lines([("ERROR", rule.code, str(rule.message))])


def _cells(row: dict[str, Any]) -> list[str]:
    user, actor = row["user"] or {}, row["actor"] or {}
    values = (
        row["id"],
        row["timestamp"],
        row["action"],
        row["resource"],
        row["resourceId"],
        user.get("id"),
        user.get("email"),
        user.get("username"),
        actor.get("id"),
        actor.get("email"),
        actor.get("username"),
        row["ipAddress"],
        row["userAgent"],
        row["requestId"],
        orjson.dumps(row["details"]).decode(),
    )
    return [harmless(value) if value else "" for value in values]


_Lines = Callable[[list[dict[str, Any]]], bytes]
_Failure = Callable[[DomainError], bytes]
_WRITERS: Final[dict[Style, tuple[_Lines, _Failure]]] = {
    Style.CSV: (_csv_lines, _csv_failure),
    Style.JSONL: (_json_lines, _json_failure),
}
