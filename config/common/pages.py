"""What all pages share."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

# No inline code, nothing from elsewhere, in nobody's frame.
PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; object-src 'none'"
)
# The API documents' viewer writes style attributes; nothing else may.
DOCS_POLICY: Final = PAGE_POLICY + "; style-src-attr 'unsafe-inline'"


def brand(_request: HttpRequest) -> dict[str, str]:
    """The operator's name, colour and logo, for templates."""
    return {
        "brand_name": settings.BRAND_NAME,
        "brand_color": settings.BRAND_COLOR,
        "brand_logo": settings.BRAND_LOGO,
        "public_url": settings.PUBLIC_URL,
    }


def message(
    request: HttpRequest, title: str, text: str, *, status: int = 200, good: bool = False
) -> HttpResponse:
    """A page with one thing to say."""
    context = {"title": title, "text": text, "good": good}
    return render(request, "message.html", context, status=status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW: the usual cause is a blocked cookie or an old tab."""
    return message(
        request,
        _("That form could not be accepted"),
        _("It was open for too long, or your browser blocks cookies. Go back, reload, try again."),
        status=403,
    )
