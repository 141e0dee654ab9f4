"""Signed-in browsers: what `request.user` and `request.auth` are on pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth import SESSION_KEY as USER
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.selectors.browsers import (
    ACTING,
    SESSION,
    principal_of_acting,
    principal_of_browser,
    way_back,
)
from accounts.selectors.principals import Principal
from accounts.services import impersonation, sessions
from config.common import logs
from config.common.errors import ImpersonationForbidden, SessionRevoked
from config.common.pages import failed, passing
from notifications.services.recipients import language_of

# What an open page asks for by itself: nobody needs to sit before it, so it keeps no session awake.
BY_ITSELF: Final = "/account/notifications/unread"


class BrowserSessionMiddleware:
    """Stands where Django's authentication middleware would, and asks the Session row.

    request.user: the account, or AnonymousUser; request.auth: the Principal, or None, as in the
    API. So a browser falls out at its next request, whoever ended its session and wherever.
    request.own: the same as auth; but where staff act in somebody's place, these two are the
    person's, and own is the staff's session, to which they come back when it is over.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.user = AnonymousUser()
        request.auth = request.own = None  # type: ignore[attr-defined]
        if SESSION in request.session:
            own = self._identify(request)
            if own is not None and ACTING in request.session and not self._act(request, own):
                return _back(request, own)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        """In somebody's place passes what a page says of itself, and nothing else."""
        principal: Principal | None = request.auth  # type: ignore[attr-defined]
        if principal is None or principal.actor_id is None or request.method in passing(view):
            return None
        return failed(request, _("Not in somebody else's place"), ImpersonationForbidden())

    @staticmethod
    def _identify(request: HttpRequest) -> Principal | None:
        principal = principal_of_browser(request.session)
        if principal is None:
            # Whatever else it held goes along; the page that asks for the sign-in says why.
            del request.session[SESSION]
            request.session.pop(USER, None)
            request.session.pop(ACTING, None)
            request.session["ended"] = True
            return None
        _be(request, principal)
        request.own = principal  # type: ignore[attr-defined]
        translation.activate(language_of(principal.user))
        if request.path_info.rstrip("/") != BY_ITSELF:
            sessions.touch(principal.session_id, seen=principal.last_activity)
        return principal

    @staticmethod
    def _act(request: HttpRequest, own: Principal) -> bool:
        """Put the person in the staff's stead; False where that is over.

        The language stays that of who reads the page, and `lastActivity` is not touched: the
        person was not here.
        """
        principal = principal_of_acting(request.session[ACTING], own)
        if principal is None:
            return False
        try:
            impersonation.require_standing(principal.session_id)
        except SessionRevoked:
            return False
        _be(request, principal)
        return True


def _be(request: HttpRequest, principal: Principal) -> None:
    request.user = principal.user
    request.auth = principal  # type: ignore[attr-defined]
    logs.user_id.set(str(principal.user.pk))


def _back(request: HttpRequest, own: Principal) -> HttpResponse:
    """It is over: whoever it was is themself again, and told so, whatever they asked for.

    A form that they filled in as the other must not be taken for one of their own, so nothing of
    this request is done and the forms that are open die. What a page fetches by itself, such as
    the number at its bell, is only refused: the message waits for a page.
    """
    if "text/html" not in request.headers.get("Accept", "text/html"):
        return HttpResponse(status=401)
    held = request.session.pop(ACTING)
    request.session.cycle_key()
    rotate_token(request)
    messages.info(request, _("You are no longer in somebody else's place, but yourself again."))
    return redirect(way_back(own.user, held.get("person", "")))
