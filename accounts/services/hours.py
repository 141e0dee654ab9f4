"""Sign-ins and failures by the hour, counted beforehand: nobody who looks reads the log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.utils import timezone

from accounts.models import Figure
from audit.kinds import Action
from audit.selectors.figures import by_hour

NAME: Final = "hours"
KEPT: Final = 7 * 24
ACTIONS: Final = (Action.USER_LOGIN, Action.LOGIN_FAILED)
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Hours:
    """Of as many hours (UTC), the present one the last: how often each action was in each."""

    hours: list[datetime]
    counts: dict[Action, list[int]]
    counted_at: datetime


def refresh(*, anew: bool = False) -> None:
    """Count what is new, and keep it. anew: all of it, where somebody wrote of the past.

    Hours that were over at the last count stay as they were, but for the newest of them: an
    entry may have been on its way.
    """
    now = timezone.now()
    first = _hour(now) - (KEPT - 1) * _HOUR
    kept = None if anew else Figure.objects.filter(pk=NAME).first()
    since = max(first, _hour(kept.counted_at) - _HOUR) if kept else first
    value: dict[str, Any] = {
        hour: counts
        for hour, counts in (kept.value if kept else {}).items()
        if _key(first) <= hour < _key(since)
    }
    for (hour, action), number in by_hour(ACTIONS, since=since).items():
        value.setdefault(_key(hour), {})[action.value] = number
    Figure.objects.update_or_create(name=NAME, defaults={"value": value, "counted_at": now})


def last(count: int) -> Hours | None:
    """So many hours up to now, KEPT at most; None where nobody has counted yet. One statement."""
    kept = Figure.objects.filter(pk=NAME).first()
    if kept is None:
        return None
    now = _hour(timezone.now())
    hours = [now - number * _HOUR for number in reversed(range(count))]
    counts = {
        action: [kept.value.get(_key(hour), {}).get(action.value, 0) for hour in hours]
        for action in ACTIONS
    }
    return Hours(hours, counts, kept.counted_at)


def _hour(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _key(hour: datetime) -> str:
    """Such texts sort as the times do."""
    return hour.astimezone(UTC).strftime("%Y-%m-%dT%H")
