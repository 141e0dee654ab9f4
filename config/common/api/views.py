"""The base of every API view: REST framework's viewsets, less what a JSON-only API never uses."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from rest_framework import exceptions as drf
from rest_framework import viewsets
from rest_framework.request import Request

from config.common.api.operations import Operation
from config.common.api.permissions import Closed
from config.common.api.throttling import GENERAL, Limit, count
from config.common.api.wire import EnvelopeRenderer, StrictJSONParser
from config.common.errors import DomainError, ImpersonationForbidden, NotFound
from config.common.ids import parse_uuid

_RENDERER = EnvelopeRenderer()
_PARSERS = [StrictJSONParser()]


class ApiRequest(Request):
    """What REST framework hands to a view here, as the type checker should see it.

    user: the account, or AnonymousUser on public calls; auth: the Principal, or None there;
    data: always an object, the parser sees to it.
    """

    user: Any
    auth: Any
    data: dict[str, Any]


class ApiViewSet(viewsets.GenericViewSet):
    """One representation, so nothing is negotiated; one parser and one authenticator for all.

    Each action is described by `@operation` (config.common.api.operations), which also names its
    limit and who may call it; what is not described is closed.
    """

    # Preflights are answered at the edge; nobody else has a use for OPTIONS.
    http_method_names = ["get", "post", "put", "patch", "delete", "head"]
    limit: ClassVar[Limit] = GENERAL
    queryset: Any = None
    swagger_fake_view: bool = False

    def perform_content_negotiation(
        self,
        request: Request,
        force: bool = False,  # noqa: FBT001, FBT002
    ) -> tuple[Any, str]:
        return _RENDERER, _RENDERER.media_type

    def get_parsers(self) -> list[Any]:
        if self.parser_classes == ApiViewSet.parser_classes:
            return list(_PARSERS)
        return [parser() for parser in self.parser_classes]

    def get_permissions(self) -> list[Any]:
        """Those of the action; an action without a description is closed to everybody."""
        described = self.operation
        return [permission() for permission in (described.permissions if described else (Closed,))]

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        """Who is it, is it too often, may they: in this order, so that failures count too."""
        self.format_kwarg = None
        if str(request.method).lower() not in self.action_map:
            count(GENERAL, request._request)  # noqa: SLF001
            raise drf.MethodNotAllowed(str(request.method))
        described = self.operation
        if described is not None and described.is_public:
            self._identify_if_asked(request, described)
        else:
            try:
                request.user  # noqa: B018  authenticates
            except (DomainError, drf.APIException):
                count(self.limit, request._request)  # noqa: SLF001
                raise
        limit = described.limit if described else self.limit
        count(limit, request._request, who=self.limited_by(request))  # noqa: SLF001
        if request.auth is not None and request.auth.actor_id is not None:
            self._require_open_under_impersonation(request, described)
        self.check_permissions(request)

    @property
    def operation(self) -> Operation | None:
        """The description of the action that is being called."""
        return getattr(getattr(self, self.action or "", None), "operation", None)

    @staticmethod
    def _require_open_under_impersonation(request: Any, described: Operation | None) -> None:
        if described is None or not described.opens_under_impersonation(request.method):
            raise ImpersonationForbidden

    @staticmethod
    def _identify_if_asked(request: Any, described: Operation) -> None:
        """A stale token must not keep anybody from signing in; where one may help, it is read."""
        if described.reads_bearer:
            try:
                request.user  # noqa: B018
            except (DomainError, drf.APIException):
                pass
            else:
                return
        request.user = AnonymousUser()
        request.auth = None

    def limited_by(self, request: ApiRequest) -> str:
        """Whose counter this request touches; the address where it is empty.

        Staff who act in somebody's place use up their own, not the person's.
        """
        return str(request.auth.actor_id or request.user.pk) if request.auth else ""

    def valid(self, serializer_class: Any, data: Any) -> dict[str, Any]:
        """The input, checked; or ValidationError with every field's fault."""
        serializer = serializer_class(data=data, context={"request": self.request})
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


def path_id(value: str) -> UUID:
    """An id in a path. Raises NotFound for what is none."""
    parsed = parse_uuid(value)
    if parsed is None:
        raise NotFound
    return parsed
