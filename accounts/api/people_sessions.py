"""Where somebody is signed in, for staff."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework.response import Response

from accounts.api.people_access import MANAGE
from accounts.api.sessions import (
    EXAMPLE,
    RevokedAnswer,
    SessionsAnswer,
    SessionsQuery,
    session_data,
)
from accounts.selectors.sessions import NEWEST, live_of_person
from accounts.services.staff import devices
from config.common.api.operations import operation
from config.common.api.pagination import LIST_ERRORS, MOST, list_example, paginate
from config.common.api.views import ApiRequest, ApiViewSet, path_id
from config.common.api.wire import answer
from config.common.request_meta import RequestMeta
from rbac.errors import PermissionEscalation


class PeopleSessionsViewSet(ApiViewSet):
    @operation(
        "Where somebody is signed in",
        description="Live sessions, the newest sign-in first, as the person sees them.",
        permission=MANAGE,
        on="user_id",
        query=SessionsQuery,
        answer=SessionsAnswer,
        example=list_example("sessions", [{**EXAMPLE, "isCurrent": False}], limit=MOST),
        errors=LIST_ERRORS,
    )
    def list(self, request: ApiRequest, user_id: str) -> Response:
        person = path_id(user_id)
        asked = SessionsQuery.read(request.query_params, scope=person)
        page = paginate(live_of_person(person), NEWEST, asked)
        current = request.auth.session_id
        listed = [session_data(session, current=current) for session in page.rows]
        return answer(page.data("sessions", listed))

    @operation(
        "Sign one of somebody's devices out",
        description="Its tokens are worth nothing from the next request on. The person is told.",
        permission=MANAGE,
        on="user_id",
        errors=(PermissionEscalation,),
    )
    def sign_out(self, request: ApiRequest, user_id: str, session_id: str) -> Response:
        devices.sign_out(
            path_id(session_id),
            of=path_id(user_id),
            by=request.user,
            meta=RequestMeta.of(request),
        )
        return answer(message=_("The device is signed out."))

    @operation(
        "Sign somebody out everywhere",
        description="Trusted devices are forgotten too. The person is told.",
        permission=MANAGE,
        on="user_id",
        answer=RevokedAnswer,
        example={"revokedCount": 2},
        errors=(PermissionEscalation,),
    )
    def sign_out_everywhere(self, request: ApiRequest, user_id: str) -> Response:
        count = devices.sign_out_everywhere(
            path_id(user_id), by=request.user, meta=RequestMeta.of(request)
        )
        return answer({"revokedCount": count}, _("All devices are signed out."))
