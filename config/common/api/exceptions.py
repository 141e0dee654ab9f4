"""One place that turns what was raised into HTTP."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFilesSent,
)
from django.db import InterfaceError, OperationalError, connections
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions as drf
from rest_framework.response import Response

from config.common import errors
from config.common.api.wire import encode
from config.common.errors import DomainError, FieldError

logger = logging.getLogger(__name__)


def to_response(exc: Exception, context: Mapping[str, Any]) -> Response | None:
    """REST framework's EXCEPTION_HANDLER. None for bugs: they are logged and become a 500."""
    error = translated(exc)
    if error is None:
        return None
    request = context["request"]
    response = Response(body_of(error, request), status=error.status)
    for name, value in headers_of(error).items():
        response.headers[name] = value
    if isinstance(exc, drf.MethodNotAllowed) and context.get("view") is not None:
        response.headers["Allow"] = ", ".join(context["view"].allowed_methods)
    return response


def error_response(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The same outside of REST framework: middleware and Django's own handlers."""
    response = HttpResponse(
        encode(body_of(error, request)), status=error.status, content_type="application/json"
    )
    for name, value in headers_of(error).items():
        response.headers[name] = value
    return response


def body_of(error: DomainError, request: Any) -> dict[str, Any]:
    """The error envelope of the contract."""
    http = getattr(request, "_request", request)
    body: dict[str, Any] = {
        "success": False,
        "message": error.message,
        "statusCode": error.status,
        "code": error.code,
    }
    if error.errors:
        body["errors"] = [
            {"field": fault.field, "message": fault.message, "code": fault.code}
            for fault in error.errors
        ]
    if error.data is not None:
        body["data"] = error.data
    body["requestId"] = getattr(http, "request_id", "")
    return body


def headers_of(error: DomainError) -> dict[str, str]:
    headers = {}
    if error.status == 401:  # noqa: PLR2004
        headers["WWW-Authenticate"] = "Bearer"
    if error.retry_after is not None:
        headers["Retry-After"] = str(max(1, error.retry_after))
    return headers


def translated(exc: Exception) -> DomainError | None:  # noqa: PLR0911  one line a case
    """What was raised as an error of ours; None for a bug."""
    match exc:
        case DomainError():
            return exc
        case drf.ValidationError():
            return errors.ValidationFailed(errors=list(field_errors(exc.detail)))
        case drf.ParseError() | SuspiciousOperation() if not isinstance(
            exc, RequestDataTooBig | TooManyFilesSent
        ):
            return errors.MalformedRequest()
        case RequestDataTooBig() | TooManyFilesSent():
            return errors.PayloadTooLarge()
        case drf.NotAuthenticated() | drf.AuthenticationFailed():
            return errors.NotAuthenticated()
        case drf.PermissionDenied() | PermissionDenied():
            return errors.PermissionRequired()
        case drf.NotFound() | Http404():
            return errors.NotFound()
        case drf.MethodNotAllowed():
            return errors.MethodNotAllowed()
        case drf.UnsupportedMediaType():
            return errors.UnsupportedMediaType()
        case OperationalError() | InterfaceError():
            return _database_away(exc)
    return None


def _database_away(exc: Exception) -> DomainError:
    """A database that is gone, restarting or locked: nothing the caller did."""
    logger.error("The database does not answer: %s", type(exc.__cause__ or exc).__name__)
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
    return errors.DatabaseUnavailable(retry_after=2)


def field_errors(detail: Any, path: str = "") -> Iterator[FieldError]:
    """REST framework's nested errors as a flat list with dotted paths."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            is_whole = name == "non_field_errors"
            yield from field_errors(inner, path if is_whole else f"{path}.{name}".lstrip("."))
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list)
            yield from field_errors(inner, f"{path}.{index}".lstrip(".") if nested else path)
    else:
        yield FieldError(path, str(detail), str(getattr(detail, "code", "invalid")))
