"""How much happened: what was counted while it was sealed, and what is not sealed yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from django.db.models import Count, Max
from django.db.models.functions import TruncDate, TruncHour
from django.utils import timezone

from audit.kinds import Action
from audit.models import AuditEntry, DayCount, Seal
from audit.selectors.sealed import unsealed

PATIENCE: Final = 30.0  # seconds; it takes long only where nothing was ever sealed
_TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class Figures:
    """Entries of some days: counts by action and by resource, the most first, and day by day."""

    total: int
    by_action: list[tuple[str, int]]
    by_resource: list[tuple[str, int]]
    by_day: list[tuple[date, int]]


def figures(days: int) -> Figures:
    """Of so many days (UTC), today the last of them. Exact."""
    today = timezone.now().astimezone(UTC).date()
    first = today - timedelta(days=days - 1)
    counts = _counted(first)
    by_action: Counter[str] = Counter()
    by_resource: Counter[str] = Counter()
    by_day = dict.fromkeys((first + timedelta(days=number) for number in range(days)), 0)
    for (day, action, resource), number in counts.items():
        by_action[action] += number
        by_resource[resource] += number
        # A clock that runs ahead writes of tomorrow.
        by_day[min(day, today)] += number
    return Figures(
        total=by_action.total(),
        by_action=_most_first(by_action),
        by_resource=_most_first(by_resource),
        by_day=list(by_day.items()),
    )


def sealed_days(actions: Iterable[Action], *, days: int) -> dict[Action, list[int]] | None:
    """How often these happened on each of so many days (UTC), today the last of them.

    As far as it is sealed, a minute ago where a worker is at it: one read of the counts and none
    of the log. None where nothing was ever sealed.
    """
    today = timezone.now().astimezone(UTC).date()
    first = today - timedelta(days=days - 1)
    found = {action: [0] * days for action in actions}
    rows = DayCount.objects.filter(day__range=(first, today), action__in=list(found))
    for day, action, number in rows.values_list("day", "action", "count"):
        found[Action(action)][(day - first).days] += number
    if not any(map(any, found.values())) and not Seal.objects.exists():
        return None
    return found


def by_hour(actions: Iterable[Action], *, since: datetime) -> dict[tuple[datetime, Action], int]:
    """How often these happened in each hour (UTC) from then on; reads that stretch of the log."""
    rows = (
        AuditEntry.objects.filter(action__in=list(actions), timestamp__gte=since)
        .order_by()
        .values_list(TruncHour("timestamp", tzinfo=UTC), "action")
        .annotate(number=Count("pk"))
    )
    return {(hour, Action(action)): number for hour, action, number in rows}


def _counted(first: date) -> Counter[tuple[date, str, str]]:
    """Both halves as of one moment: again where a seal came in between."""
    for _ in range(_TRIES):
        before = _newest_seal()
        counts = _sealed(first)
        live = _live(first)
        if _newest_seal() == before:
            break
    return counts + live


def _newest_seal() -> int | None:
    newest: int | None = Seal.objects.aggregate(newest=Max("pk"))["newest"]
    return newest


def _sealed(first: date) -> Counter[tuple[date, str, str]]:
    rows = DayCount.objects.filter(day__gte=first)
    return Counter(
        {
            (day, action, resource): number
            for day, action, resource, number in rows.values_list(
                "day", "action", "resource", "count"
            )
        }
    )


def _live(first: date) -> Counter[tuple[date, str, str]]:
    since = datetime.combine(first, time.min, tzinfo=UTC)
    rows = (
        unsealed()
        .filter(timestamp__gte=since)
        .order_by()
        .values_list(TruncDate("timestamp", tzinfo=UTC), "action", "resource")
        .annotate(number=Count("pk"))
    )
    return Counter({(day, action, resource): number for day, action, resource, number in rows})


def _most_first(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
