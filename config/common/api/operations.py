"""What a call is: its words, body, answer, errors, limit. The schema is made of nothing else.

The decorator only stores the description. drf-spectacular, which takes 0.6 s to import, reads it
when somebody asks for the schema (`schema.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from config.common.api.permissions import FreshProof, Public, SignedIn, holds
from config.common.api.throttling import GENERAL, Limit
from config.common.errors import DomainError

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Operation:
    """One call of the API.

    body, query, answer: serializer classes on the wire's names; `answer` describes `data`.
    answers: several possible answers, by name. example: what `data` looks like.
    errors: what can come back besides what every call can answer.
    files: of a call that answers with a file, an example by media type; no envelope then.
    reads_bearer: a public call that looks at a token all the same, and minds no bad one.
    is_gated: it asks for more than a session: for a permission, or a fresh proof.
    under_impersonation: may staff make it in somebody's place? Unsaid: where it only reads and
    is not gated.
    """

    summary: str
    description: str = ""
    body: Any = None
    query: Any = None
    answer: Any = None
    answers: Mapping[str, Any] = field(default_factory=dict)
    body_example: Any = None
    example: Any = None
    examples: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    message: str = "OK"
    errors: tuple[type[DomainError], ...] = ()
    limit: Limit = GENERAL
    permissions: tuple[Any, ...] = ()
    is_public: bool = False
    is_gated: bool = False
    under_impersonation: bool | None = None
    reads_bearer: bool = False
    media_type: str = "application/json"
    in_envelope: bool = True
    files: Mapping[str, str] = field(default_factory=dict)

    def opens_under_impersonation(self, method: str) -> bool:
        """What a call does not say of itself is closed, unless it is a plain GET."""
        if self.under_impersonation is not None:
            return self.under_impersonation
        return method in {"GET", "HEAD"} and not self.is_gated


def operation(
    summary: str,
    *,
    public: bool = False,
    fresh: bool = False,
    permission: str = "",
    on: str = "",
    limit: Limit = GENERAL,
    errors: tuple[type[DomainError], ...] = (),
    **described: Any,
) -> Callable[[F], F]:
    """Describe an action and close it accordingly: public, signed in, fresh, or by permission.

    on: the path parameter that names a person, where the permission can be held on them alone.
    """

    def mark(handler: F) -> F:
        closed_by: list[Any] = [Public if public else FreshProof if fresh else SignedIn]
        if permission:
            closed_by.append(holds(permission, on))
        handler.operation = Operation(  # type: ignore[attr-defined]
            summary=summary,
            limit=limit,
            errors=errors,
            is_public=public,
            is_gated=fresh or bool(permission),
            permissions=tuple(closed_by),
            **described,
        )
        return handler

    return mark
