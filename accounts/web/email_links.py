"""Pages for the links of an email change: confirm it, undo it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.services import email_change
from accounts.web import link_pages
from accounts.web.link_pages import CodeForm, FormPage, pages_only


@pages_only
def confirm_email(request: HttpRequest) -> HttpResponse:
    return link_pages.button(
        request,
        page="confirm-email",
        title=_("Confirm your new email address"),
        text=_("Mails about your account go to this address from then on."),
        button=_("Use this address"),
        work=email_change.confirm,
        done=_("Your new email address is confirmed. Other devices were signed out."),
    )


@pages_only
def undo_email(request: HttpRequest) -> HttpResponse:
    shown = FormPage(
        page="undo-email",
        counted_as="undo-email",
        title=_("Undo the change of your email address"),
        template="accounts/undo_email.html",
        form=CodeForm,
        work=email_change.undo,
        done=_("Your address is back. Look into its mailbox for the link for a new password."),
    )
    text = _("This signs out every device and mails you a link for a new password.")
    return link_pages.form(request, shown, text=text, button=_("Undo the change"))
