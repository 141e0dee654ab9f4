"""The table, for people and for programs."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.benchmarks.results import Row
from tests.benchmarks.statements import Cost

HEADINGS = (
    "what",
    "req/s",
    "p50 ms",
    "p99 ms",
    "CPU ms/req",
    "statements",
    "commits",
    "of bare",
    "targets",
    "met",
)


def table(rows: Sequence[Row]) -> str:
    """Markdown that also reads well as it is."""
    lines = [list(HEADINGS), *[_cells(row) for row in rows]]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join("| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines)


def conditions(seconds: float, rounds: int) -> str:
    """What the figures hold for. Absolute ones belong to the machine, ratios travel better."""
    return (
        f"{os.cpu_count()} cores, Python {platform.python_version()}, 32 connections, "
        f"medians of {rounds} alternating runs of {seconds:g} s."
    )


def write(
    out: Path, rows: Sequence[Row], costs: dict[str, Cost], seconds: float, rounds: int
) -> None:
    """Beside each other: `out`.json and `out`.md."""
    data: dict[str, Any] = {
        "conditions": conditions(seconds, rounds),
        "met": all(row.met for row in rows),
        "rows": [
            {
                **asdict(row),
                "checks": [{**asdict(check), "met": check.met} for check in row.checks],
            }
            for row in rows
        ],
        "statements": {kind: asdict(cost) for kind, cost in costs.items()},
    }
    base = out.with_suffix("") if out.suffix in {".json", ".md"} else out
    base.parent.mkdir(parents=True, exist_ok=True)
    base.with_suffix(".json").write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    base.with_suffix(".md").write_text(f"{data['conditions']}\n\n{table(rows)}\n")


def _cells(row: Row) -> list[str]:
    figures = (row.rate, row.p50_ms, row.p99_ms)
    targets = "; ".join(
        f"{'✓' if check.met else '✗'} {check.reached:.3g} {check.what} "
        f"({check.sign} {check.bound:g})"
        for check in row.checks
    )
    return [
        row.what,
        *["" if figure is None else f"{figure:,.1f}" for figure in figures],
        "" if row.cpu_ms is None else f"{row.cpu_ms:.2f}",
        "" if row.statements is None else f"{row.statements:g}",
        "" if row.commits is None else f"{row.commits:g}",
        "" if row.of_bare is None else f"{row.of_bare:.2f}",
        targets,
        ("yes" if row.met else "NO") if row.checks else "",
    ]
