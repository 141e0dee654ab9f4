"""Pages for links in mails: address, password, lock, "that was not me"."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.services import alerts, passwords, registration
from accounts.web import link_pages
from accounts.web.forms import PasswordField
from accounts.web.link_pages import CodeForm, FormPage, pages_only
from accounts.web.registration import password_hint
from config.common.request_meta import RequestMeta


class PasswordForm(CodeForm):
    """A new password, typed twice, and a code where a second factor is on."""

    password = PasswordField(new=True, label=gettext_lazy("New password"))
    confirm_password = PasswordField(new=True, label=gettext_lazy("The same again"))
    field_order = ("password", "confirm_password", "code")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = password_hint()

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("password") != data.get("confirm_password"):
            self.add_error("confirm_password", _("These differ."))
        return data


@pages_only
def verify_email(request: HttpRequest) -> HttpResponse:
    return link_pages.button(
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
    return link_pages.button(
        request,
        page="unlock",
        title=_("Unlock your account"),
        text=_("Sign-in was locked after too many failed tries."),
        button=_("Unlock"),
        work=alerts.unlock,
        done=_("The lock is lifted. You can sign in again."),
    )


@pages_only
def not_me(request: HttpRequest) -> HttpResponse:
    return link_pages.button(
        request,
        page="not-me",
        title=_("That was not you?"),
        text=_("This signs out every device and mails you a link for a new password."),
        button=_("Sign out everywhere"),
        work=alerts.not_me,
        done=_("You are signed out everywhere. Look into your mailbox for the link."),
    )


@pages_only
def reset_password(request: HttpRequest) -> HttpResponse:
    return _password(request, page="reset-password", title=_("Choose a new password"))


@pages_only
def accept_invitation(request: HttpRequest) -> HttpResponse:
    return _password(request, page="accept-invitation", title=_("Welcome. Choose a password"))


def _password(request: HttpRequest, *, page: str, title: str) -> HttpResponse:
    shown = FormPage(
        page=page,
        counted_as="reset-password",
        title=title,
        template="accounts/password.html",
        form=PasswordForm,
        work=_reset,
        done=_("Your password is set. Every device was signed out."),
    )
    return link_pages.form(request, shown)


def _reset(token: str, *, meta: RequestMeta, password: str, code: str, **_form: str) -> None:
    passwords.reset(token, password, code=code, meta=meta)
