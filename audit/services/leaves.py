"""Leaves: what a seal keeps of an entry, and what a third party computes again from a proof.

Everything below is SHA-256, and JSON stands in UTF-8 with no white space, names sorted, nothing
escaped but quotes, backslashes and control characters.

    commitment(field) = SHA-256( salt ‖ value )                 salt: 16 bytes; value: JSON
    leaf = SHA-256( 0x00 ‖ head ‖ entry of each field … )
        head            = JSON of [id, action, resource, timestamp]
        entry of a field = 0x0A ‖ JSON of the field's name ‖ commitment (32 bytes)
    node = SHA-256( 0x01 ‖ left ‖ right )                       (RFC 6962; `merkle.py`)

The fields, in this order: user, actor, impersonating, resource_id, ip_address, user_agent,
request_id, as far as they are not empty; then `details.NAME` for each name in details, sorted.
Ids are JSON strings as UUIDs are written; the timestamp is RFC 3339 with six digits and +00:00.

All salts come from the entry's own (SHAKE-128 of it; the n-th sixteen bytes are the n-th field's,
empty ones counted), so whoever has the entry can compute its leaf. Erasure drops that salt. In its
place `blanked` keeps the salts of the fields that stay and the bare commitments of those that
went: the leaf stays what it was, and what went cannot be found by trying, as an address could be
if its salt stayed. So it is all one whether erasure comes before sealing or after.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256, shake_128
from ipaddress import ip_address
from typing import Any, Final

import orjson
from django.core.exceptions import ValidationError
from django.utils.ipv6 import clean_ipv6_address

from audit.models import named
from audit.selectors.stored import (
    ACTION,
    ACTOR,
    BLANKED,
    ID,
    IMPERSONATING,
    IP_ADDRESS,
    REQUEST_ID,
    RESOURCE,
    RESOURCE_ID,
    SALT,
    TIMESTAMP,
    USER,
    USER_AGENT,
    Row,
    is_postgresql,
)

LEAF: Final = b"\x00"
SALT_SIZE: Final = 16
_FIELDS: Final = (
    ("user", USER),
    ("actor", ACTOR),
    ("impersonating", IMPERSONATING),
    ("resource_id", RESOURCE_ID),
    ("ip_address", IP_ADDRESS),
    ("user_agent", USER_AGENT),
    ("request_id", REQUEST_ID),
)
_ORDER: Final = {name: number for number, (name, _) in enumerate(_FIELDS)}
_dumps: Final = orjson.dumps
_SORTED: Final = orjson.OPT_SORT_KEYS
# orjson reads an integer that is longer than this as a float, and other digits would be the same.
_LONG: Final = re.compile(r"[0-9]{19}")
_LONG_SIZE: Final = 19
_DEEP: Final = 200  # levels; orjson writes 254


def leaf(row: Row, details: Any) -> bytes:
    """The leaf of an entry, whether blanked or not. details: its own, parsed."""
    try:
        return sha256(
            _plain(row, details) if row[BLANKED] is None else _blanked(row, details)
        ).digest()
    except (AttributeError, KeyError, TypeError, ValueError):
        # Not what this program writes. It has a leaf all the same, and no other entry has it.
        return sha256(LEAF + repr(row).encode(errors="backslashreplace")).digest()


def _plain(row: Row, details: Any) -> bytes:
    """What is hashed of an entry that was never blanked: as `salted` has it, for millions."""
    if type(details) is not dict:
        details = named(details)
    salts = shake_128(_salt_of(row[SALT])).digest(SALT_SIZE * (len(_FIELDS) + len(details)))
    parts = [LEAF, _head(row)]
    add = parts.append
    for name, at, span in _WRITTEN_FIELDS:
        value = row[at]
        if value:
            if at == IP_ADDRESS:
                value = stored_address(value)
            add(name)
            add(sha256(salts[span] + _dumps(value)).digest())
    start = SALT_SIZE * len(_FIELDS)
    for key in sorted(details):
        end = start + SALT_SIZE
        add(_detail(key))
        add(sha256(salts[start:end] + encoded(details[key])).digest())
        start = end
    return b"".join(parts)


def _blanked(row: Row, details: Any) -> bytes:
    parts = [LEAF, _head(row)]
    for name, salt, value in known(row, details):
        parts += _written(name), value if salt is None else commitment(salt, value)
    return b"".join(parts)


def _head(row: Row) -> bytes:
    return _dumps([row[ID], row[ACTION], row[RESOURCE], row[TIMESTAMP]])


def salted(row: Row, details: Any) -> Iterator[tuple[str, bytes, bytes]]:
    """Name, salt and value of each field of an entry that was never blanked."""
    own = named(details)
    salts = shake_128(_salt_of(row[SALT])).digest(SALT_SIZE * (len(_FIELDS) + len(own)))
    start = 0
    for name, at in _FIELDS:
        value = row[at]
        if value:
            yield name, salts[start : start + SALT_SIZE], _value(at, value)
        start += SALT_SIZE
    for name in sorted(own):
        yield f"details.{name}", salts[start : start + SALT_SIZE], encoded(own[name])
        start += SALT_SIZE


def values(row: Row, details: Any) -> dict[str, bytes]:
    """Each field as it stands in the entry now."""
    found = {name: _value(at, row[at]) for name, at in _FIELDS if row[at]}
    for name, value in named(details).items():
        found[f"details.{name}"] = encoded(value)
    return found


def known(row: Row, details: Any) -> list[tuple[str, bytes | None, bytes]]:
    """Name, salt and value of each field, in order; no salt and the commitment for what went."""
    if row[BLANKED] is None:
        return [(name, salt, value) for name, salt, value in salted(row, details)]
    blanked, now = parsed(row[BLANKED]), values(row, details)
    stay = [(name, bytes.fromhex(salt), now[name]) for name, salt in blanked["salts"].items()]
    gone = [(name, None, bytes.fromhex(hash_)) for name, hash_ in blanked["hashes"].items()]
    return sorted([*stay, *gone], key=lambda field: _place(field[0]))


def commitment(salt: bytes, value: bytes) -> bytes:
    return sha256(salt + value).digest()


def parsed(text: Any) -> Any:
    """JSON as the program reads it. What is none, or too deep, stays what it is."""
    if not isinstance(text, str):
        return text
    if text == "{}":
        return {}
    try:
        size = len(text)
        is_long = size >= _LONG_SIZE and _LONG.search(text)
        value = json.loads(text) if is_long else orjson.loads(text)
        is_nested = size > _DEEP and text.count("[") + text.count("{") > _DEEP
        if is_nested and _is_deep(value):
            return text
    except (ValueError, TypeError, RecursionError):
        return text
    return value


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_DEEP):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return bool(level)


def encoded(value: Any) -> bytes:
    """The one spelling of a JSON value."""
    try:
        return _dumps(value, repr, _SORTED)
    except TypeError:
        # Integers of more than 64 bits, halves of characters.
        return json.dumps(
            value, default=repr, sort_keys=True, separators=(",", ":"), ensure_ascii=False
        ).encode(errors="surrogatepass")


def plain_address(value: Any) -> Any:
    """One spelling: databases shorten IPv6 each in their own way."""
    if not isinstance(value, str) or ":" not in value:
        return value
    try:
        return str(ip_address(value))
    except ValueError:
        return value


def stored_address(value: Any) -> Any:
    """Of a row, in that spelling. SQLite keeps what was written: there it has to be Django's."""
    plain = plain_address(value)
    if plain == value or is_postgresql() or _is_djangos(value):
        return plain
    return value


def _is_djangos(address: str) -> bool:
    try:
        return bool(clean_ipv6_address(address) == address)
    except ValidationError:  # longer than any
        return False


def _value(at: int, value: Any) -> bytes:
    return encoded(stored_address(value) if at == IP_ADDRESS else value)


def _salt_of(text: Any) -> bytes:
    try:
        salt = bytes.fromhex(text)
    except (TypeError, ValueError):
        salt = b""
    # Spelled in another way it would serve as well, and `copies` would not know it.
    return salt if salt.hex() == text else repr(text).encode()


def _place(name: str) -> tuple[int, str]:
    return _ORDER.get(name, len(_ORDER)), name


@lru_cache(maxsize=1024)
def _written(name: str) -> bytes:
    return b"\n" + encoded(name)


@lru_cache(maxsize=1024)
def _detail(key: str) -> bytes:
    return _written(f"details.{key}")


_WRITTEN_FIELDS: Final = tuple(
    (_written(name), at, slice(SALT_SIZE * number, SALT_SIZE * (number + 1)))
    for number, (name, at) in enumerate(_FIELDS)
)
