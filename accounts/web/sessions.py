"""Where one is signed in, and which devices are asked for no code."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models.session import Kind
from accounts.selectors.sessions import label_of, live_of
from accounts.services import sessions, trusted_devices
from accounts.web.browser import OwnRequest, own_page
from config.common.api.views import path_id
from config.common.request_meta import RequestMeta

MOST = 200  # shown; whoever has more ends them all


@own_page
def devices(request: OwnRequest) -> HttpResponse:
    if request.method == "POST":
        return _sign_others_out(request)
    user, current = request.user, request.auth.session_id
    listed = live_of(user).order_by("-last_activity", "-id")[:MOST]
    rows: list[dict[str, Any]] = [
        {
            "session": session,
            "label": label_of(session),
            "is_current": session.pk == current,
            "is_theirs": session.kind != Kind.IMPERSONATION,
            "icon": "phone" if session.system in {"iOS", "Android"} else "laptop",
        }
        for session in listed
    ]
    rows.sort(key=lambda row: not row["is_current"])
    context = {"rows": rows, "trusted": trusted_devices.of(user), "place": "sessions"}
    return render(request, "accounts/sessions.html", context)


def _sign_others_out(request: OwnRequest) -> HttpResponse:
    count = sessions.revoke_others(
        request.user,
        keep=request.auth.session_id,
        meta=RequestMeta.of(request),
    )
    said = ngettext("%(count)d device is signed out.", "%(count)d devices are signed out.", count)
    messages.success(request, said % {"count": count})
    return redirect("/account/sessions")


@own_page
def revoke(request: OwnRequest, session_id: str) -> HttpResponse:
    if request.method == "POST":
        sessions.revoke(path_id(session_id), of=request.user, meta=RequestMeta.of(request))
        messages.success(request, _("The device is signed out."))
    return redirect("/account/sessions")


@own_page
def forget_device(request: OwnRequest, trusted_id: str) -> HttpResponse:
    if request.method == "POST":
        trusted_devices.forget(request.user, path_id(trusted_id), meta=RequestMeta.of(request))
        messages.success(request, _("This device is asked for a code again."))
    return redirect("/account/sessions")
