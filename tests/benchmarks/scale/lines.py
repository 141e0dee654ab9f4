"""One line of the table: what was measured, how the original does, what must be reached."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.benchmarks.results import Check
from tests.benchmarks.scale.client import Timing

HEADINGS: Final = (
    "what",
    "median",
    "fastest",
    "worst",
    "the original's way",
    "times",
    "must reach",
    "does",
)


@dataclass
class Line:
    """Times are in milliseconds, whatever is measured in something else stands in the checks.

    error: why there is no figure.
    """

    what: str
    ms: float | None = None
    worst_ms: float | None = None
    original_ms: float | None = None
    fastest_ms: float | None = None
    checks: list[Check] = field(default_factory=list)
    error: str = ""

    @property
    def times(self) -> float | None:
        """How many times longer the original's way takes."""
        return self.original_ms / self.ms if self.original_ms and self.ms else None

    @property
    def is_met(self) -> bool:
        return not self.error and all(check.met for check in self.checks)


def line_of(what: str, ours: Timing, original: Timing | None = None) -> Line:
    beside = original.median if original else None
    return Line(what, ours.median, ours.worst, beside, ours.fastest)


def conditions(text: str) -> str:
    """What the figures hold for."""
    return f"{os.cpu_count()} cores, Python {platform.python_version()}; {text}"


def table(lines: Sequence[Line]) -> str:
    """Markdown that also reads well as it is."""
    cells = [list(HEADINGS), *[_cells(line) for line in lines]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEADINGS))]
    cells.insert(1, ["-" * width for width in widths])
    return "\n".join("| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in cells)


def verdict(lines: Sequence[Line]) -> str:
    """What a reader looks for first."""
    judged = [line for line in lines if line.checks or line.error]
    missed = [line.what for line in judged if not line.is_met]
    if not missed:
        return f"All {len(judged)} lines reach what they must."
    return f"{len(missed)} of {len(judged)} lines do not reach what they must: {'; '.join(missed)}."


def write(out: Path, lines: Sequence[Line], text: str) -> None:
    """Beside each other: `out`.json and `out`.md."""
    data: dict[str, Any] = {
        "conditions": conditions(text),
        "met": all(line.is_met for line in lines),
        "lines": [
            {
                **asdict(line),
                "times": line.times,
                "checks": [{**asdict(check), "met": check.met} for check in line.checks],
            }
            for line in lines
        ],
    }
    base = out.with_suffix("") if out.suffix in {".json", ".md"} else out
    base.parent.mkdir(parents=True, exist_ok=True)
    base.with_suffix(".json").write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    base.with_suffix(".md").write_text(
        f"{data['conditions']}\n\n{table(lines)}\n\n{verdict(lines)}\n"
    )


def _cells(line: Line) -> list[str]:
    targets = "; ".join(
        f"{'✓' if check.met else '✗'} {check.reached:.3g} {check.what} "
        f"({check.sign} {check.bound:g})"
        for check in line.checks
    )
    does = ("yes" if line.is_met else "NO") if line.checks or line.error else ""
    return [
        line.what,
        _ms(line.ms),
        _ms(line.fastest_ms),
        _ms(line.worst_ms),
        _ms(line.original_ms),
        "" if line.times is None else f"{line.times:,.0f}",
        line.error or targets,
        does,
    ]


def _ms(value: float | None) -> str:
    return "" if value is None else f"{value:,.1f} ms"
