"""One's data as a file; the account off, deleted, erased, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.errors import AccountDeleted
from accounts.models import User
from accounts.services.lifecycle import activation, deletion, erasure, export
from accounts.web import browser
from accounts.web.browser import OpenRequest, OwnRequest, open_page, own_page, sensitive_page
from accounts.web.fields import EmailField
from accounts.web.forms import ProofForm, attempt, form_page
from config.common.api.throttling import auth, count, proof
from config.common.errors import DomainError, SessionRevoked
from config.common.pages import NOTHING, message, under_impersonation
from config.common.request_meta import RequestMeta

# What the preview counts, for people. What is not listed is shown by its own name.
KINDS = {
    "avatar": gettext_lazy("Your picture"),
    "profile": gettext_lazy("Your profile"),
    "sessions": gettext_lazy("Sessions"),
    "links": gettext_lazy("Links from mails"),
    "passwordHistory": gettext_lazy("Former passwords (hashed)"),
    "mails": gettext_lazy("Queued mails"),
    "notifications": gettext_lazy("Notifications"),
    "roles": gettext_lazy("Roles"),
    "grants": gettext_lazy("Permissions on single people"),
    "twoFactor": gettext_lazy("Authenticator apps"),
    "backupCodeSets": gettext_lazy("Sets of backup codes"),
    "trustedDevices": gettext_lazy("Trusted devices"),
    "failureCounts": gettext_lazy("Counts of failed sign-ins"),
    "loginFailures": gettext_lazy("Records of failed sign-ins"),
    "loginRecords": gettext_lazy("Records of sign-ins"),
    "locks": gettext_lazy("Locks"),
    "usernameHolds": gettext_lazy("Held usernames"),
    "pageSessions": gettext_lazy("Browser sessions"),
    "auditEntries": gettext_lazy("Entries of the audit log"),
}


class ReturnForm(ProofForm):
    email = EmailField()
    field_order = ("email", "password", "code")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, needs_code=True, **kwargs)
        # Who has a second factor is not known before the password is right.
        self.fields["code"].required = False
        self.fields["code"].label = _("Code of your second factor, where you use one")


class EraseForm(ProofForm):
    confirm_email = EmailField(label=gettext_lazy("Your email address, to be sure"))
    field_order = ("confirm_email", "password", "code")


@under_impersonation(NOTHING)
@own_page
def data(request: OwnRequest) -> HttpResponse:
    return render(request, "accounts/data.html", {"place": "data"})


@sensitive_page
def download(request: OwnRequest) -> HttpResponseBase:
    """The file. By POST, so that no link from elsewhere starts it."""
    if request.method != "POST":
        return redirect("/account/data")
    parts = export.start(_whole(request), meta=RequestMeta.of(request))
    name = f"account-{timezone.now():%Y-%m-%d}.json"
    return StreamingHttpResponse(
        parts,
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@under_impersonation(NOTHING)
@own_page
def deactivate(request: OwnRequest) -> HttpResponse:
    def work(password: str, code: str = "") -> None:
        count(proof("deactivate"), request, who=str(request.user.pk))
        activation.deactivate(_whole(request), password, code=code, meta=RequestMeta.of(request))

    def done() -> HttpResponse:
        text = _("It is off until you switch it on again. You are signed out everywhere.")
        return message(request, _("Your account is deactivated"), text, good=True)

    return _leaving(
        request,
        ProofForm(request.POST or None, needs_code=request.user.has_two_factor),
        work,
        done,
        title=_("Deactivate your account"),
        text=_(
            "Nobody can sign in until you reactivate it. Nothing is lost; every device is "
            "signed out."
        ),
        button=_("Deactivate"),
    )


@under_impersonation(NOTHING)
@own_page
def delete(request: OwnRequest) -> HttpResponse:
    def work(password: str, code: str = "") -> None:
        count(proof("delete-account"), request, who=str(request.user.pk))
        meta = RequestMeta.of(request)
        deadlines.append(deletion.delete(_whole(request), password, code=code, meta=meta))

    def done() -> HttpResponse:
        day = date_format(timezone.localtime(deadlines[0]), "DATE_FORMAT")
        text = _("You can recover it until %(day)s. After that it is gone for good.")
        return message(request, _("Your account is deleted"), text % {"day": day}, good=True)

    deadlines: list[Any] = []
    return _leaving(
        request,
        ProofForm(request.POST or None, needs_code=request.user.has_two_factor),
        work,
        done,
        title=_("Delete your account"),
        text=_("It can be recovered for 30 days, and is erased then, with everything below."),
        button=_("Delete my account"),
        preview=_preview(request),
    )


@under_impersonation(NOTHING)
@own_page
def erase(request: OwnRequest) -> HttpResponse:
    def work(confirm_email: str, password: str, code: str = "") -> None:
        count(proof("permanent-delete"), request, who=str(request.user.pk))
        receipts.append(
            erasure.erase_own(
                _whole(request),
                password,
                code=code,
                confirm_email=confirm_email,
                meta=RequestMeta.of(request),
            )
        )

    def done() -> HttpResponse:
        return render(request, "accounts/erased.html", {"receipt": receipts[0]})

    receipts: list[str] = []
    return _leaving(
        request,
        EraseForm(request.POST or None, needs_code=request.user.has_two_factor),
        work,
        done,
        title=_("Erase your account for good"),
        text=_("At once, with everything below. There is no way back."),
        button=_("Erase everything now"),
        preview=_preview(request),
    )


def _preview(request: OwnRequest) -> dict[str, list[tuple[str, int]]]:
    """What erasure would take, in words; kinds of which there is nothing are left out."""
    found = deletion.preview(_whole(request))
    return {
        name: [(str(KINDS.get(kind, kind)), number) for kind, number in counts.items() if number]
        for name, counts in (("deleted", found.deleted), ("anonymised", found.anonymised))
    }


def _leaving(
    request: OwnRequest,
    form: ProofForm,
    work: Callable[..., None],
    done: Callable[[], HttpResponse],
    **context: Any,
) -> HttpResponse:
    error: DomainError | None = None
    if request.method == "POST" and form.is_valid():
        error = attempt(form, work)
        if error is None:
            browser.end(request)
            request.auth = None  # type: ignore[assignment]  # nobody's page from here on
            return done()
    context |= {"back": "/account/data", "danger": True, "place": "data"}
    return form_page(request, "accounts/own_form.html", form, error, **context)


@open_page
def recover(request: OpenRequest) -> HttpResponse:
    return _returning(
        request,
        deletion.recover,
        counted="recover",
        title=_("Recover a deleted account"),
        text=_("Within 30 days of the deletion, with the password it had."),
        button=_("Recover"),
        done=_("Your account is back, as it was. You can sign in now."),
    )


@open_page
def reactivate(request: OpenRequest) -> HttpResponse:
    return _returning(
        request,
        activation.reactivate,
        counted="reactivate",
        title=_("Reactivate your account"),
        text=_("For an account that you deactivated yourself."),
        button=_("Reactivate"),
        done=_("Your account is active again. You can sign in now."),
    )


def _returning(
    request: OpenRequest, back: Callable[..., None], *, counted: str, done: str, **context: Any
) -> HttpResponse:
    form = ReturnForm(request.POST or None)
    error: DomainError | None = None
    if request.method == "POST" and form.is_valid():

        def work(email: str, password: str, code: str) -> None:
            count(auth(counted), request)
            back(email, password, code=code, meta=RequestMeta.of(request))

        error = attempt(form, work)
        if error is None:
            return message(request, _("Welcome back"), done, good=True)
        context["offer_recovery"] = isinstance(error, AccountDeleted)
    return form_page(request, "accounts/simple_form.html", form, error, **context)


def _whole(request: OwnRequest) -> User:
    """All of the account, its password too."""
    owner: User | None = User.objects.filter(pk=request.user.pk).first()
    if owner is None:
        raise SessionRevoked
    return owner
