"""Marks: what an entry carries to show that this program wrote it, until it is sealed.

A MAC under a key that the database does not know. Whoever can write to the table but not read
SECRET_KEY can neither add an entry nor change one that waits to be sealed without its mark
telling. Five microseconds an entry.
"""

from __future__ import annotations

import hmac
import ipaddress
import json
from datetime import UTC
from typing import Any, Final

from audit.models import AuditEntry
from config.common.crypto import keys

_LABEL: Final = "audit-mark"
_encode: Final = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
).encode


def set_mark(entry: AuditEntry) -> None:
    """To be called when everything else of the entry is as it will be stored."""
    entry.mark = _mac(keys(_LABEL)[0], canonical(entry))


def is_marked(entry: AuditEntry) -> bool:
    """Did this program write the entry as it is? Under any of the listed keys."""
    if not entry.mark:
        return False
    text = canonical(entry)
    return any(hmac.compare_digest(_mac(key, text), bytes(entry.mark)) for key in keys(_LABEL))


def canonical(entry: AuditEntry) -> bytes:
    """Everything of an entry but its key and its mark, the same from either database."""
    values: list[Any] = [
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
        entry.timestamp.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.blanked,
    ]
    return _encode(values).encode()


def plain_address(value: str | None) -> str | None:
    """One spelling: databases shorten IPv6 each in their own way."""
    return str(ipaddress.ip_address(value)) if value and ":" in value else value


def _id(value: Any) -> str | None:
    return value.hex if value is not None else None


def _mac(key: bytes, text: bytes) -> bytes:
    return hmac.digest(key, text, "sha256")
