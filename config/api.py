"""The API's own pages: index, schema, documents, keys, and what answers when nothing else does."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from functools import cache, wraps
from typing import Any

import jwt
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from config import __version__
from config.common import errors, pages, signing
from config.common.api.exceptions import error_response, translated
from config.common.api.throttling import GENERAL, count
from config.common.errors import DomainError
from config.common.middleware import API

logger = logging.getLogger(__name__)


def public(handler: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """A GET for everybody, counted like any other call."""

    @csrf_exempt
    @wraps(handler)
    def answer(request: HttpRequest) -> HttpResponse:
        try:
            count(GENERAL, request)
            if request.method not in {"GET", "HEAD"}:
                raise errors.MethodNotAllowed
        except DomainError as error:
            response = error_response(request, error)
            if isinstance(error, errors.MethodNotAllowed):
                response.headers["Allow"] = "GET, HEAD"
            return response
        return handler(request)

    return answer


@public
def index(_request: HttpRequest) -> HttpResponse:
    """`GET /api/v1`: name, version, links."""
    base = f"{settings.PUBLIC_URL}/api/v1"
    links = {"schema": f"{base}/schema", "docs": f"{base}/docs", "health": _url("health")}
    data = {"name": settings.BRAND_NAME, "version": __version__, "links": links}
    return JsonResponse({"success": True, "message": "OK", "data": data})


def _url(path: str) -> str:
    return f"{settings.PUBLIC_URL}/{path}"


@cache
def _schema(style: str) -> bytes:
    # Here, not above: it takes half a second to import, and few processes are ever asked.
    from config.common.api import schema as maker  # noqa: PLC0415

    return maker.render(style)


@public
def schema(request: HttpRequest) -> HttpResponse:
    """`GET /api/v1/schema`: OpenAPI 3.1, as JSON, or as YAML by `?format=yaml` or Accept."""
    wanted = request.GET.get("format", "")
    is_yaml = wanted == "yaml" or (not wanted and "yaml" in request.headers.get("Accept", ""))
    kind = "application/yaml" if is_yaml else "application/json"
    response = HttpResponse(_schema("yaml" if is_yaml else "json"), content_type=kind)
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@public
def documents(request: HttpRequest) -> HttpResponse:
    """`GET /api/v1/docs`: the same to browse, and to try out; works offline."""
    response = render(request, "docs/api.html")
    response.headers["Content-Security-Policy"] = pages.DOCS_POLICY
    return response


@require_safe
def jwks(_request: HttpRequest) -> HttpResponse:
    """The public keys that verify access tokens (RFC 7517); none where a secret signs them."""
    signer = settings.JWT_SIGNER
    keys = []
    if signer.algorithm == "EdDSA":
        for kid, pem in signer.verifying.items():
            prepared = jwt.algorithms.OKPAlgorithm().prepare_key(pem)
            jwk = jwt.algorithms.OKPAlgorithm.to_jwk(prepared, as_dict=True)
            keys.append({**jwk, "kid": kid, "use": "sig", "alg": "EdDSA"})
    return _key_set({"keys": keys})


@require_safe
def audit_keys(_request: HttpRequest) -> HttpResponse:
    """The public keys that verify seals and receipts, those of before included (RFC 8037)."""
    return _key_set(signing.key_set())


def _key_set(keys: dict[str, Any]) -> HttpResponse:
    response = HttpResponse(json.dumps(keys), content_type="application/jwk-set+json")
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@csrf_exempt
def not_found(request: HttpRequest) -> HttpResponse:
    """Any other path under /api."""
    try:
        count(GENERAL, request)
    except DomainError as error:
        return error_response(request, error)
    return error_response(request, errors.NotFound())


def _said(request: HttpRequest, error: DomainError, title: str) -> HttpResponse:
    if request.path_info.startswith(API):
        return error_response(request, error)
    response = pages.message(request, title, str(error.message), status=error.status)
    if error.retry_after:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    error = translated(exception) if exception else None
    return _said(request, error or errors.MalformedRequest(), _("That could not be read"))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _said(request, errors.PermissionRequired(), _("Not yours to see"))


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _said(request, errors.NotFound(), _("There is nothing here"))


def broken(request: HttpRequest) -> HttpResponse:
    """The last resort: a bug, or a database that went away outside of REST framework's reach."""
    exception: Any = sys.exc_info()[1]
    if isinstance(exception, OperationalError | InterfaceError):
        return _said(request, errors.DatabaseUnavailable(retry_after=2), _("Just a moment"))
    logger.error("Unhandled exception", exc_info=exception)
    return _said(request, errors.InternalError(), _("Something went wrong"))
