"""Statistics, analytics, dashboard: counted beforehand, beside counting when somebody asks."""

from __future__ import annotations

from typing import Final

from tests.benchmarks.scale.contest import Contest
from tests.benchmarks.scale.stage import Stage

FIGURES_MS: Final = 20.0
LIVE_TIMES: Final = 20.0


def figures(_stage: Stage, contest: Contest) -> None:
    """The log is sealed, as the worker would have done by and by; so its days are counted."""
    for what, path, query, original in (
        ("audit statistics, 30 days", "/api/v1/audit/stats", {"days": 30}, "stats"),
        ("audit analytics", "/api/v1/audit/analytics", {}, "analytics"),
        ("dashboard", "/api/v1/admin/dashboard", {}, "dashboard"),
    ):
        contest.line(
            what,
            path,
            query,
            original=original,
            beside={},
            most_ms=FIGURES_MS,
            least_times=LIVE_TIMES,
        )


GROUPS: Final = {"figures": figures}
