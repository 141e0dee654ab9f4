"""Old entries go: in small steps that nobody has to wait for.

What is sealed goes a whole batch at a time, once its newest entry is old enough, and the batch's
header stays (`retiring.py`); each step is one transaction that takes entries, leaves and counts
together and writes an entry of how many it took, so stopping anywhere leaves a log that verifies
and that says all that is gone. What is not sealed yet waits until it is; only where nothing ever
was sealed, entries go by their time. A cleanup's own entries stay: one for thousands. So do those
that took foreign entries over: where such a one stays, it stays adopted.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import OperationalError, connection, transaction
from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from audit.errors import RetentionPolicy
from audit.kinds import Action
from audit.models import AuditEntry, Seal
from audit.services import counting
from audit.services.recording import Who, record
from audit.services.retiring import is_intact, keys_of, lock_first_seal, retire
from config.common import keyset
from config.common.request_meta import RequestMeta

logger = logging.getLogger(__name__)

STEP: Final = 5000  # entries of one transaction; a batch that is larger is a step by itself
SEALS: Final = 500  # batches looked at for one step, where they are small
REST: Final = 0.3  # of the time that a step took, for everybody else
LOCK_WAIT: Final = "500ms"  # for an erasure that holds some of the entries; then the step is left
_LOCK_NOT_AVAILABLE: Final = "55P03"

_STAY: Final = (Action.AUDIT_CLEANUP.value, Action.AUDIT_ADOPTED.value)
_DELETE: Final = """
    WITH gone AS (
        DELETE FROM audit_auditentry WHERE id = ANY(%s::bigint[])
        RETURNING timestamp, action, resource
    )
    SELECT (timestamp AT TIME ZONE 'UTC')::date, action, resource, count(*)
    FROM gone GROUP BY 1, 2, 3
"""
_OLDEST: Final = keyset.flipped(keyset.keys("timestamp", "id"))

Position = tuple[datetime, int]


@dataclass(frozen=True, slots=True)
class CleanedUp:
    """deleted: entries that went; more: there is more to do than fitted into the time."""

    deleted: int
    more: bool


@dataclass(slots=True)
class _Run:
    """One cleanup.

    said: what its entries tell; steps: those in which something went; first: their first's entry.
    chosen: the batches of the present step; left: those that it is done with, one way or another.
    behind: without batches, where the last step ended. met_locks: something had to be left.
    """

    cut: datetime
    by: Who
    meta: RequestMeta
    said: dict[str, Any]
    deleted: int = 0
    steps: int = 0
    first: int | None = None
    chosen: set[int] = field(default_factory=set)
    left: set[int] = field(default_factory=set)
    behind: Position | None = None
    met_locks: bool = False

    def tell(self, **counts: int) -> int:
        """An entry, in the caller's transaction; its key."""
        later = {"continues": self.first} if self.first else {}
        return record(
            Action.AUDIT_CLEANUP,
            actor=self.by,
            subject=None,
            meta=self.meta,
            resource="audit",
            **self.said,
            **later,
            **counts,
        ).pk


def clean_up(
    *,
    days: int,
    policy_days: int,
    meta: RequestMeta,
    force: bool = False,
    by: Who = None,
    seconds: float,
) -> CleanedUp:
    """Take out what is older than so many days, for as long as there is time.

    seconds: no step starts after them. by: None for the
    schedule. Each step writes an entry in its own transaction, so nothing goes without one. Those
    after the first name it (`continues`), and a last one says how many entries went in all: a sum
    of what the others tell, for whoever reads. A cleanup by the schedule that finds nothing
    writes none.
    Raises RetentionPolicy for fewer days than the policy's, unless forced.
    """
    if days < policy_days and not force:
        raise RetentionPolicy(data={"retentionDays": policy_days})
    cut = timezone.now() - timedelta(days=days)
    run = _Run(cut, by, meta, {"retentionDays": days, "before": cut, "forced": days < policy_days})
    deadline = time.monotonic() + seconds
    is_done = False
    while not is_done:
        began = time.monotonic()
        is_done = _step(run) is None
        if time.monotonic() > deadline:
            break
        time.sleep((time.monotonic() - began) * REST)
    if run.steps > 1 or (by is not None and not run.steps):
        with transaction.atomic():
            run.tell(deletedInAll=run.deleted)
    return CleanedUp(run.deleted, more=run.met_locks or not is_done)


def _step(run: _Run) -> int | None:
    """One transaction; how many entries went, and None where nothing is left to do."""
    told = None
    try:
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_WAIT])
            is_sealing = Seal.objects.exists()
            if not is_sealing:
                lock_first_seal()
                is_sealing = Seal.objects.exists()
            gone = _take_batches(run) if is_sealing else _take_by_time(run)
            if gone:
                told = run.tell(deletedCount=gone)
    except _EntriesMissing as found:
        # The step is undone: what is there still is there again.
        short = {seal.pk for seal in found.seals if _with(keys_of(seal)).count() < seal.count}
        logger.warning("Batches that miss entries stay; see audit_verify: %s", sorted(short))
        # Whoever was at it may have put it back meanwhile; then the next cleanup looks again.
        run.left |= short or run.chosen
        return 0
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != _LOCK_NOT_AVAILABLE:
            raise
        logger.info("Entries that somebody else holds are left to the next cleanup")
        run.met_locks = True
        run.left |= run.chosen
        return 0 if run.chosen else None
    run.first = run.first or told
    run.deleted += gone or 0
    run.steps += bool(gone)
    return gone


def _take_batches(run: _Run) -> int | None:
    old = Seal.objects.filter(retired_at=None, newest__lt=run.cut).exclude(pk__in=run.left)
    run.chosen = set()
    size = 0
    for key, count in old.order_by("newest", "pk").values_list("pk", "count")[:SEALS]:
        if run.chosen and size + count > STEP:
            break
        run.chosen.add(key)
        size += count
    if not run.chosen:
        return None
    seals = list(old.filter(pk__in=run.chosen).select_for_update(skip_locked=True).order_by("pk"))
    seals = [seal for seal in seals if is_intact(seal)]
    # What another cleanup has in hand is theirs, and what somebody changed stays as it is.
    run.left |= run.chosen - {seal.pk for seal in seals}
    keys = [key for seal in seals for key in keys_of(seal)]
    kept = _kept(keys)
    counts = _delete(sorted({*keys} - {*kept}))
    if counts.total() + len(kept) != len(keys):
        raise _EntriesMissing(seals)
    counting.take_out(counts)
    retire(seals, kept=kept)
    return counts.total()


def _kept(keys: list[int]) -> list[int]:
    if not keys:
        return []
    staying = AuditEntry.objects.filter(action__in=_STAY, pk__range=(min(keys), max(keys)))
    return sorted({*staying.values_list("pk", flat=True)} & {*keys})


class _EntriesMissing(Exception):
    """Batches that are not all there. What shows that somebody was at one has to stay."""

    def __init__(self, seals: list[Seal]) -> None:
        super().__init__()
        self.seals = seals


def _take_by_time(run: _Run) -> int | None:
    old = AuditEntry.unlocked.filter(timestamp__lt=run.cut).exclude(action__in=_STAY)
    if run.behind:
        # Not over what went already: its rows stand in the index until they are vacuumed away.
        old = old.filter(keyset.behind(_OLDEST, run.behind))
    ordered = old.order_by(*(key.ordering() for key in _OLDEST))
    found = list(ordered.values_list("timestamp", "pk")[:STEP])
    if not found:
        return None
    run.behind = found[-1]
    return _delete([key for _, key in found]).total()


def _delete(keys: list[int]) -> Counter[counting.Kind]:
    """Take entries out; what they were. On PostgreSQL in one pass over them."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_DELETE, [keys])
            rows = cursor.fetchall()
    else:
        doomed = _with(keys)
        kinds = doomed.values_list(TruncDate("timestamp", tzinfo=UTC), "action", "resource")
        rows = list(kinds.annotate(number=Count("pk")))
        doomed.delete()
    return Counter({(day, action, resource): number for day, action, resource, number in rows})


def _with(keys: list[int]) -> QuerySet[AuditEntry]:
    """Entries by key; as one array on PostgreSQL, instead of thousands of parameters."""
    if connection.vendor != "postgresql":
        return AuditEntry.unlocked.filter(pk__in=keys)
    return AuditEntry.unlocked.extra(where=["id = ANY(%s::bigint[])"], params=[keys])
