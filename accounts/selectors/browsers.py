"""Whose browser this is: the page session names a Session row, and the row decides."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import SESSION_KEY as USER
from django.utils import timezone

from accounts.models.session import Kind
from accounts.selectors.principals import Principal, principal_of
from config.common.ids import parse_uuid
from rbac.permissions import Permission

# Beside Django's own key for the user, by which erasure finds the page sessions of a person.
SESSION: Final = "session"


def principal_of_browser(held: Mapping[str, Any]) -> Principal | None:
    """The live browser session that a page session stands for; None where there is none.

    One query, for staff whose session has been quiet or open for long one more.
    """
    session_id, user_id = parse_uuid(held.get(SESSION, "")), parse_uuid(held.get(USER, ""))
    if session_id is None or user_id is None:
        return None
    now = timezone.now()
    principal = principal_of(session_id, user_id, now=now)
    if principal is None or principal.kind != Kind.BROWSER or _is_over(principal, now):
        return None
    return principal


def _is_over(principal: Principal, now: datetime) -> bool:
    """Staff are signed out after an idle hour and after half a day."""
    is_quiet = now - principal.last_activity > settings.STAFF_IDLE
    is_long = now - principal.created_at > settings.STAFF_LIFETIME
    return (is_quiet or is_long) and principal.user.has_perm(Permission.ADMIN_ACCESS.perm)
