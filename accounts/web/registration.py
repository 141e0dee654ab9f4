"""Signing up, and another link where the first one got lost."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.services import policy, registration
from accounts.web import browser
from accounts.web.browser import OpenRequest, open_page
from accounts.web.fields import EmailField, UsernameField
from accounts.web.forms import PageForm, PasswordField, attempt, form_page
from config.common.api.throttling import auth, count
from config.common.errors import DomainError
from config.common.forms import TextField
from config.common.pages import READING, message, under_impersonation
from config.common.request_meta import RequestMeta


class RegisterForm(PageForm):
    email = EmailField()
    username = UsernameField(help_text=gettext_lazy("Letters, digits and underscores; public."))
    first_name = TextField(label=gettext_lazy("First name"), max_length=50, required=False)
    last_name = TextField(label=gettext_lazy("Last name"), max_length=50, required=False)
    password = PasswordField(new=True, label=gettext_lazy("Password"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["first_name"].widget.attrs["autocomplete"] = "given-name"
        self.fields["last_name"].widget.attrs["autocomplete"] = "family-name"
        self.fields["password"].help_text = password_hint()


class EmailForm(PageForm):
    email = EmailField()


def password_hint() -> str:
    """What the rules in force ask for."""
    if policy.password_policy() == "length":
        return _("15 characters or more; 8 with a second factor. A few words are fine.")
    return _("8 characters with upper and lower case, a digit and a special one; or any 15.")


@under_impersonation(READING)
@open_page
def register(request: OpenRequest) -> HttpResponse:
    if request.auth is not None:
        return redirect(browser.HOME)
    if not policy.registration_open():
        text = _("Sign-up is closed. Ask whoever runs this service for an invitation.")
        return message(request, _("Sign-up is closed"), text, status=403)
    form = RegisterForm(request.POST or None)
    error: DomainError | None = None
    if request.method == "POST" and form.is_valid():

        def work(**given: str) -> None:
            count(auth("register"), request)
            registration.register(
                **given,
                language=translation.get_language() or "en",
                meta=RequestMeta.of(request),
            )

        error = attempt(form, work)
        if error is None:
            return render(
                request, "accounts/registered.html", {"email": form.cleaned_data["email"]}
            )
    return form_page(request, "accounts/register.html", form, error)


@open_page
def resend(request: OpenRequest) -> HttpResponse:
    form = EmailForm(request.POST or None)
    error: DomainError | None = None
    if request.method == "POST" and form.is_valid():

        def work(email: str) -> None:
            count(auth("resend-verification"), request)
            registration.resend_verification(email)

        error = attempt(form, work)
        if error is None:
            text = _("If this address waits to be confirmed, a new link is on its way.")
            return message(request, _("Look into your mailbox"), text, good=True)
    context = {
        "title": _("Send the link again"),
        "text": _("For an account whose address is not confirmed yet. Earlier links die."),
        "button": _("Send a new link"),
    }
    return form_page(request, "accounts/simple_form.html", form, error, **context)
