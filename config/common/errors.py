"""Rules that were broken, as small classes. One handler turns them into HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field's fault: a dotted camelCase path, a text for people, a stable code."""

    field: str
    message: Text
    code: str


class DomainError(Exception):
    """A rule was broken. Subclasses name the stable `code`, the HTTP `status` and the `message`.

    data: what the caller may know besides, as the contract's row says.
    retry_after: seconds; becomes the Retry-After header.
    """

    code: ClassVar[str] = "RULE_BROKEN"
    status: ClassVar[int] = 400
    message: ClassVar[Text] = _("That is not possible.")
    # What `data` looks like, for the documents.
    example_data: ClassVar[Mapping[str, Any] | None] = None

    def __init__(
        self,
        *,
        data: Mapping[str, Any] | None = None,
        retry_after: int | None = None,
        errors: Sequence[FieldError] = (),
    ) -> None:
        super().__init__(self.code)
        self.data = data
        self.retry_after = retry_after
        self.errors = tuple(errors)


def rules(error: type[DomainError] = DomainError) -> Iterator[type[DomainError]]:
    """Every error that the imported modules know, those first that others refine."""
    yield error
    for child in error.__subclasses__():
        yield from rules(child)


class MalformedRequest(DomainError):
    code, status = "MALFORMED_REQUEST", 400
    message = _("The request could not be read.")


class NotAuthenticated(DomainError):
    code, status, message = "NOT_AUTHENTICATED", 401, _("Please sign in.")


class TokenInvalid(DomainError):
    code, status, message = "TOKEN_INVALID", 401, _("This token is not valid.")


class TokenExpired(DomainError):
    code, status, message = "TOKEN_EXPIRED", 401, _("This token has expired.")


class SessionRevoked(DomainError):
    code, status, message = "SESSION_REVOKED", 401, _("This session has ended.")


class PermissionRequired(DomainError):
    code, status, message = "PERMISSION_DENIED", 403, _("You may not do this.")


class ReauthenticationRequired(DomainError):
    code, status = "REAUTHENTICATION_REQUIRED", 403
    message = _("Please confirm that it is you before you go on.")


class ImpersonationForbidden(DomainError):
    code, status = "IMPERSONATION_FORBIDDEN", 403
    message = _("That cannot be done in somebody else's place.")


class NotFound(DomainError):
    code, status, message = "NOT_FOUND", 404, _("Not found.")


class MethodNotAllowed(DomainError):
    code, status, message = "METHOD_NOT_ALLOWED", 405, _("This method is not allowed here.")


class PayloadTooLarge(DomainError):
    code, status, message = "PAYLOAD_TOO_LARGE", 413, _("The request is too large.")


class UnsupportedMediaType(DomainError):
    code, status, message = "UNSUPPORTED_MEDIA_TYPE", 415, _("This content type is not read here.")


class ValidationFailed(DomainError):
    """Fields that do not hold what they must. Raised with `errors`."""

    code, status, message = "VALIDATION_FAILED", 422, _("Please check the marked fields.")

    @classmethod
    def of(cls, field: str, message: Text, code: str = "invalid") -> ValidationFailed:
        """The common case: one fault in one field."""
        return cls(errors=[FieldError(field, message, code)])


class UseCursor(DomainError):
    code, status = "USE_CURSOR", 422
    message = _("Pages reach 10,000 rows deep; go on with the cursor.")


class InvalidCursor(DomainError):
    code, status, message = "INVALID_CURSOR", 422, _("This cursor does not belong to this query.")


class TooBroad(DomainError):
    """Instead of a part of the matches, which would look like all of them."""

    code, status = "SEARCH_TOO_BROAD", 422
    message = _("This search takes too long. Please narrow it down, such as by time.")


class RateLimited(DomainError):
    code, status = "RATE_LIMITED", 429
    message = _("Too many requests. Please wait a moment.")


class InternalError(DomainError):
    code, status = "INTERNAL_ERROR", 500
    message = _("Something went wrong on our side. The request id helps us to find it.")


class Busy(DomainError):
    code, status = "BUSY", 503
    message = _("The service is busy. Please try again in a moment.")


class DatabaseUnavailable(DomainError):
    code, status = "DATABASE_UNAVAILABLE", 503
    message = _("The service is away for a moment. Please try again.")
