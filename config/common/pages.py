"""What all pages share."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from config.common import brand as colours
from config.common.errors import DomainError

_IMAGES: Final = "img-src 'self' data:"
# No inline code, nothing from elsewhere, in nobody's frame.
PAGE_POLICY: Final = (
    f"default-src 'none'; script-src 'self'; style-src 'self'; {_IMAGES}; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; object-src 'none'"
)
# The API documents' viewer writes style attributes; nothing else may.
DOCS_POLICY: Final = PAGE_POLICY + "; style-src-attr 'unsafe-inline'"
V = TypeVar("V", bound=Callable[..., Any])
# What passes of a page where staff act in somebody's place.
NOTHING: Final[frozenset[str]] = frozenset()
READING: Final = frozenset({"GET", "HEAD"})
FORMS: Final = READING | {"POST"}
THEME: Final = "theme"
THEMES: Final = ("light", "dark")
# What may stand in the policy: anything else could end a directive and begin another.
_HOST: Final = re.compile(r"[a-z0-9.-]+|[0-9a-f:.]*:[0-9a-f:.]*")


def under_impersonation(methods: frozenset[str]) -> Callable[[V], V]:
    """Says which methods pass there."""

    def mark(view: V) -> V:
        view.under_impersonation = methods  # type: ignore[attr-defined]
        return view

    return mark


def passing(view: Callable[..., Any], otherwise: frozenset[str] = NOTHING) -> frozenset[str]:
    """Which do: a view that says nothing is closed."""
    said: frozenset[str] = getattr(view, "under_impersonation", otherwise)
    return said


def brand(request: HttpRequest) -> dict[str, str]:
    """The operator's name and logo, and the theme that this browser chose, for templates."""
    theme = request.COOKIES.get(THEME, "")
    return {
        "brand_name": settings.BRAND_NAME,
        "brand_logo": settings.BRAND_LOGO,
        "public_url": settings.PUBLIC_URL,
        "theme": theme if theme in THEMES else "",
    }


@under_impersonation(READING)
def brand_style(_request: HttpRequest) -> HttpResponse:
    """`/brand.css`: the operator's accent colour. A file of its own, since no page has a style."""
    response = HttpResponse(colours.style_sheet(settings.BRAND_COLOR), content_type="text/css")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


def message(
    request: HttpRequest, title: str, text: str, *, status: int = 200, good: bool = False
) -> HttpResponse:
    """A page with one thing to say."""
    context = {"title": title, "text": text, "good": good}
    return render(request, "message.html", context, status=status)


def failed(request: HttpRequest, title: str, error: DomainError) -> HttpResponse:
    """A page with a broken rule, and when to try again."""
    return waiting(message(request, title, str(error.message), status=error.status), error)


def waiting(response: HttpResponse, error: DomainError | None) -> HttpResponse:
    """Says when to try again, where the error knows."""
    if error and error.retry_after:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def page_policy() -> str:
    """PAGE_POLICY, and pictures from where the operator keeps them: a bucket, a logo's host."""
    found = {_origin(settings.BRAND_LOGO), _origin(_address_of_pictures())}
    elsewhere = sorted(found - {"", _origin(settings.PUBLIC_URL)})
    return PAGE_POLICY.replace(_IMAGES, " ".join([_IMAGES, *elsewhere]))


def _address_of_pictures() -> str:
    """Of any stored one, by the storage itself: it knows its endpoint, style and domain."""
    storage: Any = default_storage
    bucket = getattr(storage, "bucket_name", None)
    if bucket is None or storage.custom_domain:
        return default_storage.url("x")
    # `url` would sign it, and look for a key all over the network where none was given.
    client = storage.unsigned_connection.meta.client
    asked = {"Bucket": bucket, "Key": "x"}
    address: str = client.generate_presigned_url("get_object", Params=asked)
    return address


def _origin(address: str) -> str:
    """`https://host:port` as policies write it; empty for a path, and for what is no address."""
    try:
        # `//host/logo.svg` comes by the scheme of the page.
        url = urlsplit(address, scheme=urlsplit(settings.PUBLIC_URL).scheme)
        host = (url.hostname or "").encode("idna").decode()
        port = url.port
    except ValueError:
        return ""
    if url.scheme not in {"http", "https"} or not _HOST.fullmatch(host):
        return ""
    host = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}[url.scheme]
    return f"{url.scheme}://{host}" + (f":{port}" if port and port != usual else "")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW: the usual cause is a blocked cookie or an old tab."""
    return message(
        request,
        _("That form could not be accepted"),
        _("It was open for too long, or your browser blocks cookies. Go back, reload, try again."),
        status=403,
    )
