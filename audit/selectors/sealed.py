"""What is sealed, and what waits for it.

An entry may become visible long after one with a higher key: keys are drawn when it is written,
and its transaction ends later. On PostgreSQL sealing therefore goes by transactions. It takes
what those wrote that came before the oldest one still running, as nothing can be added to that,
in the order of keys; and the next time what came after. On SQLite one transaction writes at a
time, and the order of keys is the order in which they end.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import QuerySet

from audit.models import AuditEntry, Seal
from audit.selectors import stored


@dataclass(frozen=True, slots=True)
class Position:
    """How far sealing has come; stands in each seal.

    cluster: whose transactions since and below are. Everything written before `since` is sealed;
    what was written from there on and before `below` is, up to the key `upto`, or all of it where
    upto is None. since is None after a database was brought here from elsewhere: then it goes over
    all entries once. floor: keys up to here were drawn elsewhere and count as written before.
    highest, newest: of all entries sealed so far, key and timestamp.

    On SQLite all up to the key `upto` is sealed, and since and below are None.
    """

    cluster: str
    since: int | None
    below: int | None
    upto: int | None
    floor: int
    highest: int
    newest: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def waits(self, key: int, written_in: int, *, coming: int) -> bool:
        """Is an entry that no seal holds still to be sealed? If not, it came by a back door.

        coming: the next transaction of this database (`stored.running`).
        """
        if self.below is None:
            return self.upto is None or key > self.upto
        if self.since is None and self.upto is not None:
            return key > self.upto or (written_in >= self.below and key > self.floor)
        if key <= self.floor or written_in >= coming:
            return False
        is_left = self.upto is not None and key > self.upto and written_in >= (self.since or 0)
        return is_left or written_in >= self.below


def position() -> Position | None:
    """Where the newest seal stopped; None where nothing was sealed yet."""
    last = Seal.objects.order_by("-pk").values_list("position", flat=True).first()
    return None if last is None else Position(**last)


def is_elsewhere(there: Position, *, cluster: str, oldest: int) -> bool:
    """Did the database move since? Its transactions are counted anew, or lie ahead of the count."""
    return there.cluster != cluster or (there.below is not None and oldest < there.below)


def unsealed() -> QuerySet[AuditEntry]:
    """Entries that no seal holds yet: the newest ones, found without reading the others."""
    entries = AuditEntry.objects.all()
    there = position()
    if there is None:
        return entries
    if not stored.is_postgresql() or there.below is None:
        return entries.filter(pk__gt=there.upto or there.highest)
    written = "audit_auditentry.written_in"
    text, params = f"{written} >= %s", [there.below]
    if there.upto is not None:
        text = f"({text} OR ({written} >= %s AND audit_auditentry.id > %s))"
        params += [there.since or 0, there.upto]
    if there.floor:
        text += " AND audit_auditentry.id > %s"
        params.append(there.floor)
    return entries.extra(where=[text], params=params)  # noqa: S610  values go as parameters


def holding(key: int) -> Seal | None:
    """The seal of an entry. Keys of several seals may lie between each other."""
    for seal in around(key, key).order_by("last_id", "pk").iterator(chunk_size=10):
        if place(unpacked(seal.ids), key) is not None:
            return seal
    return None


@dataclass(frozen=True, slots=True)
class SealingState:
    """seal: which holds the entry; waits: none does, and one is going to."""

    seal: Seal | None
    waits: bool


def sealing_state(key: int) -> SealingState:
    """Of one entry. Neither sealed nor waiting: it came in behind the program's back."""
    seal = holding(key)
    return SealingState(seal, seal is None and unsealed().filter(pk=key).exists())


def around(lowest: int, highest: int) -> QuerySet[Seal]:
    """Seals that may hold a key of this span."""
    return Seal.objects.filter(first_id__lte=highest, last_id__gte=lowest)


def packed(keys: Iterable[int]) -> bytes:
    """As a seal keeps keys: eight bytes each, big-endian."""
    numbers = array("q", keys)
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers.tobytes()


def unpacked(keys: bytes | memoryview) -> array[int]:
    """What `packed` made. Of what somebody else did, as much as can be read: its hash tells."""
    numbers = array("q")
    text = bytes(keys) if isinstance(keys, bytes | memoryview) else b""
    numbers.frombytes(text[: len(text) - len(text) % numbers.itemsize])
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers


def place(keys: Sequence[int], key: int) -> int | None:
    """Where a key stands among ascending ones."""
    at = bisect_left(keys, key)
    return at if at < len(keys) and keys[at] == key else None
