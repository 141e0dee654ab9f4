"""One's own devices."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.response import Response

from accounts.api import examples
from accounts.models import Session
from accounts.models.session import Kind
from accounts.selectors.sessions import NEWEST, label_of, live_of
from accounts.services import sessions
from config.common.api.operations import operation
from config.common.api.pagination import (
    LIST_ERRORS,
    MOST,
    ListAnswer,
    ListQuery,
    list_example,
    paginate,
)
from config.common.api.serializers import WireSerializer
from config.common.api.views import ApiRequest, ApiViewSet, path_id
from config.common.api.wire import answer
from config.common.errors import NotFound
from config.common.request_meta import RequestMeta
from config.common.times import wire

EXAMPLE: Final[dict[str, Any]] = {
    "id": examples.SESSION_ID,
    "deviceInfo": "Firefox on Linux",
    "ipAddress": "203.0.113.7",
    "userAgent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "lastActivity": examples.TIME,
    "createdAt": examples.TIME,
    "expiresAt": "2026-12-23T10:00:00.000Z",
    "isCurrent": True,
    "kind": "api",
}


class SessionsQuery(ListQuery):
    # Old clients know no pages here and expect them all.
    default_limit = MOST


class SessionAnswer(WireSerializer):
    id = serializers.UUIDField()
    device_info = serializers.CharField(
        help_text="Such as `Firefox on Linux`; of an impersonation, by whom."
    )
    ip_address = serializers.IPAddressField(allow_null=True, help_text="Null if staff act as you.")
    user_agent = serializers.CharField(allow_null=True, help_text="Null if staff act as you.")
    last_activity = serializers.DateTimeField(help_text="To the minute.")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    is_current = serializers.BooleanField()
    kind = serializers.ChoiceField(Kind.choices)


class SessionsAnswer(ListAnswer):
    sessions = SessionAnswer(many=True)


class RevokedAnswer(WireSerializer):
    revoked_count = serializers.IntegerField()


class SessionViewSet(ApiViewSet):
    @operation(
        "Where you are signed in",
        description="Live sessions, the newest sign-in first.",
        query=SessionsQuery,
        answer=SessionsAnswer,
        example=list_example("sessions", [EXAMPLE], limit=MOST),
        errors=LIST_ERRORS,
    )
    def list(self, request: ApiRequest) -> Response:
        asked = SessionsQuery.read(request.query_params, scope=request.user.pk)
        page = paginate(live_of(request.user), NEWEST, asked)
        current = request.auth.session_id
        listed = [session_data(session, current=current) for session in page.rows]
        return answer(page.data("sessions", listed))

    @operation(
        "Sign a device out",
        description="Its tokens are worth nothing from the next request on.",
        errors=(NotFound,),
    )
    def destroy(self, request: ApiRequest, session_id: str) -> Response:
        sessions.revoke(path_id(session_id), of=request.user, meta=RequestMeta.of(request))
        return answer(message=_("The device is signed out."))

    @operation(
        "Sign all other devices out",
        description="All but this session; trusted devices are forgotten too.",
        answer=RevokedAnswer,
        example={"revokedCount": 2},
    )
    def revoke_all(self, request: ApiRequest) -> Response:
        count = sessions.revoke_others(
            request.user, keep=request.auth.session_id, meta=RequestMeta.of(request)
        )
        return answer({"revokedCount": count}, _("All other devices are signed out."))


def session_data(session: Session, *, current: UUID | None = None) -> dict[str, Any]:
    """A session in an answer to its owner."""
    is_theirs = session.kind != Kind.IMPERSONATION
    return {
        "id": str(session.pk),
        "deviceInfo": label_of(session),
        "ipAddress": session.ip_address if is_theirs else None,
        "userAgent": session.user_agent if is_theirs else None,
        "lastActivity": wire(session.last_activity),
        "createdAt": wire(session.created_at),
        "expiresAt": wire(session.expires_at),
        "isCurrent": session.pk == current,
        "kind": session.kind,
    }
