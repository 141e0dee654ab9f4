"""Pages for links in mails. A GET spends nothing: mail scanners open links too.

It takes the token into the page's session, encrypted, and redirects to a clean address, so that
no token stays in a history or a log. The button's POST does the work.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.services import login, passwords, registration
from config.common.api.throttling import auth, count
from config.common.crypto import seal, unseal
from config.common.errors import DomainError, ValidationFailed
from config.common.pages import message
from config.common.request_meta import RequestMeta

MAX_TOKEN = 200
pages_only = require_http_methods(["GET", "HEAD", "POST"])


class PasswordForm(forms.Form):
    """A new password, typed twice, and a code where a second factor is on."""

    password = forms.CharField(
        label=gettext_lazy("New password"),
        strip=False,
        max_length=1024,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "autofocus": True}),
    )
    confirm_password = forms.CharField(
        label=gettext_lazy("The same again"),
        strip=False,
        max_length=1024,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    code = forms.CharField(
        label=gettext_lazy("Code of your second factor, where you use one"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("password") != data.get("confirm_password"):
            self.add_error("confirm_password", _("These differ."))
        return data


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/front.html")


@pages_only
def verify_email(request: HttpRequest) -> HttpResponse:
    return _button(
        request,
        page="verify-email",
        title=_("Confirm your email address"),
        text=_("One click, and your address is confirmed."),
        button=_("Confirm"),
        work=registration.verify_email,
        done=_("Your email address is confirmed."),
    )


@pages_only
def unlock(request: HttpRequest) -> HttpResponse:
    return _button(
        request,
        page="unlock",
        title=_("Unlock your account"),
        text=_("Sign-in was locked after too many failed tries."),
        button=_("Unlock"),
        work=login.unlock,
        done=_("The lock is lifted. You can sign in again."),
    )


@pages_only
def not_me(request: HttpRequest) -> HttpResponse:
    return _button(
        request,
        page="not-me",
        title=_("That was not you?"),
        text=_("This signs out every device and mails you a link for a new password."),
        button=_("Sign out everywhere"),
        work=login.not_me,
        done=_("You are signed out everywhere. Look into your mailbox for the link."),
    )


@pages_only
def reset_password(request: HttpRequest) -> HttpResponse:
    return _password(request, page="reset-password", title=_("Choose a new password"))


@pages_only
def accept_invitation(request: HttpRequest) -> HttpResponse:
    return _password(request, page="accept-invitation", title=_("Welcome. Choose a password"))


def _button(
    request: HttpRequest,
    *,
    page: str,
    title: str,
    text: str,
    button: str,
    work: Callable[..., None],
    done: str,
) -> HttpResponse:
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


def _password(request: HttpRequest, *, page: str, title: str) -> HttpResponse:
    if "token" in request.GET:
        return _take(request, page)
    token = _kept(request, page)
    if not token:
        return _dead(request, title)
    form = PasswordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            count(auth("reset-password"), request)
            passwords.reset(
                token,
                form.cleaned_data["password"],
                code=form.cleaned_data["code"],
                meta=RequestMeta.of(request),
            )
        except ValidationFailed as error:
            for fault in error.errors:
                form.add_error("password", str(fault.message))
        except DomainError as error:
            if error.code in {"TOKEN_INVALID", "TOKEN_EXPIRED"}:
                return _failed(request, page, title, error)
            field = "code" if "CODE" in error.code or "FACTOR" in error.code else "password"
            form.add_error(field, str(error.message))
        else:
            _forget(request, page)
            text = _("Your password is set. Every device was signed out.")
            return message(request, _("Done"), text, good=True)
    status = 422 if form.errors else 200
    return render(request, "accounts/password.html", {"title": title, "form": form}, status=status)


def _take(request: HttpRequest, page: str) -> HttpResponse:
    token = request.GET.get("token", "")[:MAX_TOKEN]
    request.session[f"link:{page}"] = seal(token)
    # An hour is enough to press a button, and the row holds nothing for longer.
    request.session.set_expiry(3600)
    return redirect(f"{settings.PUBLIC_URL}/{page}")


def _kept(request: HttpRequest, page: str) -> str:
    sealed = request.session.get(f"link:{page}")
    if not sealed:
        return ""
    try:
        return str(unseal(sealed))
    except ImproperlyConfigured:
        return ""


def _forget(request: HttpRequest, page: str) -> None:
    request.session.pop(f"link:{page}", None)


def _failed(request: HttpRequest, page: str, title: str, error: DomainError) -> HttpResponse:
    if error.code in {"TOKEN_INVALID", "TOKEN_EXPIRED"}:
        _forget(request, page)
    response = message(request, title, str(error.message), status=error.status)
    if error.retry_after:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _dead(request: HttpRequest, title: str) -> HttpResponse:
    text = _("This page needs the link from your mail. Please open it from there.")
    return message(request, title, text, status=400)
