"""The second factor: set up, turned on, its backup codes, turned off."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.services import two_factor
from accounts.web import link_pages
from accounts.web.browser import OwnRequest, own_page, sensitive_page
from accounts.web.forms import CodeField, PageForm, attempt, form_page
from config.common.api.throttling import count, proof
from config.common.crypto import seal
from config.common.errors import DomainError
from config.common.pages import NOTHING, under_impersonation
from config.common.request_meta import RequestMeta

SETUP = "two_factor_setup"


class EnableForm(PageForm):
    code = CodeField(label=gettext_lazy("Six digits from the app"), digits=True)


class ProofForm(PageForm):
    code = CodeField(label=gettext_lazy("Code from your app, or a backup code"))


@own_page
def overview(request: OwnRequest) -> HttpResponse:
    context = {"status": two_factor.status(request.user), "place": "security"}
    return render(request, "accounts/two_factor.html", context)


@sensitive_page
def set_up(request: OwnRequest) -> HttpResponse:
    """A GET shows the set-up under way, or begins one: reloading changes no secret."""
    user = request.user
    if user.has_two_factor:
        return redirect("/account/two-factor")
    held = link_pages.opened(request.session.get(SETUP))
    if held is None or "new" in request.POST:
        made = two_factor.set_up(user)
        held = [made.secret, made.picture, made.otpauth_url, made.backup_codes]
        request.session[SETUP] = seal(held)
    secret, picture, url, codes = held
    form = EnableForm(request.POST if "code" in request.POST else None)
    error: DomainError | None = None
    if request.method == "POST" and form.is_bound and form.is_valid():

        def work(code: str) -> None:
            count(proof("2fa-enable"), request, who=str(user.pk))
            two_factor.enable(
                user,
                code,
                keep=request.auth.session_id,
                meta=RequestMeta.of(request),
            )

        error = attempt(form, work)
        if error is None:
            request.session.pop(SETUP, None)
            return _codes(request, codes, _("Two-factor authentication is on"))
        if error.code in {"TWO_FACTOR_NOT_SET_UP", "TWO_FACTOR_ENABLED"}:
            # Begun anew, or finished, somewhere else.
            request.session.pop(SETUP, None)
            return redirect("/account/two-factor")
    context = {"secret": secret, "picture": picture, "url": url, "place": "security"}
    return form_page(request, "accounts/two_factor_setup.html", form, error, **context)


@under_impersonation(NOTHING)
@own_page
def renew_codes(request: OwnRequest) -> HttpResponse:
    form = ProofForm(request.POST or None)
    error: DomainError | None = None
    if request.method == "POST" and form.is_valid():

        def work(code: str) -> None:
            count(proof("2fa-backup-codes"), request, who=str(request.user.pk))
            codes.extend(
                two_factor.renew_backup_codes(request.user, code, meta=RequestMeta.of(request))
            )

        codes: list[str] = []
        error = attempt(form, work)
        if error is None:
            return _codes(request, codes, _("Your new backup codes"))
    context = {
        "title": _("New backup codes"),
        "text": _("Ten new codes take the place of the old ones, which open nothing any more."),
        "button": _("Make new codes"),
        "back": "/account/two-factor",
        "place": "security",
    }
    return form_page(request, "accounts/own_form.html", form, error, **context)


@under_impersonation(NOTHING)
@own_page
def turn_off(request: OwnRequest) -> HttpResponse:
    form = ProofForm(request.POST or None)
    error: DomainError | None = None
    if request.method == "POST" and form.is_valid():

        def work(code: str) -> None:
            count(proof("2fa-disable"), request, who=str(request.user.pk))
            two_factor.disable(
                request.user,
                code,
                keep=request.auth.session_id,
                meta=RequestMeta.of(request),
            )

        error = attempt(form, work)
        if error is None:
            messages.success(request, _("Two-factor authentication is off."))
            return redirect("/account/two-factor")
    context = {
        "title": _("Turn two-factor authentication off"),
        "text": _("The password alone will open your account. Other devices are signed out."),
        "button": _("Turn it off"),
        "back": "/account/two-factor",
        "danger": True,
        "place": "security",
    }
    return form_page(request, "accounts/own_form.html", form, error, **context)


def _codes(request: OwnRequest, codes: list[str], title: str) -> HttpResponse:
    """Shown this once, in answer to the form, and kept nowhere."""
    context = {"codes": codes, "title": title, "place": "security"}
    return render(request, "accounts/backup_codes.html", context)
