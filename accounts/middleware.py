"""Signed-in browsers: what `request.user` and `request.auth` are on pages."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth import SESSION_KEY as USER
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation

from accounts.selectors.browsers import SESSION, principal_of_browser
from accounts.services import sessions
from config.common import logs
from notifications.services.recipients import language_of


class BrowserSessionMiddleware:
    """Stands where Django's authentication middleware would, and asks the Session row.

    request.user: the account, or AnonymousUser; request.auth: the Principal, or None, as in the
    API. So a browser falls out at its next request, whoever ended its session and wherever.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.user = AnonymousUser()
        request.auth = None  # type: ignore[attr-defined]
        if SESSION in request.session:
            self._identify(request)
        return self.get_response(request)

    @staticmethod
    def _identify(request: HttpRequest) -> None:
        principal = principal_of_browser(request.session)
        if principal is None:
            # Whatever else it held goes along; the page that asks for the sign-in says why.
            del request.session[SESSION]
            request.session.pop(USER, None)
            request.session["ended"] = True
            return
        request.user = principal.user
        request.auth = principal  # type: ignore[attr-defined]
        logs.user_id.set(str(principal.user.pk))
        translation.activate(language_of(principal.user))
        sessions.touch(principal.session_id, seen=principal.last_activity)
