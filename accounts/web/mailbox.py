"""Development's mailbox on a page, so that a newcomer can finish every journey in the browser."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.web.browser import OpenRequest, open_page
from config.common import mailbox
from config.common.pages import FORMS, under_impersonation

# What a mail holds is shown with its own styles, and runs and loads nothing.
SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"


@under_impersonation(FORMS)
@open_page
def listed(request: OpenRequest) -> HttpResponse:
    if request.method == "POST":
        mailbox.clear()
        return redirect("/dev/mailbox")
    return render(request, "dev/mailbox.html", {"mails": mailbox.listed()})


@under_impersonation(FORMS)
@open_page
def one(request: OpenRequest, name: str) -> HttpResponse:
    return render(request, "dev/mail.html", {"mail": _mail(name)})


@under_impersonation(FORMS)
@require_safe
def html(_request: HttpRequest, name: str) -> HttpResponse:
    response = HttpResponse(_mail(name).html)
    response.headers["Content-Security-Policy"] = SANDBOX
    return response


def _mail(name: str) -> mailbox.Mail:
    found = mailbox.one(name)
    if found is None:
        raise Http404
    return found
