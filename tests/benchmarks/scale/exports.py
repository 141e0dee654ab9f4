"""Exports of any length, and what they make the server's memory grow by."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final

from tests.benchmarks.processes import pss_megabytes
from tests.benchmarks.results import at_most
from tests.benchmarks.scale.client import Client
from tests.benchmarks.scale.contest import AUDIT
from tests.benchmarks.scale.crowd import EPOCH, LOGGED
from tests.benchmarks.scale.lines import Line
from tests.benchmarks.scale.stage import Stage

GROWTH_MB: Final = 60.0
WANTED: Final = 1_000_000
EVERY_SECONDS: Final = 0.25
PROFILE: Final = "/api/v1/users/profile"


def exports(stage: Stage) -> Iterator[Line]:
    """A person's own file, then a million entries as lines of JSON and of CSV."""
    share = min(1.0, WANTED / stage.marker["entries"])
    since = EPOCH + timedelta(seconds=stage.marker["now"] - LOGGED * share)
    period = {"startDate": since.strftime("%Y-%m-%dT%H:%M:%SZ")}
    own = "/api/v1/account/export"
    yield _export(stage, "export of a person, a hundredth of the log", 1, own)
    for kind in ("jsonl", "csv"):
        what = f"audit export of a million entries, {kind}"
        yield _export(stage, what, 0, f"{AUDIT}/export", format=kind, **period)


def _export(stage: Stage, what: str, whose: int, path: str, **query: Any) -> Line:
    """Each with a server of its own, warmed by other calls, so that growth is the export's."""
    with stage.muster("exporting") as up:
        client = Client(up.port, stage.token(whose))
        for _ in range(20):
            client.get(PROFILE)
        with _watched(up.pid) as sizes:
            begun = time.perf_counter()
            length = client.swallow(path, **query)
            took = time.perf_counter() - begun
    line = Line(f"{what}: {length / 1e6:,.0f} MB", 1000 * took)
    line.checks.append(at_most("MB more memory at most", max(sizes) - sizes[0], GROWTH_MB))
    return line


@contextmanager
def _watched(pid: int) -> Iterator[list[float]]:
    """Memory of the server and its children (PSS): before, and again and again."""
    sizes = [pss_megabytes(pid)]
    over = threading.Event()

    def look() -> None:
        while not over.wait(EVERY_SECONDS):
            sizes.append(pss_megabytes(pid))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield sizes
    finally:
        over.set()
        watcher.join()


WORKS: Final = {"exports": exports}
