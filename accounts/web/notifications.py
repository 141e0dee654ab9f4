"""One's inbox on a page."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.web.browser import OpenRequest, OwnRequest, own_page
from config.common import keyset
from config.common.api.views import path_id
from config.common.ids import parse_uuid
from config.common.pages import READING, under_impersonation
from notifications import selectors
from notifications.models import Notification
from notifications.services import inbox

LENGTH = 25


@own_page
def listed(request: OwnRequest) -> HttpResponse:
    if request.method == "POST":
        return _all(request)
    after = parse_uuid(request.GET.get("after", ""))
    anchor = Notification.objects.filter(pk=after, user=request.user).first() if after else None
    found = keyset.read(
        selectors.inbox(request.user),
        selectors.NEWEST,
        limit=LENGTH,
        position=(anchor.created_at, anchor.pk) if anchor else None,
    )
    context = {
        "notices": found.rows,
        "more": found.rows[-1].pk if found.position else None,
        "is_first": anchor is None,
        "place": "notifications",
    }
    return render(request, "accounts/notifications.html", context)


def _all(request: OwnRequest) -> HttpResponse:
    if "clear" in request.POST:
        inbox.clear(request.user)
        messages.success(request, _("Your inbox is empty."))
    else:
        inbox.mark_all_read(request.user)
    return redirect("/account/notifications")


@own_page
def one(request: OwnRequest, notification_id: str) -> HttpResponse:
    """Read it, or throw it away."""
    if request.method == "POST":
        work = inbox.delete if "delete" in request.POST else inbox.mark_read
        work(request.user, path_id(notification_id))
    return redirect("/account/notifications")


@under_impersonation(READING)
@require_safe
def unread(request: OpenRequest) -> HttpResponse:
    """How many are unread, for the page's bell; asked once a minute and counted nowhere."""
    if request.auth is None:
        return JsonResponse({"unread": 0}, status=401)
    return JsonResponse({"unread": selectors.unread_count(request.auth.user)})
