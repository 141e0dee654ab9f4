"""A forgotten password; a new one for who knows the present one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.services import passwords
from accounts.web.browser import OpenRequest, OwnRequest, open_page, own_page
from accounts.web.forms import PageForm, PasswordField, attempt, form_page
from accounts.web.registration import EmailForm, password_hint
from config.common.api.throttling import auth, count, proof
from config.common.errors import DomainError
from config.common.pages import NOTHING, message, under_impersonation
from config.common.request_meta import RequestMeta


class ChangeForm(PageForm):
    current_password = PasswordField(label=gettext_lazy("Present password"))
    new_password = PasswordField(new=True, label=gettext_lazy("New password"))
    confirm_password = PasswordField(new=True, label=gettext_lazy("The new one again"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password"].help_text = password_hint()

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("new_password") != data.get("confirm_password"):
            self.add_error("confirm_password", _("These differ."))
        return data


@open_page
def forgot(request: OpenRequest) -> HttpResponse:
    form = EmailForm(request.POST or None)
    error: DomainError | None = None
    if request.method == "POST" and form.is_valid():

        def work(email: str) -> None:
            count(auth("forgot-password"), request)
            passwords.forgot(email, meta=RequestMeta.of(request))

        error = attempt(form, work)
        if error is None:
            text = _("If there is such an account, a link for a new password is on its way.")
            return message(request, _("Look into your mailbox"), text, good=True)
    context = {
        "title": _("Forgot your password?"),
        "text": _("We mail you a link with which you can choose a new one. It works for an hour."),
        "button": _("Mail me a link"),
    }
    return form_page(request, "accounts/simple_form.html", form, error, **context)


@under_impersonation(NOTHING)
@own_page
def change(request: OwnRequest) -> HttpResponse:
    form = ChangeForm(request.POST or None)
    error: DomainError | None = None
    if request.method == "POST" and form.is_valid():

        def work(current_password: str, new_password: str, **_again: str) -> None:
            count(proof("change-password"), request, who=str(request.user.pk))
            passwords.change(
                User.objects.get(pk=request.user.pk),
                current_password,
                new_password,
                keep=request.auth.session_id,
                meta=RequestMeta.of(request),
            )

        error = attempt(form, work)
        if error is None:
            messages.success(request, _("Your password is changed. Other devices are signed out."))
            return redirect("/account")
    return form_page(request, "accounts/change_password.html", form, error)
