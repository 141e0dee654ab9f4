"""Times on the wire: RFC 3339, UTC, milliseconds, `Z`."""

from __future__ import annotations

from datetime import UTC, datetime


def wire(moment: datetime) -> str:
    """`2026-11-23T10:00:00.000Z`"""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def wire_or_none(moment: datetime | None) -> str | None:
    """As `wire`; nothing stays nothing."""
    return wire(moment) if moment else None


def compact(seconds: int) -> str:
    """900 as `15m`: the largest unit that divides it."""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
