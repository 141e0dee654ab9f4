"""What was found, what must be reached, and whether it was."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

from tests.benchmarks.load import Sample


@dataclass(frozen=True)
class Check:
    """One target of a row. `reached` is in the same unit as `bound`."""

    what: str
    reached: float
    sign: str
    bound: float

    @property
    def met(self) -> bool:
        compare: Callable[[float, float], bool] = operator.ge if self.sign == "≥" else operator.le
        return compare(self.reached, self.bound)


def at_least(what: str, reached: float, bound: float) -> Check:
    return Check(what, reached, "≥", bound)


def at_most(what: str, reached: float, bound: float) -> Check:
    return Check(what, reached, "≤", bound)


@dataclass(frozen=True)
class Medians:
    """The middle of several runs, each figure by itself."""

    samples: Sequence[Sample]

    @property
    def rate(self) -> float:
        return median(sample.rate for sample in self.samples)

    @property
    def p50_ms(self) -> float:
        return median(sample.p50_ms for sample in self.samples)

    @property
    def p99_ms(self) -> float:
        return median(sample.p99_ms for sample in self.samples)

    @property
    def cpu_ms(self) -> float:
        return median(sample.cpu_ms for sample in self.samples)

    @property
    def statuses(self) -> dict[str, int]:
        """All runs together; a fault that wrk saw on its sockets counts as `socket`."""
        counts: dict[str, int] = {}
        for sample in self.samples:
            found = {**sample.statuses, "socket": sample.socket_errors}
            found["503 without Retry-After"] = sample.unannounced_503
            for status, number in found.items():
                counts[status] = counts.get(status, 0) + number
        return {status: number for status, number in sorted(counts.items()) if number}

    def others(self, *allowed: str) -> int:
        """Answers that should not have been."""
        return sum(number for status, number in self.statuses.items() if status not in allowed)


@dataclass
class Row:
    """One line of the table; None: it has no such figure."""

    what: str
    rate: float | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None
    cpu_ms: float | None = None
    statements: float | None = None
    commits: float | None = None
    of_bare: float | None = None
    statuses: dict[str, int] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)

    @property
    def met(self) -> bool:
        return all(check.met for check in self.checks)


def row_of(what: str, found: Medians, *, bare: Medians | None = None) -> Row:
    """A row of load figures."""
    return Row(
        what=what,
        rate=found.rate,
        p50_ms=found.p50_ms,
        p99_ms=found.p99_ms,
        cpu_ms=found.cpu_ms,
        of_bare=found.rate / bare.rate if bare else None,
        statuses=found.statuses,
    )
