"""Whose browser this is: the page session names a Session row, and the row decides."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.contrib.auth import SESSION_KEY as USER
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts.models import User
from accounts.models.session import Kind
from accounts.selectors.principals import Principal, principal_of
from config.common.ids import parse_uuid
from rbac.permissions import Permission

# Beside Django's own key for the user, by which erasure finds the page sessions of a person.
SESSION: Final = "session"
# While staff act in somebody's place: that session's id, the person's, and when it ends. The two
# above stay the staff's own, so whatever ends their session ends this, and they come back to it.
ACTING: Final = "acting"


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


def principal_of_acting(held: Mapping[str, Any], own: Principal) -> Principal | None:
    """The person in whose place `own` acts, by what stands under ACTING; None where it is over.

    Whether it may still go on is `impersonation.require_standing`'s to say.
    """
    session_id, person_id = parse_uuid(held.get("session", "")), parse_uuid(held.get("person", ""))
    if session_id is None or person_id is None:
        return None
    principal = principal_of(session_id, person_id, now=timezone.now())
    is_ours = principal is not None and principal.actor_id == own.user.pk
    return principal if is_ours else None


def way_back(staff: User, person_id: UUID | str) -> str:
    """The page of the staff site that they came from, as far as it is still theirs to see."""
    if not staff.has_perm(Permission.ADMIN_ACCESS.perm):
        return "/account"
    if staff.has_perm(Permission.USER_READ.perm):
        with suppress(NoReverseMatch):
            return reverse("admin:accounts_user_change", args=[person_id])
    return reverse("admin:index")


def _is_over(principal: Principal, now: datetime) -> bool:
    """Staff are signed out after an idle hour and after half a day."""
    is_quiet = now - principal.last_activity > settings.STAFF_IDLE
    is_long = now - principal.created_at > settings.STAFF_LIFETIME
    return (is_quiet or is_long) and principal.user.has_perm(Permission.ADMIN_ACCESS.perm)
