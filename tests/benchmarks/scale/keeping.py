"""Sealing and verifying a million entries; taking five of ten million out beside a writer."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from statistics import median
from typing import Any, Final

from tests.benchmarks.results import at_least, at_most
from tests.benchmarks.scale import sealer, writer
from tests.benchmarks.scale.client import Client
from tests.benchmarks.scale.crowd import Size
from tests.benchmarks.scale.lines import Line
from tests.benchmarks.scale.stage import KEPT, Stage, staged
from tests.benchmarks.scale.writer import Written

SEALED: Final = 1_000_000
SEAL_SECONDS: Final = 20.0
RATE: Final = 0.9
RETENTION_SECONDS: Final = 60.0
LEAST_P99_MS: Final = 50.0
ALONE_SECONDS: Final = 15.0
TURNS: Final = 3
PAUSE: Final = 0.01  # seconds between two changes of the writer beside retention
CLEANUP: Final = "/api/v1/audit/cleanup"


def sealing(stage: Stage) -> Iterator[Line]:
    """In a database of its own: a hundredth of the people, a million entries with marks."""
    count = min(SEALED, stage.marker["entries"])
    size = Size(max(200, stage.marker["users"] // 100), 1000, count)
    with staged(
        stage.admin_url,
        stage.place.redis_url,
        size,
        database=f"{KEPT}_seal_{os.getpid()}",
        keep=False,
        marked=True,
    ) as small:
        share = count / SEALED
        for what, command in (("sealing", "audit_seal"), ("verifying", "audit_verify")):
            begun = time.perf_counter()
            small.manage(command)
            took = time.perf_counter() - begun
            line = Line(f"{what} {count:,} entries", 1000 * took)
            line.checks.append(at_most("s for a million", took / share, SEAL_SECONDS))
            yield line
        yield _beside_sealing(small)


def _beside_sealing(stage: Stage) -> Line:
    """A worker that seals every second, sixty times as often as it does; by turns with none."""
    env, folder = stage.env, stage.folder
    calm, busy = [], []
    for _ in range(TURNS):
        calm.append(writer.alone(env, folder, ALONE_SECONDS).rate)
        with sealer.beside(env, folder):
            busy.append(writer.alone(env, folder, ALONE_SECONDS).rate)
    without, within = median(calm), median(busy)
    line = Line(f"changes a second while sealing runs: {within:,.0f}, without {without:,.0f}")
    line.checks.append(at_least("of without", within / without, RATE))
    return line


def retention(stage: Stage) -> Iterator[Line]:
    """On a copy that is sealed already, beside a writer that makes some fifty changes a second."""
    from django.db import connection

    connection.close()
    with stage.copy() as copy:
        before = _count(copy)
        alone = writer.alone(copy.env, copy.folder, ALONE_SECONDS, pause=PAUSE)
        with (
            copy.muster("cleaning") as up,
            writer.beside(copy.env, copy.folder, pause=PAUSE) as found,
        ):
            client = Client(up.port, copy.token())
            begun = time.perf_counter()
            deleted = _clean(client)
            took = time.perf_counter() - begun
        during: Written = found[0]
        left = _count(copy)
        copy.manage("audit_verify")
    share = stage.marker["entries"] / 10_000_000
    first = Line(f"retention takes {deleted:,} of {before:,} entries ({left:,} left)", 1000 * took)
    first.checks.append(at_most("s for 5,000,000 of 10,000,000", took / share, RETENTION_SECONDS))
    second = Line(
        f"a writer's p99 meanwhile: {during.p99:.1f} ms, alone {alone.p99:.1f} ms;"
        f" {during.rate:,.0f} changes a second, alone {alone.rate:,.0f}",
        worst_ms=max(during.each),
    )
    yield first
    second.checks.append(at_most("ms", during.p99, max(2 * alone.p99, LEAST_P99_MS)))
    yield second


def _clean(client: Client) -> int:
    """Until nothing is left to take; a call may stop after a while and say so."""
    deleted, more = 0, True
    while more:
        answer: dict[str, Any] = client.post(CLEANUP, {})
        deleted += answer["deletedCount"]
        more = bool(answer.get("more"))
    return deleted


def _count(stage: Stage) -> int:
    return int(stage.rows("SELECT count(*) FROM audit_auditentry")[0][0])


WORKS: Final = {"sealing": sealing, "retention": retention}
