"""What pages for links in mails share. A GET spends nothing: mail scanners open links too.

It takes the token into the page's session, encrypted, and redirects to a clean address, so that
no token stays in a history or a log. The button's POST does the work.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.web.forms import CodeField, PageForm, attempt, form_page
from config.common.api.throttling import auth, count
from config.common.crypto import seal, unseal
from config.common.errors import DomainError
from config.common.pages import failed, message
from config.common.request_meta import RequestMeta

MAX_TOKEN = 200
KEPT = 3600  # seconds
pages_only = require_http_methods(["GET", "HEAD", "POST"])


class CodeForm(PageForm):
    """A code where a second factor is on."""

    code = CodeField(
        label=gettext_lazy("Code of your second factor, where you use one"),
        help_text=gettext_lazy("Or one of your backup codes."),
        required=False,
    )


@dataclass(frozen=True, slots=True)
class FormPage:
    """A page whose link needs more than a click.

    page: its path; counted_as: the name of its rate limit; work: gets the token, the form's values
    and `meta`.
    """

    page: str
    counted_as: str
    title: str
    template: str
    form: type[PageForm]
    work: Callable[..., None]
    done: str


def button(
    request: HttpRequest,
    *,
    page: str,
    title: str,
    text: str,
    button: str,
    work: Callable[..., None],
    done: str,
) -> HttpResponse:
    """One click does it."""
    if "token" in request.GET:
        return _take(request, page)
    token = _kept(request, page)
    if not token:
        return _dead(request, title)
    if request.method == "POST":
        try:
            count(auth(page), request)
            work(token, meta=RequestMeta.of(request))
        except DomainError as error:
            return _failed(request, page, title, error)
        _forget(request, page)
        return message(request, _("Done"), done, good=True)
    context = {"title": title, "text": text, "button": button}
    return render(request, "accounts/button.html", context)


def form(request: HttpRequest, shown: FormPage, **context: Any) -> HttpResponse:
    """A form does it; its faults are shown in it."""
    if "token" in request.GET:
        return _take(request, shown.page)
    token = _kept(request, shown.page)
    if not token:
        return _dead(request, shown.title)
    filled = shown.form(request.POST if request.method == "POST" else None)
    error: DomainError | None = None
    if request.method == "POST" and filled.is_valid():

        def work(**given: Any) -> None:
            count(auth(shown.counted_as), request)
            shown.work(token, meta=RequestMeta.of(request), **given)

        error = attempt(filled, work)
        if error is None:
            _forget(request, shown.page)
            return message(request, _("Done"), shown.done, good=True)
        if error.code in {"TOKEN_INVALID", "TOKEN_EXPIRED"}:
            return _failed(request, shown.page, shown.title, error)
    return form_page(request, shown.template, filled, error, title=shown.title, **context)


def _take(request: HttpRequest, page: str) -> HttpResponse:
    keep(request, page, request.GET.get("token", "")[:MAX_TOKEN])
    return redirect(f"{settings.PUBLIC_URL}/{page}")


def keep(request: HttpRequest, page: str, token: str) -> None:
    """Put a token where its page will look for it; an hour is enough to press a button."""
    request.session[f"link:{page}"] = seal([token, int(time.time()) + KEPT])
    if request.auth is None:  # type: ignore[attr-defined]
        # Nothing else is in it, so the row goes as well; a signed-in browser's stays.
        request.session.set_expiry(KEPT)


def opened(sealed: Any) -> Any:
    """What `seal` put away in a page session; None where it is not there or not ours any more."""
    try:
        return unseal(sealed) if sealed else None
    except ImproperlyConfigured:
        return None


def _kept(request: HttpRequest, page: str) -> str:
    held = opened(request.session.get(f"link:{page}"))
    return str(held[0]) if held and held[1] > time.time() else ""


def _forget(request: HttpRequest, page: str) -> None:
    request.session.pop(f"link:{page}", None)


def _failed(request: HttpRequest, page: str, title: str, error: DomainError) -> HttpResponse:
    if error.code in {"TOKEN_INVALID", "TOKEN_EXPIRED"}:
        _forget(request, page)
    return failed(request, title, error)


def _dead(request: HttpRequest, title: str) -> HttpResponse:
    text = _("This page needs the link from your mail. Please open it from there.")
    return message(request, title, text, status=400)
