"""Checking everything: the chain of seals, every entry against its leaf, every erasure's word.

Reads one state of the database from beginning to end, so whatever is written, sealed, erased or
taken out meanwhile raises no alarm. Goes over the entries in the order of their keys, with those
seals open whose span it is in; holds some thousands of entries at a time.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from django.db import connection, transaction

from audit.models import Seal
from audit.selectors import stored
from audit.selectors.readable import readable
from audit.selectors.sealed import Position, is_elsewhere, position
from audit.selectors.stored import BLANKED, DETAILS, ID, WRITTEN_IN, Row
from audit.services import chain
from audit.services.chain import Content, Head
from audit.services.copies import copies
from audit.services.erased import Words
from audit.services.findings import Broken, Fault, Finding, of_entry
from audit.services.hashing import Crew, leaves
from audit.services.leaves import parsed
from audit.services.marking import is_marked_row

STEP: Final = 5000
_SEALS: Final = 20


@dataclass(frozen=True, slots=True)
class Report:
    """finding: the first thing that is wrong; None where nothing is.

    entries: checked against a seal; waiting: not sealed yet; adopted: sealed as somebody else's and
    taken over since. Where something is wrong, as far as the check came.
    """

    finding: Finding | None
    head: Head | None
    entries: int
    waiting: int
    adopted: int


def verify(
    *,
    head: Head | None = None,
    crew: Crew | None = None,
    said: Callable[[str, int], None] = lambda _what, _count: None,
) -> Report:
    """Check everything, up to the first thing that is wrong.

    head: a seal's number and hash that were kept elsewhere. crew: who hashes; else this process.
    said: called as it goes on.
    """
    sweep = _Sweep(said, crew or Crew(cores=1))
    newest = None
    try:
        with _one_state():
            newest = chain.check(head=head, said=lambda number: said("seals", number))
            sweep.run()
    except Broken as broken:
        return sweep.report(newest, broken.finding)
    return sweep.report(newest, None)


@contextmanager
def _one_state() -> Iterator[None]:
    """All reads of the block see the same moment."""
    if connection.in_atomic_block:
        yield
    elif stored.is_postgresql():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        with connection.cursor() as cursor:
            # Django's own would hold the lock of those who write.
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")


@dataclass(slots=True)
class _Open:
    """A seal whose span the sweep is in; at: how many of its entries lie behind."""

    content: Content
    at: int = 0

    def up_to(self, key: int | None) -> tuple[array[int], list[bytes]]:
        """Keys and leaves of what comes next, up to this key."""
        keys, begin = self.content.keys, self.at
        self.at = len(keys) if key is None else bisect_right(keys, key, begin)
        return keys[begin : self.at], self.content.leaves[begin : self.at]


@dataclass(slots=True)
class _Sweep:
    said: Callable[[str, int], None]
    crew: Crew
    entries: int = 0
    waiting: int = 0
    taken_over: int = 0
    adopted: set[int] = field(default_factory=set)
    there: Position | None = None
    coming: int = 0
    open: list[_Open] = field(default_factory=list)
    words: Words = field(default_factory=Words)

    def report(self, head: Head | None, finding: Finding | None) -> Report:
        return Report(finding, head, self.entries, self.waiting, self.taken_over)

    def run(self) -> None:
        self.adopted = chain.adopted()
        self._find_position()
        contents = _contents()
        coming: Content | None = next(contents, None)
        for rows, hashed, key in self._pages():
            while coming and (key is None or coming.keys[0] <= key):
                self.open.append(_Open(coming))
                coming = next(contents, None)
            self._check(rows, hashed(), key)
            self.open = [seal for seal in self.open if seal.at < len(seal.content.keys)]
            self.said("entries", self.entries + self.waiting)
        self.words.check_all()

    def _pages(self) -> Iterator[tuple[list[Row], Callable[[], list[bytes]], int | None]]:
        """Entries, their leaves, and up to which key; None: to the end.

        The next page is read before the one in hand is asked for its leaves.
        """
        held: list[tuple[list[Row], Callable[[], list[bytes]], int | None]] = []
        key: int | None = None
        while True:
            rows = stored.after(key, limit=STEP)
            key = rows[-1][ID] if len(rows) == STEP else None
            held.append((rows, self.crew.submit(leaves, rows), key))
            if len(held) > 1:
                yield held.pop(0)
            if key is None:
                yield held.pop()
                return

    def _find_position(self) -> None:
        self.there = position()
        if stored.is_postgresql():
            oldest, self.coming = stored.running()
        else:
            oldest = self.coming = 0
        if self.there and is_elsewhere(self.there, cluster=stored.cluster(), oldest=oldest):
            # The next sealing goes over all entries once; until then every one may wait.
            self.there = None

    def _check(self, rows: list[Row], leaves: list[bytes], key: int | None) -> None:
        """These entries, and all that should be there up to this key."""
        expected: dict[int, bytes] = {}
        number_of: dict[int, int] = {}
        faults: list[Finding] = []
        for seal in self.open:
            keys, sealed_leaves = seal.up_to(key)
            expected.update(zip(keys, sealed_leaves, strict=True))
            number_of.update(dict.fromkeys(keys, seal.content.number))
            faults += self._unproven(seal.content, keys)
        unsealed, blanked = [], []
        for row, leaf in zip(rows, leaves, strict=True):
            sealed = expected.pop(row[ID], None)
            if sealed is None:
                unsealed.append(row)
            elif leaf != sealed:
                faults.append(of_entry(Fault.CHANGED, row[ID], number_of[row[ID]]))
            if row[BLANKED] is not None:
                blanked.append(row)
        faults += [of_entry(Fault.REMOVED, gone, number_of[gone]) for gone in expected]
        faults += self._waiting(unsealed)
        faults += self.words.faults(blanked, number_of)
        if faults:
            # The first by its key; of several about it, the first that was asked for.
            raise Broken(min(faults, key=lambda finding: finding.entry or 0))
        self.entries += len(rows) - len(unsealed)
        self.waiting += len(unsealed)

    def _unproven(self, content: Content, keys: array[int]) -> list[Finding]:
        here = content.unproven.intersection(keys) if content.unproven else ()
        if content.number in self.adopted:
            self.taken_over += len(here)
            return []
        return [of_entry(Fault.UNPROVEN, key, content.number) for key in here]

    def _waiting(self, rows: list[Row]) -> list[Finding]:
        faults = []
        for row in rows:
            if self.there and not self.there.waits(row[ID], row[WRITTEN_IN], coming=self.coming):
                faults.append(of_entry(Fault.ADDED, row[ID]))
            elif not is_marked_row(row, parsed(row[DETAILS]), parsed(row[BLANKED])):
                faults.append(of_entry(Fault.UNPROVEN, row[ID]))
        if rows and self.there:
            found = copies(rows, newest=self.there.newest)
            faults += [of_entry(Fault.UNPROVEN, key) for key in found]
        return faults


def _contents() -> Iterator[Content]:
    """All seals opened, in the order of their first keys."""
    for seal in readable(
        Seal.objects.order_by("first_id", "pk"), size=_SEALS, otherwise=chain.unreadable
    ):
        content = chain.opened(seal)
        if content is not None and content.keys:
            yield content
