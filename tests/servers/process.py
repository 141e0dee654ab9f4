"""A process that is started, waited for, and ended whatever happens."""

from __future__ import annotations

import grp
import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.benchmarks.place import REPOSITORY
from tests.benchmarks.processes import family

START_SECONDS = 30
STOP_SECONDS = 10
TAIL = 60  # lines of each log that are shown


class NotHere(Exception):
    """What the test needs is not on this machine; the message says what it is."""


def until(holds: Callable[[], Any], *, seconds: float = START_SECONDS, what: str = "") -> Any:
    """Ask until the answer is true, and return it. Raises AssertionError when time is up."""
    deadline = time.monotonic() + seconds
    while not (answer := holds()):
        assert time.monotonic() < deadline, f"After {seconds} s still not: {what or holds}"
        time.sleep(0.02)
    return answer


class Process:
    """A command in a group of its own, so that its children can be ended with it."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str],
        folder: Path = REPOSITORY,
        user: str | None = None,
    ) -> None:
        self.command, self.log, self.env, self.folder, self.user = command, log, env, folder, user
        self.running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.running = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=dict(self.env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **as_user(self.user),
            )

    @property
    def has_died(self) -> bool:
        return self.running is not None and self.running.poll() is not None

    def send(self, number: signal.Signals) -> None:
        """To it and to everything beneath it, parents first, so that nobody is forked meanwhile."""
        if self.running is not None and self.running.poll() is None:
            for pid in family(self.running.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, number)

    def kill(self) -> None:
        """As the kernel does it when memory runs out: nobody gets to say goodbye."""
        if self.running is not None:
            self.send(signal.SIGKILL)
            with suppress(ProcessLookupError):
                os.killpg(self.running.pid, signal.SIGKILL)
            self.running.wait(STOP_SECONDS)
            self.running = None

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to end, wait, and end it where it would not."""
        if self.running is not None:
            with suppress(subprocess.TimeoutExpired, ProcessLookupError):
                self.running.send_signal(number)
                self.running.wait(STOP_SECONDS)
            self.kill()

    def freeze(self) -> None:
        self.send(signal.SIGSTOP)

    def thaw(self) -> None:
        self.send(signal.SIGCONT)

    def close(self) -> None:
        self.thaw()
        self.stop()
        if self.log.exists():
            lines = self.log.read_text(errors="replace").splitlines()[-TAIL:]
            print(f"--- {self.log.name}", *lines, sep="\n")


def as_user(name: str | None) -> dict[str, Any]:
    """What Popen wants; nothing where it is to run as whoever runs the tests."""
    if name is None:
        return {}
    return {
        "user": name,
        "group": grp.getgrgid(pwd.getpwnam(name).pw_gid).gr_name,
        "extra_groups": [],
    }
