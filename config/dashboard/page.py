"""Puts the page together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.services import figures
from config.common.charts import written
from config.dashboard import charts, lists
from config.dashboard.parts import Links, Panel, Tile, age, percent
from rbac.permissions import Permission


def of(request: HttpRequest, app_list: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What this person may see, for the template. app_list: the pages that they may open."""
    user: Any = request.user
    known, links = figures.known(), Links(app_list)
    made: list[tuple[Permission, Callable[[], Panel]]] = [
        (Permission.AUDIT_READ, charts.by_hour),
        (Permission.AUDIT_READ, charts.by_day),
        (Permission.AUDIT_READ, lambda: lists.newest(links)),
        (Permission.ROLE_READ, lambda: charts.roles(links)),
        (Permission.ADMIN_ACCESS, lambda: lists.machinery(links)),
        (Permission.ADMIN_ACCESS, lambda: charts.sessions(known)),
        (Permission.ADMIN_ACCESS, lambda: charts.second_factors(known)),
        (Permission.USER_READ, lambda: lists.locked_accounts(known, links)),
    ]
    return {
        "tiles": _tiles(known, links) if known else [],
        "panels": [panel() for needed, panel in made if user.has_perm(needed.perm)],
        "counted": age(known.counted_at) if known else "",
    }


def _tiles(known: figures.Known, links: Links) -> list[Tile]:
    count = known.counts.get
    people = links.list("accounts", "user")
    total, suspended, locked_out = count("total", 0), count("suspended", 0), count("locked", 0)
    month = _("{count} in 30 days").format(count=written(count("newThisMonth", 0)))
    return [
        Tile(
            _("People"),
            written(total),
            _("{count} may sign in").format(count=written(count("active", 0))),
            url=people,
        ),
        Tile(_("New in 7 days"), written(count("newThisWeek", 0)), month, tone="good"),
        Tile(
            _("Here today"),
            written(count("activeToday", 0)),
            _("{count} in 7 days").format(count=written(count("activeWeek", 0))),
        ),
        Tile(
            _("Live sessions"),
            written(count("sessions", 0)),
            _("{count} in browsers").format(count=written(count("browserSessions", 0))),
            url=links.list("accounts", "session"),
        ),
        Tile(
            _("Confirmed"),
            percent(count("verified", 0), total),
            _("{count} of {total}").format(
                count=written(count("verified", 0)), total=written(total)
            ),
        ),
        Tile(
            _("Locked out"),
            written(locked_out),
            _("{count} suspended").format(count=written(suspended)),
            tone="bad" if locked_out else "",
        ),
    ]
