"""What is timed, against what, and what must be reached."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests.benchmarks import hashes
from tests.benchmarks.load import CONNECTIONS, WARM_SECONDS, Load, Sample, finish, start, timed
from tests.benchmarks.place import CannotMeasure
from tests.benchmarks.processes import Running, Server, running
from tests.benchmarks.results import Medians, Row, at_least, at_most, row_of
from tests.benchmarks.statements import Cost
from tests.benchmarks.subjects import (
    LOGIN,
    PEER_PROFILE,
    PROCESSES,
    PROFILE,
    REFRESH,
    Subjects,
)

STORM_CONNECTIONS = 8


@dataclass
class Measures:
    """One run of the benchmark: alternating, so that what the machine does else meets all alike."""

    subjects: Subjects
    seconds: float
    rounds: int
    costs: dict[str, Cost]
    patient: bool = True
    spent: Iterator[int] = field(init=False)

    def profile(self) -> list[Row]:
        """As shipped, lean, beside the bare app and the peer."""
        subjects = self.subjects
        ours = self._feed("access.txt", PROFILE)
        peers = self._feed("peer_access.txt", PEER_PROFILE)
        contest: dict[str, tuple[Server, Load]] = {
            "shipped": (subjects.muster(), ours),
            "bare": (subjects.bare(), ours),
            "peer": (subjects.peer(), peers),
            "lean": (subjects.muster("lean", threads=1, limits=False), ours),
            "bare_lean": (subjects.bare("bare_lean", threads=1), ours),
        }
        found: dict[str, list[Sample]] = {name: [] for name in contest}
        for number in range(self.rounds):
            for name, (server, load) in contest.items():
                with running(server, subjects.place.folder) as up:
                    found[name].append(self._warm_and_timed(up, load))
                self._say("profile", number, name, found[name][-1])
        medians = {name: Medians(samples) for name, samples in found.items()}
        shipped, bare, lean = medians["shipped"], medians["bare"], medians["lean"]

        first = row_of("GET /users/profile, as shipped", shipped, bare=bare)
        self._cost(first, "profile", statements=1)
        first.checks += [
            at_least("of the bare app", shipped.rate / bare.rate, 0.20),
            at_most("× the bare app's p99", shipped.p99_ms / bare.p99_ms, 6),
            at_least("× the peer's req/s", shipped.rate / medians["peer"].rate, 1.5),
            at_most("answers but 200", shipped.others("200"), 0),
        ]
        second = row_of(
            "GET /users/profile, limits off, one thread a process", lean, bare=medians["bare_lean"]
        )
        second.checks += [
            at_least("of the bare app", lean.rate / medians["bare_lean"].rate, 0.30),
            at_most("answers but 200", lean.others("200"), 0),
        ]
        return [
            first,
            second,
            row_of("– the bare app, 16 threads a process", bare),
            row_of("– the bare app, one thread a process", medians["bare_lean"]),
            row_of("– the peer: djoser, simplejwt, gunicorn", medians["peer"], bare=bare),
        ]

    def refresh(self) -> list[Row]:
        """A rotation each time. A token is for one use, so every run has a share of its own."""
        subjects = self.subjects
        shares = self._shares("refresh.txt", 2 * self.rounds)
        ours, theirs = [], []
        for number in range(self.rounds):
            with running(subjects.muster(), subjects.place.folder) as up:
                self._warm(up, Load("refresh.lua", REFRESH, next(shares)))
                load = Load("refresh.lua", REFRESH, next(shares))
                ours.append(timed(up, load, self.seconds))
            self._say("refresh", number, "shipped", ours[-1])
            with running(subjects.bare(), subjects.place.folder) as up:
                theirs.append(self._warm_and_timed(up, self._feed("access.txt", PROFILE)))
            self._say("refresh", number, "bare", theirs[-1])
        found, bare = Medians(ours), Medians(theirs)
        row = row_of("POST /auth/refresh", found, bare=bare)
        self._cost(row, "refresh", statements=3, commits=1)
        row.checks += [
            at_least("of the bare app", found.rate / bare.rate, 0.08),
            at_most("answers but 200", found.others("200"), 0),
        ]
        return [row]

    def login(self) -> list[Row]:
        """Against what as many processes as there are server processes can hash, and do no more."""
        subjects = self.subjects
        load = self._logins(CONNECTIONS, patient=self.patient)
        ours, bounds = [], []
        for number in range(self.rounds):
            with running(subjects.muster(), subjects.place.folder) as up:
                # Few, and a pause: what is left in the queue would be paid for by the timed run.
                finish(start(up.port, self._logins(PROCESSES), WARM_SECONDS))
                time.sleep(1)
                ours.append(timed(up, load, self.seconds))
            self._say("login", number, "shipped", ours[-1])
            bounds.append(hashes.rate(PROCESSES, self.seconds))
            print(f"login {number + 1}: {bounds[-1]:.2f} bare hashes/s", file=sys.stderr)
        found = Medians(ours)
        waiting = ", waiting as Retry-After says" if self.patient else ""
        row = row_of(f"POST /auth/login, bcrypt 12{waiting}", found)
        self._cost(row, "login", statements=10)
        row.checks += [
            at_least("of the bare hashes/s", found.rate / median(bounds), 0.85),
            at_most("answers but 200 and 503 with Retry-After", found.others("200", "503"), 0),
        ]
        return [row, Row(f"– bare hashes, {PROCESSES} processes at once", rate=median(bounds))]

    def storm(self) -> list[Row]:
        """Reading while others log in without a pause."""
        subjects = self.subjects
        reads = self._feed("access.txt", PROFILE)
        alone, within, logins = [], [], []
        for number in range(self.rounds):
            with running(subjects.muster(), subjects.place.folder) as up:
                alone.append(self._warm_and_timed(up, reads))
                self._say("storm", number, "alone", alone[-1])
                beside = start(up.port, self._logins(STORM_CONNECTIONS), self.seconds + 2)
                time.sleep(1)
                within.append(timed(up, reads, self.seconds))
                logins.append(finish(beside))
            self._say("storm", number, "in the storm", within[-1])
            self._say("storm", number, "the logins", logins[-1])
        calm, stormy, others = Medians(alone), Medians(within), Medians(logins)
        row = row_of("GET /users/profile, 8 clients logging in without a pause", stormy)
        row.checks += [
            at_least("of its req/s alone", stormy.rate / calm.rate, 0.45),
            at_most("× its p99 alone", stormy.p99_ms / calm.p99_ms, 5),
            at_most(
                "answers but 200 and 503 with Retry-After",
                stormy.others("200", "503") + others.others("200", "503"),
                0,
            ),
        ]
        return [
            row,
            row_of("– the same alone", calm),
            row_of("– the 8 clients' logins", others),
        ]

    def _warm_and_timed(self, up: Running, load: Load) -> Sample:
        self._warm(up, load)
        return timed(up, load, self.seconds)

    @staticmethod
    def _warm(up: Running, load: Load) -> None:
        """Threads started, connections open, statements prepared."""
        finish(start(up.port, load, WARM_SECONDS))

    def _feed(self, name: str, path: str) -> Load:
        return Load("profile.lua", path, self.subjects.place.folder / name)

    def _logins(self, connections: int, *, patient: bool = False) -> Load:
        feed = self.subjects.place.folder / "login.txt"
        return Load("login.lua", LOGIN, feed, connections, patient=patient)

    def _shares(self, name: str, number: int) -> Iterator[Path]:
        """Files that share the lines among them. The first lines are for the checks."""
        lines = self.subjects.place.lines(name)[100:]
        size = len(lines) // number
        if size < 2 * CONNECTIONS:
            raise CannotMeasure(f"{self.rounds} rounds need more --users.")
        for share in range(number):
            path = self.subjects.place.folder / f"{share}_{name}"
            path.write_text("\n".join(lines[share * size : (share + 1) * size]) + "\n")
            yield path

    def _cost(self, row: Row, kind: str, *, statements: int, commits: int | None = None) -> None:
        cost = self.costs[kind]
        row.statements, row.commits = cost.statements, cost.commits
        row.checks.append(at_most("statements a request", cost.statements, statements))
        if commits is not None:
            row.checks.append(at_most("commits a request", cost.commits, commits))

    def _say(self, group: str, number: int, who: str, sample: Sample) -> None:
        print(
            f"{group} {number + 1}/{self.rounds} {who}: {sample.rate:.1f}/s "
            f"p50 {sample.p50_ms:.1f} p99 {sample.p99_ms:.1f} ms {sample.statuses}",
            file=sys.stderr,
        )
