"""Panels that draw: what goes on, who is here, who has which role."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.services import figures, hours
from audit.kinds import Action
from audit.selectors.figures import sealed_days
from config.common.charts import Part, Series, bars, columns, ring, written
from config.dashboard.parts import Links, Panel, age, percent
from rbac import selectors

DAYS, HOURS = 90, 48
ROLES: Final = 12


def by_day() -> Panel:
    wanted = {Action.USER_REGISTERED: _("Sign-ups")}
    found = sealed_days(wanted, days=DAYS)
    title = _("Sign-ups per day")
    if found is None:
        return Panel("sign-ups", title, None, size="wide")
    today = timezone.now().date()
    days = [today - timedelta(days=number) for number in reversed(range(DAYS))]
    values = found[Action.USER_REGISTERED]
    lead = _("{count} in {days} days").format(count=written(sum(values)), days=DAYS)
    drawn = columns(
        "sign-ups",
        title=title,
        summary=lead,
        labels=[date_format(day, f"D {_day()} Y") for day in days],
        series=[Series(wanted[Action.USER_REGISTERED], values)],
        axis=[date_format(days[at], _day()) for at in (0, 22, 44, 67, 89)],
    )
    return Panel("sign-ups", title, drawn, lead, size="wide")


def by_hour() -> Panel:
    found, title = hours.last(HOURS), _("Sign-ins and failures per hour")
    if found is None:
        return Panel("sign-ins", title, None, size="wide")
    logins, failures = (found.counts[action] for action in hours.ACTIONS)
    lead = _("{logins} sign-ins and {failures} failures in 48 hours, in UTC").format(
        logins=written(sum(logins)), failures=written(sum(failures))
    )
    drawn = columns(
        "sign-ins",
        title=title,
        summary=lead,
        labels=[f"{date_format(hour, f'D {_day()}')}, {hour:%H}:00" for hour in found.hours],
        series=[
            Series(_("Sign-ins"), logins),
            Series(_("Failures"), failures, "bad"),
        ],
        axis=[f"{date_format(found.hours[at], 'D')} {found.hours[at]:%H}:00"
              for at in (0, 12, 24, 36, 47)],
    )  # fmt: skip
    return Panel(
        "sign-ins", title, drawn, " · ".join(filter(None, (lead, age(found.counted_at)))),
        size="wide",
    )  # fmt: skip


def sessions(known: figures.Known | None) -> Panel:
    title = _("Live sessions by kind")
    if known is None or "apiSessions" not in known.counts:
        return Panel("sessions", title, None)
    count = known.counts
    parts = [
        Part(_("Browsers"), count["browserSessions"]),
        Part(_("Apps"), count["apiSessions"], "two"),
        Part(_("Impersonations"), count["impersonationSessions"], "warn"),
    ]
    return Panel("sessions", title, _ring("sessions", title, parts, written(count["sessions"])))


def second_factors(known: figures.Known | None) -> Panel:
    title = _("Second factor")
    if known is None or "with2FA" not in known.counts:
        return Panel("factors", title, None)
    on, total = known.counts["with2FA"], known.counts.get("total", 0)
    parts = [Part(_("On"), on, "good"), Part(_("Off"), total - on, "quiet")]
    return Panel("factors", title, _ring("factors", title, parts, percent(on, total)))


def _ring(name: str, title: str, parts: Sequence[Part], middle: str) -> SafeString:
    return ring(name, title=title, parts=parts, middle=middle, below="")


def roles(links: Links) -> Panel:
    title = _("Roles")
    held = sorted(
        ((role, selectors.user_count(role)) for role in selectors.roles()), key=lambda one: -one[1]
    )
    parts = [
        Part(role.name, number, url=links.page("rbac", "role", role.pk))
        for role, number in held[:ROLES]
    ]
    lead = ngettext("%(count)s role", "%(count)s roles", len(held)) % {"count": len(held)}
    return Panel(
        "roles",
        title,
        bars("roles", title=title, parts=parts),
        lead,
        url=links.list("rbac", "role"),
    )


def _day() -> str:
    """How the reader's language writes a day of the month, for Django's `date_format`."""
    return pgettext("date format", "j M")
