"""What the tests of these pages ask for and look at."""

from __future__ import annotations

import re
from typing import Any

from accounts.admin.acts import ACTS
from accounts.models import OneTimeToken, Session, User
from audit.models import AuditEntry
from notifications.models import Notification, OutboxMail
from rbac.models import PersonGrant, Role, RoleAssignment

LIST = "/staff/accounts/user/"
ACT = f"{LIST}act/"
SESSIONS = "/staff/accounts/session/"
REASON = "Because of a test."


def page_of(person: Any, tab: str = "profile") -> str:
    return f"{LIST}{person.pk}/change/?tab={tab}"


def usernames(answer: Any) -> list[str]:
    """Who stands in the list, in its order."""
    assert answer.status_code == 200, answer
    return [row["username"] for row in answer.context["rows"]]


def do(browser: Any, action: str, *people: Any, **given: Any) -> Any:
    """What a form sends that was confirmed; the answer behind its redirects."""
    ids = [str(getattr(one, "pk", one)) for one in people]
    return browser.post(ACT, {"action": action, "ids": ids, "sure": "1", **given}, follow=True)


def said(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def faults(answer: Any) -> list[str]:
    """What the form that is shown again says is wrong."""
    assert answer.status_code == 200, answer
    listed = answer.context["form"].errors.values()
    return [str(fault) for found in listed for fault in found]


def told(answer: Any) -> list[str]:
    """Why nothing was done, wherever the page says it."""
    return said(answer) + (faults(answer) if "form" in answer.context else [])


def unchanged(answer: Any) -> dict[str, str]:
    """Whom nothing was done to, and why."""
    assert answer.status_code == 200, answer
    return {person["username"]: why for person, why in answer.context["unchanged"]}


def buttons(answer: Any) -> set[str]:
    """The acts that a page offers."""
    page = answer.content.decode()
    named = re.findall(r'name="action" value="(\w+)"', page)
    listed = re.findall(r'<option value="(\w+)">', page.partition('name="action"')[2])
    return {name for name in [*named, *listed] if name in ACTS}


def given_for(action: str, person: User) -> dict[str, str]:
    """What the act's form asks, so that it could be done to this person."""
    session = Session.objects.filter(user=person).first()
    role = Role.objects.get_or_create(name="helpers")[0]
    return {
        "reason": REASON,
        "confirm_email": person.email,
        "role": str(role.pk),
        "permission": "USER_READ",
        "on": person.username,
        "session": str(session.pk) if session else "",
        "grant": str(PersonGrant.objects.filter(user=person).values_list("pk", flat=True).first()),
    }


def state() -> list[Any]:
    """Whatever an act could change."""
    columns = (
        "pk", "password", "suspended_at", "deactivated_at", "deleted_at", "invited_at",
        "email_verified_at", "two_factor_enabled_at", "username", "email", "first_name",
        "sessions_valid_from",
    )  # fmt: skip
    return [
        list(User.objects.order_by("pk").values_list(*columns)),
        list(Session.objects.order_by("pk").values_list("pk", "revoked_at")),
        list(RoleAssignment.objects.order_by("pk").values_list("pk", "expires_at")),
        PersonGrant.objects.count(),
        OneTimeToken.objects.count(),
        AuditEntry.objects.count(),
        Notification.objects.count(),
        OutboxMail.objects.count(),
    ]
