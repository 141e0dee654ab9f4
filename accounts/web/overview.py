"""How safe the account is, on one page; and the theme, which belongs to the browser."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.selectors import avatar
from accounts.selectors.sessions import live_of
from accounts.services import trusted_devices, two_factor
from accounts.web.browser import OwnRequest, own_page, own_path
from audit import selectors as log
from audit.kinds import Action
from config.common.pages import FORMS, THEME, THEMES, under_impersonation
from notifications import selectors as notices

RECENT = 12
YEAR = 365 * 24 * 3600


@own_page
def security(request: OwnRequest) -> HttpResponse:
    user = request.user
    context: dict[str, Any] = {
        "place": "security",
        "status": two_factor.status(user),
        "devices": live_of(user).count(),
        "trusted": trusted_devices.of(user).count(),
        "avatar": avatar.url_of(user.avatar),
        "activity": [_told(entry) for entry in log.recent_history(user.pk, most=RECENT)],
        "password_changed_at": type(user)
        .objects.values_list("password_changed_at", flat=True)
        .get(pk=user.pk),
    }
    return render(request, "accounts/security.html", context)


def _told(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry of one's own history in words."""
    action = entry["action"]
    label = Action(action).label if action in Action else action
    return {
        **entry,
        "label": label,
        "when": datetime.fromisoformat(entry["timestamp"]),
        "by_staff": (entry["actor"] or {}).get("kind") == "staff",
    }


@under_impersonation(FORMS)
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Light, dark, or as the system has it. Works without scripts."""
    chosen = request.POST.get("theme", "")
    response = redirect(own_path(request.POST.get("next", ""), otherwise="/"))
    if chosen in THEMES:
        response.set_cookie(
            THEME, chosen, max_age=YEAR, secure=settings.SECURE, httponly=True, samesite="Lax"
        )
    else:
        response.delete_cookie(THEME, samesite="Lax")
    return response


def places(request: HttpRequest) -> dict[str, Any]:
    """For every template: how many notices are unread, where somebody is signed in."""
    if getattr(request, "auth", None) is None:
        return {}
    return {"unread": notices.unread_count(request.user)}  # type: ignore[arg-type]
