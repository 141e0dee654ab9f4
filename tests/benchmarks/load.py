"""The load generator: wrk with a script, and what it found."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

from tests.benchmarks.place import CannotMeasure
from tests.benchmarks.processes import Running, cpu_seconds

SCRIPTS = Path(__file__).parent / "lua"
CONNECTIONS = 32
WARM_SECONDS = 2.0
# Two threads keep 32 connections busy and take little of the machine themselves.
THREADS = 2
# Longer than the longest wait that the program allows itself, so that no answer is cut off.
TIMEOUT = "30s"


@dataclass(frozen=True)
class Load:
    """What to send: a script, its feed (a file of tokens or bodies), and where to."""

    script: str
    path: str
    feed: Path
    connections: int = CONNECTIONS
    patient: bool = False


@dataclass(frozen=True)
class Sample:
    """One timed run. `cpu_ms` is the server's, for each answer."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    statuses: dict[str, int]
    unannounced_503: int
    socket_errors: int
    cpu_ms: float = 0.0

    @property
    def rate(self) -> float:
        """Answers of 200 a second: nothing else is work done."""
        return self.statuses.get("200", 0) / self.seconds


def need_wrk() -> None:
    """Say early and clearly what is missing."""
    if shutil.which("wrk") is None:
        raise CannotMeasure(
            "wrk generates the load and is not installed: `apt install wrk` on Debian and Ubuntu, "
            "`brew install wrk` on macOS."
        )


def timed(server: Running, load: Load, seconds: float) -> Sample:
    """Run the load and read what it cost the server."""
    before = cpu_seconds(server.pid)
    sample = finish(start(server.port, load, seconds))
    spent = cpu_seconds(server.pid) - before
    return replace(sample, cpu_ms=1000 * spent / max(1, sample.requests))


def start(port: int, load: Load, seconds: float) -> subprocess.Popen[str]:
    """Let it run beside something else; `finish` waits for it."""
    return subprocess.Popen(
        [
            "wrk",
            f"--threads={min(THREADS, load.connections)}",
            f"--connections={load.connections}",
            f"--duration={max(1, round(seconds))}s",
            f"--timeout={TIMEOUT}",
            f"--script={SCRIPTS / load.script}",
            f"http://127.0.0.1:{port}{load.path}",
        ],
        env={
            **os.environ,
            "LUA_PATH": f"{SCRIPTS}/?.lua",
            "BENCH_FEED": str(load.feed),
            "BENCH_PATIENT": "1" if load.patient else "0",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(wrk: subprocess.Popen[str]) -> Sample:
    """Wait for the end and read the line of JSON that the script's done() has written."""
    try:
        output, _ = wrk.communicate()
    except BaseException:
        wrk.kill()
        raise
    last = output.strip().rpartition("\n")[2]
    if wrk.returncode or not last.startswith("{"):
        raise CannotMeasure(f"wrk failed:\n{output}")
    sample = Sample(**json.loads(last))
    if not sample.requests:
        raise CannotMeasure(f"wrk got no answer at all:\n{output}")
    return sample
