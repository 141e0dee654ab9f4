"""Another email address for the account."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.services import email_change
from accounts.web.browser import OwnRequest, own_page
from accounts.web.fields import EmailField
from accounts.web.forms import ProofForm, attempt, form_page
from config.common.api.throttling import count, proof
from config.common.errors import DomainError
from config.common.pages import NOTHING, under_impersonation
from config.common.request_meta import RequestMeta


class EmailChangeForm(ProofForm):
    new_email = EmailField(label=gettext_lazy("New email address"))
    field_order = ("new_email", "password", "code")


@under_impersonation(NOTHING)
@own_page
def change(request: OwnRequest) -> HttpResponse:
    form = EmailChangeForm(request.POST or None, needs_code=request.user.has_two_factor)
    error: DomainError | None = None
    if request.method == "POST" and form.is_valid():

        def work(new_email: str, password: str, code: str = "") -> None:
            count(proof("change-email"), request, who=str(request.user.pk))
            email_change.ask(
                User.objects.get(pk=request.user.pk),
                new_email,
                password,
                code=code,
                meta=RequestMeta.of(request),
            )

        error = attempt(form, work)
        if error is None:
            messages.success(
                request, _("A mail is on its way to the new address. It counts once confirmed.")
            )
            return redirect("/account/profile")
    context = {
        "title": _("Change your email address"),
        "text": _(
            "We mail a link to the new address; nothing changes before you open it. The "
            "present address is told, and can undo the change for seven days."
        ),
        "button": _("Send the link"),
        "back": "/account/profile",
        "place": "profile",
    }
    return form_page(request, "accounts/own_form.html", form, error, **context)
