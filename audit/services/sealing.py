"""Sealing: the worker puts what was written since under a signed hash tree, batch by batch.

Writers know nothing of it. A batch is read and hashed outside of any transaction, as what it
reads does not change any more: entries are final, and a leaf stays what it is under erasure. The
seal, its counts and nothing else are then written in one short transaction, under the next
number; of two who seal at once one finds the number taken.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Final

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from audit.models import Seal
from audit.selectors import stored
from audit.selectors.sealed import Position, around, is_elsewhere, packed, unpacked
from audit.selectors.stored import (
    ACTION,
    ID,
    RESOURCE,
    TIMESTAMP,
    WRITTEN_IN,
    Row,
    moment_text,
)
from audit.services import counting, merkle, seals
from audit.services.copies import copies
from audit.services.hashing import Crew, Page, Pages
from audit.services.retiring import lock_first_seal

logger = logging.getLogger(__name__)

BATCH: Final = 10_000
BEFORE_ALL: Final = -(2**63)


@dataclass(frozen=True, slots=True)
class Run:
    """seals, entries: how many. more: is there more to do at once?"""

    seals: int
    entries: int
    unproven: int
    more: bool


@dataclass(frozen=True, slots=True)
class _Batch:
    """rows: those of the page that no seal holds yet."""

    rows: list[Row]
    page: Page
    position: Position


def seal(*, seconds: float | None = None, crew: Crew | None = None) -> Run:
    """Seal what can be sealed by now, for so long at most. crew: who hashes; else this process.

    What is written meanwhile is for the next run: a house where something happens all the time
    would get a seal for every entry or two, without an end.
    """
    pages = Pages(crew or Crew(cores=1))
    until = stored.running()[0] if stored.is_postgresql() else None
    deadline = None if seconds is None else time.monotonic() + seconds
    made = entries = unproven = 0
    while deadline is None or time.monotonic() < deadline:
        last = Seal.objects.defer("ids", "leaves").order_by("-pk").first()
        batch = _next(Position(**last.position) if last else None, pages, until=until)
        done = _store(last, batch) if batch else None
        if done is None:
            # Nothing is left, or somebody else is at it.
            return Run(made, entries, unproven, more=False)
        made += 1
        entries += done.count
        unproven += len(done.unproven)
        if until is None and batch and len(batch.page.rows) < BATCH:
            return Run(made, entries, unproven, more=False)
    return Run(made, entries, unproven, more=True)


def _next(there: Position | None, pages: Pages, *, until: int | None) -> _Batch | None:
    """What comes next, of the span of transactions that is under way or else of a new one.

    until: transactions from there on are not begun with.
    """
    cluster = stored.cluster()
    oldest = 0 if until is None else stored.running()[0]
    if there and not is_elsewhere(there, cluster=cluster, oldest=oldest):
        if there.upto is not None:
            batch = _read(there, pages, after=there.upto)
            if batch or there.below is None:
                return batch
        return _opened(there, pages, below=until or 0)
    if there is None and until is not None:
        return _opened(Position(cluster, None, 0, None, 0, 0, ""), pages, below=until)
    return _read(_moved(there, cluster, oldest), pages, after=BEFORE_ALL)


def _opened(there: Position, pages: Pages, *, below: int) -> _Batch | None:
    """The next span on PostgreSQL, from where the last one ended."""
    since = there.below or 0
    first = stored.first_written(since=since, below=below, floor=there.floor)
    if first is None:
        return None
    return _read(replace(there, since=since, below=below, upto=None), pages, after=first - 1)


def _moved(there: Position | None, cluster: str, oldest: int) -> Position:
    """To go over all entries once, past those that are sealed."""
    return Position(
        cluster=cluster,
        since=None,
        below=oldest if stored.is_postgresql() else None,
        upto=None,
        floor=there.highest if there and stored.is_postgresql() else 0,
        highest=there.highest if there else 0,
        newest=there.newest if there else "",
    )


def _read(position: Position, pages: Pages, *, after: int) -> _Batch | None:
    """The next entries of a span that no seal holds, and the position behind them."""

    def asked(key: int) -> dict[str, Any]:
        floor = key if position.since is None else position.floor
        span = {"since": position.since, "below": position.below, "floor": floor}
        return {"key": key, **span, "limit": BATCH}

    while True:
        page = pages.read(**asked(after))
        rows = page.rows
        if not rows:
            return None
        after = rows[-1][ID]
        is_full = len(rows) == BATCH
        if is_full:
            pages.expect(**asked(after))
        is_done = not is_full and position.below is not None
        if fresh := _unsealed(rows, position.highest):
            return _Batch(fresh, page, replace(position, upto=None if is_done else after))


def _unsealed(rows: list[Row], highest: int) -> list[Row]:
    """Without what is sealed; only keys up to the highest sealed one can be."""
    low = {row[ID] for row in rows if row[ID] <= highest}
    if not low:
        return rows
    sealed: set[int] = set()
    for keys in around(min(low), max(low)).values_list("ids", flat=True).iterator(chunk_size=10):
        sealed.update(low.intersection(unpacked(keys)))
    return [row for row in rows if row[ID] not in sealed]


def _store(last: Seal | None, batch: _Batch) -> Seal | None:
    """Write the seal and its counts; None where somebody else wrote that number first."""
    leaves, unproven = _leaves(batch)
    made = _made(last, batch, leaves, sorted(unproven))
    try:
        with transaction.atomic():
            if last is None and not _all_there(batch):
                return None
            made.save(force_insert=True)
            counting.add(_counts(batch.rows))
            if batch.position.since is None and batch.position.below is not None:
                _count_as_written_before(batch)
    except IntegrityError:
        logger.info("Seal %d was made by somebody else", made.pk)
        return None
    # Keep these lines elsewhere: against one of them, cutting the newest seals off shows.
    head = seals.link(made).hex()
    logger.info("Seal %d: %d entries, head %d:%s", made.pk, made.count, made.pk, head)
    if unproven:
        logger.warning("Seal %d: %d entries were not written by us", made.pk, len(unproven))
    return made


def _all_there(batch: _Batch) -> bool:
    """Before the first seal retention takes entries one by one, after it whole seals."""
    lock_first_seal()
    return len(stored.by_keys([row[ID] for row in batch.rows])) == len(batch.rows)


def _leaves(batch: _Batch) -> tuple[list[bytes], set[int]]:
    """The leaf of each entry, and the keys of those that this program did not write as they are."""
    here = {row[ID] for row in batch.rows}
    hashed = zip(batch.page.rows, batch.page.hashed(), strict=True)
    found = [(row[ID], *one) for row, one in hashed if row[ID] in here]
    unproven = {key for key, _leaf, is_ours in found if not is_ours}
    unproven |= copies(batch.rows, newest=batch.position.newest)
    return [one for _key, one, _is_ours in found], unproven


def _made(last: Seal | None, batch: _Batch, leaves: list[bytes], unproven: list[int]) -> Seal:
    keys = packed(row[ID] for row in batch.rows)
    highest, now = batch.rows[-1][ID], timezone.now()
    newest = _newest(batch.rows, unproven) or now
    there = batch.position
    made = Seal(
        pk=last.pk + 1 if last else 1,
        first_id=batch.rows[0][ID],
        last_id=highest,
        count=len(batch.rows),
        ids=keys,
        leaves=b"".join(leaves),
        ids_hash=sha256(keys).digest(),
        root=merkle.root(leaves),
        previous=seals.link(last) if last else seals.BEGINNING,
        unproven=unproven,
        newest=newest,
        position=replace(
            there,
            highest=max(there.highest, highest),
            newest=max(there.newest, moment_text(newest)),
        ).as_json(),
        sealed_at=now,
    )
    seals.sign(made)
    return made


def _newest(rows: list[Row], unproven: list[int]) -> datetime | None:
    """Of the proven ones, if there are: anybody could write any time into another."""
    foreign = set(unproven) if len(unproven) < len(rows) else set()
    moments = {row[TIMESTAMP] for row in rows if row[TIMESTAMP] and row[ID] not in foreign}
    while moments:
        newest = max(moments)
        with suppress(TypeError, ValueError):
            return datetime.fromisoformat(newest)
        moments.discard(newest)
    return None


def _counts(rows: list[Row]) -> Counter[counting.Kind]:
    written = Counter(((row[TIMESTAMP] or "")[:10], row[ACTION], row[RESOURCE]) for row in rows)
    counts: Counter[counting.Kind] = Counter()
    for (day, action, resource), number in written.items():
        if _is_word(action) and _is_word(resource):
            with suppress(ValueError):
                counts[date.fromisoformat(day), action, resource] += number
    return counts


def _is_word(value: Any) -> bool:
    """SQLite keeps bytes among texts as well, and texts that are none."""
    return isinstance(value, str) and value.isprintable()


def _count_as_written_before(batch: _Batch) -> None:
    """Numbers of another server's transactions mean nothing here, and lie ahead."""
    ahead = [row[ID] for row in batch.rows if row[WRITTEN_IN] >= (batch.position.below or 0)]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE audit_auditentry SET written_in = 0 WHERE id = ANY(%s)",
            [ahead],
        )
