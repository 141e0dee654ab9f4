"""Marks: what an entry carries to show that this program wrote it, until it is sealed.

A MAC under a key that the database does not know. Whoever can write to the table but not read
SECRET_KEY can neither add an entry nor change one that waits to be sealed without its mark
telling. Five microseconds an entry.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from typing import Any, Final

from audit.models import AuditEntry
from audit.selectors.stored import (
    ACTION,
    ACTOR,
    IMPERSONATING,
    IP_ADDRESS,
    MARK,
    REQUEST_ID,
    RESOURCE,
    RESOURCE_ID,
    SALT,
    TIMESTAMP,
    USER,
    USER_AGENT,
    Row,
    moment_text,
)
from audit.services.leaves import encoded, plain_address, stored_address
from config.common.crypto import keys

_LABEL: Final = "audit-mark"
BLOCK: Final = 64  # bytes that SHA-256 takes at a time; a longer key would be hashed first


def set_mark(entry: AuditEntry) -> None:
    """To be called when everything else of the entry is as it will be stored."""
    entry.mark = _mac(keys(_LABEL)[0], canonical(entry))


def is_marked(entry: AuditEntry) -> bool:
    """Did this program write the entry as it is? Under any of the listed keys."""
    return is_mark(entry.mark, canonical(entry))


def is_mark(mark: Any, text: bytes) -> bool:
    """Is this the mark of an entry of this text?"""
    if not isinstance(mark, bytes | memoryview):
        return False
    # Nobody can tell by how long this takes.
    return any(_mac(key, text) == mark for key in keys(_LABEL))


def canonical(entry: AuditEntry) -> bytes:
    """Everything of an entry but its key and its mark, the same from either database."""
    return encoded(
        [
            _id(entry.salt),
            entry.action,
            entry.resource,
            entry.resource_id,
            entry.details,
            _id(entry.user_id),
            _id(entry.actor_id),
            _id(entry.impersonating_id),
            plain_address(entry.ip_address),
            entry.user_agent,
            entry.request_id,
            moment_text(entry.timestamp),
            entry.blanked,
        ]
    )


def canonical_row(row: Row, details: Any, blanked: Any) -> bytes:
    """The same of an entry as it is stored; details and blanked, parsed."""
    user, actor = _plain(row[USER]), row[ACTOR]
    # Most people act on themselves.
    actor = user if actor == row[USER] else _plain(actor)
    return encoded(
        [
            row[SALT],
            row[ACTION],
            row[RESOURCE],
            row[RESOURCE_ID],
            details,
            user,
            actor,
            _plain(row[IMPERSONATING]),
            stored_address(row[IP_ADDRESS]),
            row[USER_AGENT],
            row[REQUEST_ID],
            row[TIMESTAMP],
            blanked,
        ]
    )


def is_marked_row(row: Row, details: Any, blanked: Any) -> bool:
    return is_mark(row[MARK], canonical_row(row, details, blanked))


def _plain(value: Any) -> Any:
    return value.replace("-", "") if isinstance(value, str) else value


def _id(value: Any) -> str | None:
    return value.hex if value is not None else None


def _mac(key: bytes, text: bytes) -> bytes:
    """HMAC-SHA-256 (RFC 2104), by its two hashes: `hmac` takes twice as long for a short text."""
    first, second = _keyed(key)
    inner, outer = first.copy(), second.copy()
    inner.update(text)
    outer.update(inner.digest())
    mac: bytes = outer.digest()
    return mac


@cache
def _keyed(key: bytes) -> tuple[Any, Any]:
    """Both hashes with the key in them; made once, as that costs as much as the rest."""
    block = key.ljust(BLOCK, b"\0")
    return sha256(bytes(byte ^ 0x36 for byte in block)), sha256(
        bytes(byte ^ 0x5C for byte in block)
    )
