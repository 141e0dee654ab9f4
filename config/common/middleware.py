"""What every request passes: one thin layer for all, the heavy ones for pages alone."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import lru_cache
from http import HTTPStatus
from io import BytesIO
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.module_loading import import_string
from django.utils.translation.trans_real import parse_accept_lang_header

from config.common import logs, once
from config.common.api.exceptions import error_response
from config.common.errors import DomainError, MalformedRequest, PayloadTooLarge
from config.common.ids import parse_uuid, uuid7
from config.common.pages import page_policy
from config.common.request_meta import from_trusted_proxy

access = logging.getLogger("muster.access")

Handler = Callable[[HttpRequest], HttpResponseBase]

API: Final = "/api/"
MAX_JSON: Final = 1_048_576
MAX_UPLOAD: Final = 2_621_440
# Of a body that nobody wants, so much is taken in: a photograph fits, and gets to hear its 413.
MAX_UNWANTED: Final = 33_554_432
_BODILESS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,128}")
_HEADERS: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
_OF_API: Final = (
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
)
_OF_PAGES: Final = (
    # With `no-referrer` browsers say `Origin: null` of our own forms, which proves nothing.
    ("Referrer-Policy", "same-origin"),
)
_ALLOWED_HEADERS: Final = "Authorization, Content-Type, X-Request-ID, Accept-Language"
_EXPOSED_HEADERS: Final = (
    "X-Request-ID, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, "
    "Content-Disposition"
)


class EdgeMiddleware:
    """Request id, language, size limits, CORS, security headers, and a line in the log."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        shared = [*_HEADERS]
        if settings.SECURE and settings.APP_ENV == "production":
            shared.append(("Strict-Transport-Security", "max-age=31536000; includeSubDomains"))
        self.of_api = _stored([*shared, *_OF_API])
        policy = ("Content-Security-Policy", page_policy())
        self.of_pages = _stored([*shared, *_OF_PAGES, policy])

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request.request_id = given if _REQUEST_ID.fullmatch(given) else str(uuid7())  # type: ignore[attr-defined]
        logs.request_id.set(request.request_id)  # type: ignore[attr-defined]
        logs.user_id.set("")
        path = request.path_info
        # One form inside, both outside; the staff site keeps Django's own slashes.
        if len(path) > 1 and path.endswith("/") and not path.startswith("/staff"):
            request.path_info = path = path[:-1]
        translation.activate(_language(request.META.get("HTTP_ACCEPT_LANGUAGE", "")[:200]))
        is_api = path.startswith(API) or path == API[:-1]
        once.begin()
        try:
            response = self._answer(request, is_api=is_api)
        finally:
            once.end()
        _take_the_rest(request, response)
        own = [("X-Request-ID", request.request_id)]  # type: ignore[attr-defined]
        usage = getattr(request, "rate_limit", None)
        if usage:
            own += usage.headers().items()
        # One merge: a dozen assignments, each checked for line ends, cost a tenth of a request.
        # What the view has set stands before ours, ours before nothing but this request's own.
        headers: Any = response.headers
        usual = self.of_api if is_api else self.of_pages
        headers._store = {**usual, **headers._store, **_stored(own)}  # noqa: SLF001
        if is_api and settings.CORS_ORIGINS:
            self._allow_origin(request, response)
        if access.isEnabledFor(logging.INFO):
            shown = _without_names(request, path)
            access.info(
                "%s %s %s",
                request.method,
                shown,
                response.status_code,
                extra={
                    "method": request.method,
                    "path": shown,
                    "status": response.status_code,
                    "ms": round((time.perf_counter() - started) * 1000, 1),
                },
            )
        return response

    def _answer(self, request: HttpRequest, *, is_api: bool) -> HttpResponseBase:
        fault = _refused(request, is_api=is_api)
        if fault:
            return error_response(request, fault) if is_api else _plain(fault)
        if is_api and _is_preflight(request) and settings.CORS_ORIGINS:
            return HttpResponse(status=HTTPStatus.NO_CONTENT)
        return self.get_response(request)

    @staticmethod
    def _allow_origin(request: HttpRequest, response: HttpResponseBase) -> None:
        """Named origins only, never with credentials: the API knows no cookies."""
        patch_vary_headers(response, ["Origin"])
        origin = request.META.get("HTTP_ORIGIN", "")
        if origin not in settings.CORS_ORIGINS:
            return
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = _EXPOSED_HEADERS
        # Other origins may read what was allowed to them.
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        if _is_preflight(request):
            response.headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, PATCH, DELETE"
            response.headers["Access-Control-Allow-Headers"] = _ALLOWED_HEADERS
            response.headers["Access-Control-Max-Age"] = "600"


class PageMiddleware:
    """Sessions, CSRF and messages for pages; the API passes by in one step.

    Django's middleware list has no notion of "only there", and seven layers cost an API request
    more than its own work (traps: 170 of 256 µs). So the list is nested here, hooks and all.
    """

    def __init__(self, get_response: Handler) -> None:
        self.api = get_response
        self.pages: Any = get_response
        self.hooks: list[Any] = []
        for name in reversed(settings.PAGE_MIDDLEWARE):
            layer = import_string(name)(self.pages)
            if hasattr(layer, "process_view"):
                self.hooks.insert(0, layer.process_view)
            self.pages = convert_exception_to_response(layer)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if _without_pages(request.path_info):
            return self.api(request)
        response: HttpResponseBase = self.pages(request)
        # Pages are personal; what is not says so itself.
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        if _without_pages(request.path_info):
            return None
        for hook in self.hooks:
            response: HttpResponseBase | None = hook(request, view, args, kwargs)
            if response is not None:
                return response
        return None


def _stored(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """Headers as Django's ResponseHeaders keeps them: by their lower-case names."""
    return {name.lower(): (name, value) for name, value in pairs}


@lru_cache(maxsize=512)
def _language(wanted: str) -> str:
    """The first language of an Accept-Language header that is spoken here (RFC 9110, 12.5.4)."""
    for name, _quality in parse_accept_lang_header(wanted):
        if name == "*":
            break
        try:
            return translation.get_supported_language_variant(name)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


def _without_pages(path: str) -> bool:
    return path.startswith((API, "/health", "/live", "/ready", "/.well-known/", "/media/"))


def _refused(request: HttpRequest, *, is_api: bool) -> DomainError | None:
    """What needs no look at the body to be wrong."""
    try:
        request.get_host()
    except DisallowedHost:
        return MalformedRequest()
    is_upload = request.META.get("CONTENT_TYPE", "").startswith("multipart/")
    most = MAX_UPLOAD if is_upload or not is_api else MAX_JSON
    if not request.META.get("CONTENT_LENGTH"):
        _take_unmeasured(request, most)
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isascii() or not length.isdigit():
        return MalformedRequest()
    if int(length) > most:
        return PayloadTooLarge()
    if "\x00" in request.path_info or not _is_text(request.path_info):
        return MalformedRequest()
    if settings.APP_ENV == "production" and is_api and _is_plain_http(request):
        return MalformedRequest()
    return None


def _take_unmeasured(request: HttpRequest, most: int) -> None:
    """A body that came without its length, in chunks or over HTTP/2; Django takes it for none."""
    if request.method in _BODILESS or not request.META.get("wsgi.input_terminated"):
        return
    body = request.META["wsgi.input"].read(most + 1)
    request.META["CONTENT_LENGTH"] = str(len(body))
    request._stream = BytesIO(body)  # noqa: SLF001


def _take_the_rest(request: HttpRequest, response: HttpResponseBase) -> None:
    """What is left of a body that was refused, or that the call has no use for.

    The server hangs up on whom it has answered while they still send, and they see a broken line
    instead of the answer, or at their next request. Not from who asked first whether to send, nor
    from who sends too often: a thread waits for what comes.
    """
    if request.method in _BODILESS or "HTTP_EXPECT" in request.META:
        return
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        return
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not request.META.get("wsgi.input_terminated") or not length.isdecimal():
        return
    left = MAX_UNWANTED if 0 < int(length) <= MAX_UNWANTED else 0
    with suppress(OSError):  # who has gone hears nothing anyway
        while left > 0:
            part = request.META["wsgi.input"].read(min(left, 65_536))
            left = left - len(part) if part else 0


def _without_names(request: HttpRequest, path: str) -> str:
    """The path for the log: ids stay, names of people become the parameter's."""
    match = request.resolver_match
    for name, value in match.kwargs.items() if match else ():
        if isinstance(value, str) and not value.isdigit() and parse_uuid(value) is None:
            path = path.replace(f"/{value}", f"/<{name}>")
    return path


def _is_plain_http(request: HttpRequest) -> bool:
    """A proxy of ours says that the client spoke plain HTTP: a token was just sent in clear."""
    said = request.META.get("HTTP_X_FORWARDED_PROTO", "")
    return said == "http" and from_trusted_proxy(request)


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_preflight(request: HttpRequest) -> bool:
    return request.method == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in request.META


def _plain(fault: DomainError) -> HttpResponse:
    return HttpResponse(str(fault.message), status=fault.status, content_type="text/plain")
