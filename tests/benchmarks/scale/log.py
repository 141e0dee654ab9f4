"""The audit log's lists."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from tests.benchmarks.scale.contest import AUDIT, Contest
from tests.benchmarks.scale.crowd import EPOCH, LOGGED, OFFICE, ONCE, PROLIFIC
from tests.benchmarks.scale.stage import Stage

PAGE_MS: Final = 15.0


def logs(stage: Stage, contest: Contest) -> None:
    """By person, actor, action, address, resource, time; each with a rare and a common value."""
    from accounts.models import User
    from audit.models import AuditEntry
    from rbac.models import Role

    people = list(User.objects.order_by("created_at", "pk")[: PROLIFIC + 1])
    admin, prolific = people[0].pk, people[PROLIFIC].pk
    # Of what was filled in: measuring changes adds entries of its own.
    filled = AuditEntry.objects.filter(pk__lte=stage.marker["entries"], action="AVATAR_UPDATED")
    ordinary = filled.exclude(user=prolific).latest("pk").user_id
    role = Role.objects.get(name="editors").pk
    middle = EPOCH + timedelta(seconds=stage.marker["now"] - LOGGED / 2)
    month = {
        "startDate": middle.strftime("%Y-%m-%dT00:00:00Z"),
        "endDate": (middle + timedelta(days=30)).strftime("%Y-%m-%dT00:00:00Z"),
    }
    everything = AuditEntry.objects.all()
    within = everything.filter(timestamp__range=(month["startDate"], month["endDate"]))
    for what, query, rows in (
        ("no filter", {}, everything),
        ("person with a hundredth of all", {"userId": prolific}, everything.filter(user=prolific)),
        ("ordinary person", {"userId": ordinary}, everything.filter(user=ordinary)),
        ("actor: an admin", {"actorId": admin}, everything.filter(actor=admin)),
        ("action USER_LOGIN", {"action": "USER_LOGIN"}, everything.filter(action="USER_LOGIN")),
        ("action of the first days alone", {"action": "TOKEN_REUSED"}, None),
        ("address of the office", {"ipAddress": OFFICE}, everything.filter(ip_address=OFFICE)),
        ("address of the first day alone", {"ipAddress": ONCE}, None),
        ("resource role", {"resource": "role"}, everything.filter(resource="role")),
        (
            "resource role and its id",
            {"resource": "role", "resourceId": role},
            everything.filter(resource="role", resource_id=str(role)),
        ),
        ("a month, a year ago", month, within),
        ("until a year ago", {"endDate": month["startDate"]}, None),
        ("from two months ago", {"startDate": _days_ago(stage, 60)}, None),
        (
            "person and action",
            {"userId": prolific, "action": "TWO_FACTOR_ENABLED"},
            everything.filter(user=prolific, action="TWO_FACTOR_ENABLED"),
        ),
        ("person, a month, a year ago", {"userId": prolific, **month}, None),
        ("actor and an action never theirs", {"actorId": admin, "action": "TOKEN_REUSED"}, None),
        (
            "address and action",
            {"ipAddress": OFFICE, "action": "ADMIN_UNLOCKED"},
            everything.filter(ip_address=OFFICE, action="ADMIN_UNLOCKED"),
        ),
        ("resource and action", {"resource": "role", "action": "ROLE_ASSIGNED"}, None),
        ("ordinary person, USER_LOGIN", {"userId": ordinary, "action": "USER_LOGIN"}, None),
        ("USER_LOGIN in a month, a year ago", {"action": "USER_LOGIN", **month}, None),
        ("rare action in a month, a year ago", {"action": "TOKEN_REUSED", **month}, None),
    ):
        if rows is None:
            contest.line(f"log, {what}", AUDIT, query, original="audit", most_ms=PAGE_MS)
        else:
            contest.pages(
                f"log, {what}", AUDIT, query, rows=rows, original="audit", most_ms=PAGE_MS
            )


def _days_ago(stage: Stage, days: int) -> str:
    moment = EPOCH + timedelta(seconds=stage.marker["now"]) - timedelta(days=days)
    return moment.strftime("%Y-%m-%dT00:00:00Z")


GROUPS: Final = {"audit": logs}
