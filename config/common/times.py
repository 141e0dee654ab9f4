"""Times on the wire: RFC 3339, UTC, milliseconds, `Z`."""

from __future__ import annotations

from datetime import UTC, datetime


def wire(moment: datetime) -> str:
    """`2026-11-23T10:00:00.000Z`"""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def wire_or_none(moment: datetime | None) -> str | None:
    """As `wire`; nothing stays nothing."""
    return wire(moment) if moment else None


def to_the_second(moment: datetime | None) -> str:
    """For lists of staff, in UTC: `2026-11-23 10:00:00`; a dash for never."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if moment else "–"


def roughly(seconds: int) -> str:
    """How long, in the largest unit that it fills twice: 7 as `7 s`, 7,500 as `2 h`."""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def compact(seconds: int) -> str:
    """900 as `15m`: the largest unit that divides it."""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
