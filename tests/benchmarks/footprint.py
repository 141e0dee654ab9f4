"""Memory at rest, and the time to the first answer."""

from __future__ import annotations

import sys
import time
from statistics import median

from tests.benchmarks.processes import process, pss_megabytes, running
from tests.benchmarks.results import Row, at_most
from tests.benchmarks.subjects import Subjects

REST_SECONDS = 3.0
MEMORY_MEGABYTES = 280.0
START_SECONDS = 1.5


def footprint(subjects: Subjects, rounds: int) -> list[Row]:
    """Started anew each round. Files were compiled by whatever has run before."""
    folder = subjects.place.folder
    starts: list[float] = []
    sizes: list[float] = []
    worker = [sys.executable, "manage.py", "worker"]
    for _ in range(rounds):
        with running(subjects.muster("resting"), folder) as up:
            starts.append(up.first_answer)
            with process(worker, subjects.muster_env(), folder / "worker.log") as beside:
                time.sleep(REST_SECONDS)
                sizes.append(pss_megabytes(up.pid) + pss_megabytes(beside.pid))
    row = Row("Two processes, their parent and the worker, at rest")
    row.checks.append(at_most("MB (PSS)", median(sizes), MEMORY_MEGABYTES))
    row.checks.append(at_most("s to the first answer", median(starts), START_SECONDS))
    return [row]
