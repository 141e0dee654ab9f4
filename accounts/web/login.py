"""Signing in, with a second factor where there is one; signing out; proving it again."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.models.session import Kind
from accounts.services import challenges, login, proof, sessions
from accounts.services.login import PasswordChangeNeeded, SecondFactorNeeded, SignedIn
from accounts.web import browser, link_pages
from accounts.web.browser import OpenRequest, OwnRequest, next_of, open_page, own_page, own_path
from accounts.web.forms import CodeField, PageForm, PasswordField, ProofForm, attempt, form_page
from config.common.api.throttling import auth, count
from config.common.api.throttling import proof as proof_limit
from config.common.crypto import seal
from config.common.errors import DomainError
from config.common.pages import FORMS, NOTHING, READING, under_impersonation
from config.common.request_meta import RequestMeta

CHALLENGE = "challenge"


class LoginForm(PageForm):
    identifier = forms.CharField(
        label=gettext_lazy("Email or username"),
        max_length=254,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    password = PasswordField(label=gettext_lazy("Password"))


class CodeForm(PageForm):
    # First: with scripts the code goes off at its sixth digit, and the box with it.
    trust = forms.BooleanField(
        label=gettext_lazy("Trust this device: ask for no code here for 30 days"), required=False
    )
    token = CodeField(label=gettext_lazy("Code"), digits=True)


class BackupCodeForm(PageForm):
    token = CodeField(
        label=gettext_lazy("Backup code"), help_text=gettext_lazy("Sixteen letters and digits.")
    )


@under_impersonation(READING)
@open_page
def sign_in(request: OpenRequest) -> HttpResponse:
    if request.auth is not None:
        return redirect(next_of(request))
    form = LoginForm(request.POST or None)
    error: DomainError | None = None
    if request.method == "POST" and form.is_valid():

        def work(identifier: str, password: str) -> None:
            count(auth("login"), request)
            outcomes.append(
                login.sign_in(
                    identifier,
                    password,
                    meta=RequestMeta.of(request),
                    device_token=browser.device_token(request),
                    kind=Kind.BROWSER,
                )
            )

        outcomes: list[login.Outcome] = []
        error = attempt(form, work)
        if error is None:
            return _go_on(request, outcomes[0])
    context: dict[str, Any] = {
        "next": next_of(request),
        "ended": request.session.pop("ended", False),
        "code": error.code if error else "",
    }
    return form_page(request, "accounts/login.html", form, error, **context)


def _go_on(request: HttpRequest, outcome: login.Outcome) -> HttpResponse:
    if isinstance(outcome, SecondFactorNeeded):
        request.session[CHALLENGE] = seal([outcome.challenge, next_of(request)])
        return redirect("/login/code")
    if isinstance(outcome, PasswordChangeNeeded):
        link_pages.keep(request, "reset-password", outcome.challenge)
        return redirect("/reset-password")
    return _come_in(request, outcome, next_of(request))


def _come_in(request: HttpRequest, signed_in: SignedIn, where: str) -> HttpResponse:
    browser.start(request, signed_in)
    response = redirect(own_path(where))
    browser.remember_device(response, signed_in.device_token)
    return response


@open_page
def code(request: OpenRequest) -> HttpResponse:
    held = link_pages.opened(request.session.get(CHALLENGE))
    if not held:
        return redirect("/login")
    challenge, where = held
    again = f"/login?{urlencode({'next': where})}"
    is_backup = "backup" in request.GET
    form = (BackupCodeForm if is_backup else CodeForm)(request.POST or None)
    error: DomainError | None = None
    if request.method == "POST" and form.is_valid():

        def work(token: str, *, trust: bool = False) -> None:
            count(auth("2fa-verify"), request)
            found.append(
                challenges.finish(challenge, token, trust=trust, meta=RequestMeta.of(request))
            )

        found: list[SignedIn] = []
        error = attempt(form, work)
        if error is None:
            return _come_in(request, found[0], where)
        if error.code in {"TOKEN_INVALID", "TOKEN_EXPIRED"}:
            # Five wrong codes, five minutes, or another password by now.
            request.session.pop(CHALLENGE, None)
            request.session["ended"] = True
            return redirect(again)
    left = (error.data or {}).get("attemptsLeft") if error else None
    context = {"is_backup": is_backup, "left": left, "again": again}
    return form_page(request, "accounts/login_code.html", form, error, **context)


@under_impersonation(FORMS)
@require_POST
def sign_out(request: OpenRequest) -> HttpResponse:
    """Out of this browser: where staff act in somebody's place, that ends with their session."""
    principal = request.own
    if principal is not None:
        sessions.sign_out(session_ids={principal.session_id}, meta=RequestMeta.of(request))
    browser.end(request)
    response = redirect("/login")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@under_impersonation(NOTHING)
@own_page
def confirm(request: OwnRequest) -> HttpResponse:
    """Asks for the proof before what is sensitive, and goes back to it."""
    user = request.user
    form = ProofForm(request.POST or None, needs_code=user.has_two_factor)
    error: DomainError | None = None
    if request.method == "POST" and form.is_valid():

        def work(password: str, code: str = "") -> None:
            count(proof_limit("reauthenticate"), request, who=str(user.pk))
            proof.reauthenticate(
                user,
                request.auth.session_id,
                password,
                code=code,
                meta=RequestMeta.of(request),
            )

        error = attempt(form, work)
        if error is None:
            return redirect(next_of(request))
    context = {"next": next_of(request), "title": _("Is it you?")}
    return form_page(request, "accounts/confirm.html", form, error, **context)


@under_impersonation(READING)
@open_page
def front(request: OpenRequest) -> HttpResponse:
    if request.auth is not None:
        return redirect(browser.HOME)
    return render(request, "accounts/front.html")
