"""The seals by themselves: each signed, each naming the one before, none missing."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Never

from audit.kinds import Action
from audit.models import AuditEntry, Seal
from audit.selectors import stored
from audit.selectors.readable import readable
from audit.selectors.sealed import holding, place, unpacked
from audit.selectors.stored import BLANKED, DETAILS, ID, Row
from audit.services import merkle, seals
from audit.services.findings import Broken, Fault, of_seal
from audit.services.leaves import leaf, parsed
from audit.services.marking import is_marked_row
from config.common import signing


@dataclass(frozen=True, slots=True)
class Head:
    """The newest seal: its number and its hash, in hex.

    The hash is what the next seal will say of it. It stands for all seals up to this one: the root
    would for the entries of this one alone.
    """

    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class Content:
    """A seal opened: its entries' keys and leaves, those that have to be there."""

    number: int
    keys: array[int]
    leaves: list[bytes]
    unproven: frozenset[int]


def check(*, head: Head | None, said: Callable[[int], None]) -> Head | None:
    """Walk over all seals; the newest one. Raises Broken at the first that is not as it was made.

    head: one that was kept elsewhere, to be found again. said: called with each number.
    """
    known = signing.public_keys()
    number, previous, newest = 0, seals.BEGINNING, None
    seals_only = Seal.objects.defer("ids", "leaves").order_by("pk")
    for seal in readable(seals_only, size=200, otherwise=unreadable):
        number += 1
        if seal.pk != number:
            raise Broken(of_seal(Fault.CHAIN, number, "is missing"))
        if seal.key_id not in known:
            what = f"is signed with a key that is not listed ({seal.key_id})"
            raise Broken(of_seal(Fault.SEAL, number, what))
        if not seals.is_genuine(seal):
            raise Broken(of_seal(Fault.SEAL, number, "was changed: its signature does not fit"))
        if bytes(seal.previous) != previous:
            what = "does not follow the one before it: the chain is cut there"
            raise Broken(of_seal(Fault.CHAIN, number, what))
        is_retired = seal.retired_at is not None or seal.retirement is not None
        if is_retired and seals.kept_after(seal) is None:
            what = "says that retention took its entries, and retention did not say so"
            raise Broken(of_seal(Fault.RETIREMENT, number, what))
        previous = seals.link(seal)
        newest = Head(number, previous.hex())
        if head and head.number == number and head.hash != newest.hash:
            raise Broken(of_seal(Fault.HEAD, number, "is not the one that was kept"))
        said(number)
    if head and head.number > number:
        what = "is missing, and it was kept elsewhere: the newest seals were taken out"
        raise Broken(of_seal(Fault.HEAD, head.number, what))
    return newest


def unreadable(number: str) -> Never:
    """Ends a check at a seal in which something stands that is no value of its column."""
    # Its number too may be none: SQLite keeps what it is given.
    at = int(number) if number.isdecimal() else 0
    raise Broken(of_seal(Fault.SEAL, at, "was changed: it cannot even be read"))


def opened(seal: Seal) -> Content | None:
    """What a seal holds; nothing where retention took it all. Raises Broken."""
    is_empty = not seal.ids and not seal.leaves
    if seal.retired_at and is_empty and not (seals.kept_after(seal) or ()):
        return None
    try:
        keys, leaves = unpacked(seal.ids), merkle.split(seal.leaves)
        is_whole = sha256(seal.ids).digest() == bytes(seal.ids_hash)
    except (TypeError, ValueError):
        is_whole = False
    if not is_whole or not leaves:
        raise Broken(of_seal(Fault.SEAL, seal.pk, "was changed: its list of entries does not fit"))
    if len(keys) != len(leaves) or merkle.root(leaves) != bytes(seal.root):
        raise Broken(of_seal(Fault.SEAL, seal.pk, "was changed: its leaves do not fit"))
    if not seal.retired_at:
        return Content(seal.pk, keys, leaves, frozenset(seal.unproven))
    kept = seals.kept_after(seal) or frozenset()
    stay = [at for at, key in enumerate(keys) if key in kept]
    return Content(
        seal.pk,
        array("q", [keys[at] for at in stay]),
        [leaves[at] for at in stay],
        frozenset(seal.unproven) & kept,
    )


def adopted() -> set[int]:
    """Seals whose unproven entries somebody took over: numbers, by entries of the program's own."""
    keys = AuditEntry.objects.filter(action=Action.AUDIT_ADOPTED).values_list("pk", flat=True)
    found: set[int] = set()
    for row in stored.by_keys(list(keys)):
        details = parsed(row[DETAILS])
        if _is_ours(row, details) and isinstance(details.get("seals"), list):
            found.update(number for number in details["seals"] if isinstance(number, int))
    return found


def _is_ours(row: Row, details: object) -> bool:
    if is_marked_row(row, details, parsed(row[BLANKED])):
        return True
    # The secret may have been changed since; the seal stays.
    seal = holding(row[ID])
    try:
        content = opened(seal) if seal else None
    except Broken:  # which `check` says of it
        return False
    if content is None or row[ID] in content.unproven:
        return False
    at = place(content.keys, row[ID])
    return at is not None and content.leaves[at] == leaf(row, details)
