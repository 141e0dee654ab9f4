"""Servers as processes: start, wait for the first answer, read CPU and memory, stop."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.asking import answers
from tests.benchmarks.place import REPOSITORY, CannotMeasure

START_SECONDS = 30
STOP_SECONDS = 15
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """How to start one, and the request that shows it is up."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    port: int
    probe: str
    bearer: str | None = None


@dataclass(frozen=True)
class Running:
    """One that is up. `first_answer` is in seconds from the start of the process."""

    server: Server
    pid: int
    first_answer: float

    @property
    def port(self) -> int:
        return self.server.port


@contextmanager
def running(server: Server, folder: Path) -> Iterator[Running]:
    """The server, from its first 200 to the end of the block."""
    log = folder / f"{server.name}.log"
    with process(server.command, server.env, log) as started:
        begun = time.monotonic()
        while not answers(server.port, server.probe, bearer=server.bearer):
            if started.poll() is not None or time.monotonic() - begun > START_SECONDS:
                raise CannotMeasure(f"{server.name} does not answer:\n{tail(log)}")
            time.sleep(0.01)
        yield Running(server, started.pid, time.monotonic() - begun)


@contextmanager
def process(
    command: Sequence[str], env: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a group of its own, so that its children can be ended with it."""
    with log.open("ab") as output:
        started = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield started
    finally:
        started.send_signal(signal.SIGTERM)
        try:
            started.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()
        with suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)


def run(command: Sequence[str], env: Mapping[str, str], log: Path) -> None:
    """A command that must succeed."""
    with log.open("ab") as output:
        done = subprocess.run(
            command,
            cwd=REPOSITORY,
            env=dict(env),
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    if done.returncode:
        raise CannotMeasure(f"{' '.join(command)} failed:\n{tail(log)}")


def tail(log: Path, lines: int = 40) -> str:
    """The end of what it said."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def family(pid: int) -> list[int]:
    """The process and everything beneath it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            fields = _stat(int(entry.name))
            if fields:
                children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [pid]
    for each in found:
        found.extend(children.get(each, []))
    return found


def cpu_seconds(pid: int) -> float:
    """User and system time that the family has used so far (proc(5): fields 14 and 15)."""
    ticks = 0
    for each in family(pid):
        fields = _stat(each)
        if fields:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS_PER_SECOND


def pss_megabytes(pid: int) -> float:
    """Proportional set size of the family: shared pages are counted once, not once a process."""
    kilobytes = 0
    for each in family(pid):
        for line in Path(f"/proc/{each}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                kilobytes += int(line.split()[1])
    return kilobytes * 1024 / 1e6


def _stat(pid: int) -> list[str]:
    """The fields after the name, which may itself hold blanks and brackets; [] when gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
