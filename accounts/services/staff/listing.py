"""What the directory finds, as a file that is written while it is read.

A thousand people at a time, each time from the key where the last ones ended: no transaction stays
open for as long as the client takes, and nothing but those rows is held.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from django.db import transaction

from accounts.models import User
from accounts.selectors.directory import Directory
from accounts.selectors.wanted import Wanted
from audit.kinds import Action
from audit.services.recording import record
from config.common.errors import DomainError, InternalError
from config.common.keyset import Position
from config.common.request_meta import RequestMeta
from config.common.sheets import csv_lines, harmless
from config.common.times import wire, wire_or_none
from rbac.selectors import role_names_of

logger = logging.getLogger(__name__)

CHUNK: Final = 1000  # rows in memory at a time
COLUMNS: Final = (
    "id", "email", "username", "firstName", "lastName", "roles", "emailVerified", "isActive",
    "isSuspended", "suspendedAt", "deactivatedAt", "deletedAt", "invitedAt", "createdAt",
    "lastLoginAt",
)  # fmt: skip
_OFF: Final = ("deactivated_at", "deleted_at", "suspended_at", "invited_at")


def start(
    wanted: Wanted, *, given: Mapping[str, Any], by: User, meta: RequestMeta
) -> Iterator[bytes]:
    """The file, in parts, the newest account first, whatever order was asked for.

    Any other order moves while it is read: who signs in meanwhile would stand in the file twice,
    or not at all. given: the question in the caller's words, for the entry, which is stored before
    the first part is read.
    """
    with transaction.atomic():
        record(
            Action.DATA_EXPORTED,
            actor=by,
            subject=None,
            meta=meta,
            resource="users",
            format="csv",
            filters=given,
        )
    return _parts(Directory(replace(wanted, sort_by="createdAt", order="")))


def _parts(found: Directory) -> Iterator[bytes]:
    """Whatever goes wrong on the way is told in the last line, and then raised."""
    yield csv_lines([COLUMNS])
    try:
        position: Position | None = None
        is_first = True
        while is_first or position is not None:
            part = found.read(limit=CHUNK, position=position, offset=0)
            if part.rows:
                yield _lines(part.rows)
            position, is_first = part.position, False
    except Exception as error:
        logger.exception("An export of people broke off")
        rule = error if isinstance(error, DomainError) else InternalError()
        yield csv_lines([("ERROR", rule.code, str(rule.message))])
        raise


def _lines(rows: list[Any]) -> bytes:
    roles = role_names_of([row["id"] for row in rows])
    return csv_lines(_cells(row, roles.get(row["id"], [])) for row in rows)


def _cells(row: Any, roles: list[str]) -> list[str]:
    values = (
        str(row["id"]),
        row["email"],
        row["username"],
        row["first_name"],
        row["last_name"],
        " ".join(roles),
        _flag(row["email_verified_at"]),
        _flag(not any(row[name] for name in _OFF)),
        _flag(row["suspended_at"]),
        wire_or_none(row["suspended_at"]),
        wire_or_none(row["deactivated_at"]),
        wire_or_none(row["deleted_at"]),
        wire_or_none(row["invited_at"]),
        wire(row["created_at"]),
        wire_or_none(row["last_login"]),
    )
    return [harmless(value) if value else "" for value in values]


def _flag(value: Any) -> str:
    return "true" if value else "false"
