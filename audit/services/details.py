"""What may stand in an entry's `details`: plain JSON, and never a secret."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Final
from uuid import UUID

from django.utils.functional import Promise

from config.common.times import wire

MASK: Final = "[secret]"

# Judged by how a name ends, so that `password_policy` is a policy and `newPassword` a password.
_SECRET_NAMES: Final = re.compile(
    r"(password|passwordhash|passphrase|passcode|pwd|token|secret|secretkey|privatekey|apikey"
    r"|code|otp|pin|cookie|authorization)s?\Z"
)
_NOT_A_LETTER: Final = re.compile(r"[^a-z]")
# PostgreSQL stores neither NUL nor half a surrogate pair in JSON.
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


def is_secret_name(name: str) -> bool:
    """Does a value under this name have to be hidden? `code`, `backup_codes`, `resetToken` do.

    A caller that wants to keep an error's code calls it `reason`.
    """
    return _SECRET_NAMES.search(_NOT_A_LETTER.sub("", name.lower())) is not None


def clean(details: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON: ids and times in their wire form, enums by value, texts translated and storable.

    Secrets become "[secret]" (yes, no and nothing are not secrets and stay). Raises TypeError
    for anything else, models included: say what of it belongs into the log.
    """
    return {name: _under(name, value) for name, value in _named(details)}


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """`record(…, **difference(before, after))`: the fields that changed, as they were and are.

    Fields are those of `new`; one that stood in `old` alone was not touched. As clean as details
    are, secrets masked.
    """
    before, after = clean({name: old.get(name) for name in new}), clean(new)
    # Compared before they are masked: one secret looks like another.
    fields = [_text(name) for name in new if old.get(name) != new[name]]
    return {
        "fields": fields,
        "old": {name: before[name] for name in fields},
        "new": {name: after[name] for name in fields},
    }


@dataclass(frozen=True, slots=True)
class Change:
    """One field of an entry, as it was and as it became."""

    field: str
    old: Any
    new: Any


def changes(details: Mapping[str, Any]) -> list[Change]:
    """What an entry's details say was changed, field by field; nothing of an entry of no change."""
    old, new = details.get("old"), details.get("new")
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return []
    return [Change(name, old.get(name), new.get(name)) for name in {**old, **new}]


def _named(values: Mapping[Any, Any]) -> list[tuple[str, Any]]:
    return [(_text(str(_plain(name))), value) for name, value in values.items()]


def _under(name: str, value: Any) -> Any:
    if is_secret_name(name) and value is not None and not isinstance(value, bool):
        return MASK
    return _plain(value)


def _plain(value: Any) -> Any:  # noqa: PLR0911  one line for each kind of value
    match value:
        case Enum():
            return _plain(value.value)
        case None | bool() | int():
            return value
        case str() | Promise() | UUID() | Decimal():
            return _text(str(value))
        case float():
            # What PostgreSQL would write in another way comes back as another number: as text.
            is_plain = math.isfinite(value) and "e" not in repr(value)
            return (value or 0.0) if is_plain else str(value)
        case datetime():
            return wire(value)
        case date():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case Mapping():
            return clean(value)
        case set() | frozenset():
            return sorted((_plain(item) for item in value), key=str)
        case list() | tuple():
            return [_plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no place in an audit entry's details.")


def _text(value: str) -> str:
    return _UNSTORABLE.sub("\ufffd", value)
