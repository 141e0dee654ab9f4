"""A browser that signs in and out: its page session, its cookies, and who may see a page."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from datetime import UTC, tzinfo
from functools import wraps
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import SESSION_KEY as USER
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.selectors.browsers import SESSION
from accounts.selectors.principals import Principal
from accounts.services.login import SignedIn
from config.common.api.throttling import GENERAL, count
from config.common.errors import DomainError
from config.common.pages import NOTHING, READING, failed, passing, under_impersonation

DEVICE: Final = "__Host-device" if settings.SECURE else "device"
DEVICE_AGE: Final = 365 * 24 * 3600
HOME: Final = "/account"


class OpenRequest(HttpRequest):
    """A request for a page that everybody may see."""

    auth: Principal | None
    own: Principal | None


class OwnRequest(HttpRequest):
    """A request of somebody signed in. user: the account; auth: the session.

    own: the same, but where staff act in somebody's place: their own session then.
    """

    user: User
    auth: Principal
    own: Principal


View = Callable[..., HttpResponseBase]
_pages = require_http_methods(["GET", "HEAD", "POST"])


def start(request: HttpRequest, signed_in: SignedIn) -> None:
    """The page session of a login: a new one, so that nobody's planted cookie is signed in."""
    request.session.flush()
    rotate_token(request)
    request.session[USER] = str(signed_in.user.pk)
    request.session[SESSION] = str(signed_in.session.pk)
    remaining = signed_in.session.expires_at - timezone.now()
    request.session.set_expiry(max(1, int(remaining.total_seconds())))


def remember_device(response: HttpResponseBase, device_token: str) -> None:
    """So that the next login from here is no news, and may be spared the code."""
    response.set_cookie(
        DEVICE,
        device_token,
        max_age=DEVICE_AGE,
        secure=settings.SECURE,
        httponly=True,
        samesite="Lax",
    )


def device_token(request: HttpRequest) -> str:
    return request.COOKIES.get(DEVICE, "")


def end(request: HttpRequest) -> None:
    request.session.flush()
    rotate_token(request)


def own_path(wanted: str, *, otherwise: str = HOME) -> str:
    """Where to go on: a path of ours, or else the usual one. Never another site's address."""
    is_ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, None)
    return wanted if is_ours else otherwise


def next_of(request: HttpRequest) -> str:
    return own_path(request.POST.get("next") or request.GET.get("next") or "")


def login_first(request: HttpRequest) -> HttpResponse:
    return redirect(f"/login?{urlencode({'next': _here(request)})}")


def open_page(view: View) -> View:
    """A page for everybody, counted like any call."""

    @_pages
    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return _counted(request, view, *args, **kwargs)

    return shown


def own_page(view: View) -> View:
    """A page for who is signed in; everybody else signs in first and comes back.

    Staff in somebody's place may read it, where it says nothing else. Times are those of the
    reader's own clock, as the language is the reader's own.
    """

    @under_impersonation(passing(view, READING))
    @_pages
    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.auth is None:  # type: ignore[attr-defined]
            return login_first(request)
        with timezone.override(_zone(request.own)):  # type: ignore[attr-defined]
            return _counted(request, view, *args, **kwargs)

    return shown


def sensitive_page(view: View) -> View:
    """The same, for who has proved lately that it is them; the others prove it and come back."""

    @under_impersonation(NOTHING)
    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        window = settings.REAUTHENTICATION_WINDOW
        proven_at = request.auth.proven_at  # type: ignore[attr-defined]
        if window is not None and timezone.now() - proven_at > window:
            return redirect(f"/confirm?{urlencode({'next': _here(request)})}")
        return view(request, *args, **kwargs)

    return own_page(shown)


def counted_as(request: HttpRequest) -> str:
    """Whose limits a request touches: staff in somebody's place use up their own."""
    principal: Principal | None = request.auth  # type: ignore[attr-defined]
    return str(principal.actor_id or principal.user.pk) if principal else ""


def _zone(own: Principal) -> tzinfo:
    """The one in their profile, which came with the session; UTC where the system has none such."""
    *_details, name, _preferences = own.profile
    try:
        return zoneinfo.ZoneInfo(name) if name else UTC
    except (LookupError, ValueError, OSError):
        return UTC


def _here(request: HttpRequest) -> str:
    """What to come back to: what was asked for, and after a form the page that it stood on."""
    return request.get_full_path() if request.method in {"GET", "HEAD"} else request.path


def _counted(request: HttpRequest, view: View, *args: Any, **kwargs: Any) -> HttpResponseBase:
    try:
        count(GENERAL, request, who=counted_as(request))
        return view(request, *args, **kwargs)
    except DomainError as error:
        return failed(request, _("That did not work"), error)
