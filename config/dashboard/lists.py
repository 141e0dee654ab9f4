"""Panels that tell: who is locked out, whether the machinery runs, what happened last."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

import config.health as health  # noqa: PLR0402  mypy takes `config.health` for a setting
from accounts.models import PeriodicTask
from accounts.selectors import locked
from accounts.services import figures
from audit.models import AuditEntry
from config.common.charts import written
from config.common.errors import Text
from config.dashboard.parts import Links, Panel
from notifications.services import outbox

NEWEST: Final = 12
LOCKED: Final = 5
TONES: Final = {"up": "good", "degraded": "warn", "down": "bad"}
CHECKS: Final[dict[str, Text]] = {
    "database": gettext_lazy("Database"),
    "cache": gettext_lazy("Cache"),
    "migrations": gettext_lazy("Migrations"),
    "tasks": gettext_lazy("Worker"),
    "storage": gettext_lazy("Files"),
    "mail": gettext_lazy("Mail"),
}
STATUSES: Final[dict[str, Text]] = {
    "up": gettext_lazy("up"),
    "degraded": gettext_lazy("impaired"),
    "down": gettext_lazy("down"),
}


def locked_accounts(known: figures.Known | None, links: Links) -> Panel:
    rows = [
        {"name": one.username, "until": one.until, "url": links.page("accounts", "user", one.pk)}
        for one in locked.newest(LOCKED)
    ]
    total = known.counts.get("locked", 0) if known else len(rows)
    more = max(0, total - len(rows))
    return Panel(
        "locked",
        _("Locked accounts"),
        {"rows": rows, "more": more},
        template="admin/dashboard/locked.html",
    )


def machinery(links: Links) -> Panel:
    """The queue, the worker's last beat, and what the health check knows."""
    queue, now = outbox.figures(), timezone.now()
    tasks = list(PeriodicTask.objects.values_list("name", "finished_at", "last_error"))
    beats = [finished for _name, finished, _error in tasks if finished]
    beat = max(beats, default=None)
    checks = [
        {
            "name": CHECKS.get(name, name),
            "status": STATUSES.get(found["status"], found["status"]),
            "tone": TONES.get(found["status"], "bad"),
        }
        for name, found in health.results().items()
    ]
    body = {
        "waiting": written(queue.depth),
        "oldest": now - timedelta(seconds=queue.oldest) if queue.depth else None,
        "is_old": queue.oldest > health.OLD_MAIL,
        "dead": queue.dead,
        "beat": beat,
        "is_now": beat is not None and now - beat < timedelta(minutes=1),
        "is_late": beat is None or now - beat > health.LATE,
        "failing": [{"name": name, "error": error} for name, _at, error in tasks if error],
        "checks": checks,
        "outbox": links.list("notifications", "outboxmail"),
    }
    return Panel(
        "machinery", _("Mail and machinery"), body, template="admin/dashboard/machinery.html"
    )


def newest(links: Links) -> Panel:
    rows = AuditEntry.objects.select_related("user", "actor").newest_first()[:NEWEST]
    body = [{"entry": entry, "url": links.page("audit", "auditentry", entry.pk)} for entry in rows]
    return Panel(
        "newest",
        _("Newest audit entries"),
        {"rows": body},
        template="admin/dashboard/newest.html",
        url=links.list("audit", "auditentry"),
        size="long",
    )
