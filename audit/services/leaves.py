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
# orjson reads an integer that is longer than this as a float, and other digits would be the same.
_LONG: Final = re.compile(r"\d{19}")


def leaf(row: Row, details: Any) -> bytes:
    """The leaf of an entry, whether blanked or not. details: its own, parsed."""
    parts = [LEAF, encoded([row[ID], row[ACTION], row[RESOURCE], row[TIMESTAMP]])]
    if row[BLANKED] is None:
        for name, salt, value in salted(row, details):
            parts += (_written(name), sha256(salt + value).digest())
    else:
        try:
            for name, commitment in sorted(
                _left(row, details).items(), key=lambda item: _place(item[0])
            ):
                parts += (_written(name), commitment)
        except (AttributeError, KeyError, TypeError, ValueError):
            # Not what erasure writes. No leaf is the hash of this.
            parts.append(str(row[BLANKED]).encode(errors="surrogatepass"))
    return sha256(b"".join(parts)).digest()


def salted(row: Row, details: Any) -> Iterator[tuple[str, bytes, bytes]]:
    """Name, salt and value of each field of an entry that was never blanked."""
    named = _named(details)
    salts = shake_128(_salt_of(row[SALT])).digest(SALT_SIZE * (len(_FIELDS) + len(named)))
    start = 0
    for name, at in _FIELDS:
        value = row[at]
        if value is not None and value != "":
            yield name, salts[start : start + SALT_SIZE], _value(name, value)
        start += SALT_SIZE
    for name in sorted(named):
        yield f"details.{name}", salts[start : start + SALT_SIZE], encoded(named[name])
        start += SALT_SIZE


def values(row: Row, details: Any) -> dict[str, bytes]:
    """Each field as it stands in the entry now."""
    found = {
        name: _value(name, row[at]) for name, at in _FIELDS if row[at] is not None and row[at] != ""
    }
    for name, value in _named(details).items():
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
    """JSON as the program reads it. What is none stays the text that it is."""
    if text is None:
        return None
    try:
        return json.loads(text) if _LONG.search(text) else orjson.loads(text)
    except (ValueError, TypeError, RecursionError):
        return text


def encoded(value: Any) -> bytes:
    """The one spelling of a JSON value."""
    try:
        return orjson.dumps(value, default=repr, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        # Integers of more than 64 bits, halves of characters, too deep.
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


def _value(name: str, value: Any) -> bytes:
    return encoded(plain_address(value) if name == "ip_address" else value)


def _named(details: Any) -> dict[str, Any]:
    if isinstance(details, dict):
        return details
    return {} if details is None else {"": details}


def _salt_of(text: Any) -> bytes:
    try:
        return bytes.fromhex(text.replace("-", ""))
    except (AttributeError, ValueError):
        return repr(text).encode()


def _left(row: Row, details: Any) -> dict[str, bytes]:
    return {
        name: value if salt is None else commitment(salt, value)
        for name, salt, value in known(row, details)
    }


def _place(name: str) -> tuple[int, str]:
    return _ORDER.get(name, len(_ORDER)), name


@lru_cache(maxsize=4096)
def _written(name: str) -> bytes:
    return b"\n" + encoded(name)
