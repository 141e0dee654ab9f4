"""Ids: UUIDv7 (RFC 9562), which sort by the time they were made."""

from __future__ import annotations

from uuid import UUID

import uuid_utils


def uuid7() -> UUID:
    """A new id, as the standard library's class (what Django's UUIDField expects)."""
    return UUID(int=uuid_utils.uuid7().int)


def parse_uuid(value: str) -> UUID | None:
    """The id in a path or token in its canonical form; None for anything else."""
    try:
        parsed = UUID(value)
    except (ValueError, TypeError, AttributeError):
        return None
    return parsed if str(parsed) == value.lower() else None
