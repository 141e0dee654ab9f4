"""Numbers about all people, counted beforehand: a million rows take longer than anybody waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Q
from django.utils import timezone

from accounts.models import Figure, Session, User
from accounts.models.session import Kind
from accounts.models.user import DELETED, INACTIVE, SUSPENDED, TWO_FACTOR, VERIFIED
from accounts.selectors import locked

PEOPLE: Final = "people"
STALE: Final = timedelta(minutes=1)
SMALL: Final = 10_000  # people; as few are counted while somebody waits
_DAY: Final = timedelta(days=1)


def people() -> dict[str, int]:
    """Counts for dashboard and analytics, exact where people are few, else a minute old at most.

    The worker counts every 45 s. Where no worker does, the first request past a minute counts,
    and the others of that moment answer what is there.
    """
    if User.objects.all()[: SMALL + 1].count() <= SMALL:
        return _count()
    kept = Figure.objects.filter(pk=PEOPLE).first()
    if kept is None:
        return refresh()
    now = timezone.now()
    if now - kept.counted_at > STALE:
        claimed = Figure.objects.filter(pk=PEOPLE, counted_at=kept.counted_at).update(
            counted_at=now
        )
        if claimed:
            return refresh()
    found: dict[str, int] = kept.value
    return found


@dataclass(frozen=True, slots=True)
class Known:
    """The same counts, and when they were taken."""

    counts: dict[str, int]
    counted_at: datetime


def known() -> Known | None:
    """For a page that must not wait: exact where people are few, else what was counted last.

    None where there are many and nobody has counted yet. A count of an older version may lack
    some of the numbers.
    """
    if User.objects.all()[: SMALL + 1].count() <= SMALL:
        return Known(_count(), timezone.now())
    kept = Figure.objects.filter(pk=PEOPLE).first()
    return Known(kept.value, kept.counted_at) if kept else None


def refresh() -> dict[str, int]:
    """Count and keep it."""
    counted = _count()
    Figure.objects.update_or_create(
        name=PEOPLE, defaults={"value": counted, "counted_at": timezone.now()}
    )
    return counted


def _count() -> dict[str, int]:
    now = timezone.now()
    today = datetime.combine(now.astimezone(UTC).date(), datetime.min.time(), tzinfo=UTC)
    return {
        **_by_state(),
        "locked": User.objects.filter(username__in=locked.for_everyone().values("key")).count(),
        "newToday": User.objects.filter(created_at__gte=today).count(),
        "newThisWeek": User.objects.filter(created_at__gte=now - 7 * _DAY).count(),
        "newThisMonth": User.objects.filter(created_at__gte=now - 30 * _DAY).count(),
        **_sessions(),
        **_seen(today),
    }


def _sessions() -> dict[str, int]:
    """Live ones: all of them, and by kind."""
    by_kind = dict(Session.objects.live().order_by().values_list("kind").annotate(n=Count("pk")))
    return {
        "sessions": sum(by_kind.values()),
        **{f"{kind}Sessions": by_kind.get(kind, 0) for kind in Kind.values},
    }


def _by_state() -> dict[str, int]:
    """One pass over the index of facets."""
    counts = dict(
        User.objects.order_by().values("facet").annotate(n=Count("pk")).values_list("facet", "n")
    )

    def number(*, mask: int, value: int) -> int:
        return sum(n for facet, n in counts.items() if facet & mask == value)

    return {
        "total": sum(counts.values()),
        "active": number(mask=INACTIVE | DELETED | SUSPENDED, value=0),
        "verified": number(mask=VERIFIED, value=VERIFIED),
        "with2FA": number(mask=TWO_FACTOR, value=TWO_FACTOR),
        "suspended": number(mask=SUSPENDED, value=SUSPENDED),
        "deleted": number(mask=DELETED, value=DELETED),
    }


def _seen(today: datetime) -> dict[str, int]:
    """How many people were here: by the last activity of their sessions, impersonations aside."""
    own = Session.objects.filter(impersonator__isnull=True)
    windows = {
        "activeToday": today,
        "activeWeek": today - 6 * _DAY,
        "activeMonth": today - 29 * _DAY,
    }
    found: dict[str, Any] = own.filter(last_activity__gte=windows["activeMonth"]).aggregate(
        **{
            name: Count("user", distinct=True, filter=Q(last_activity__gte=since))
            for name, since in windows.items()
        }
    )
    return {name: int(found[name]) for name in windows}
