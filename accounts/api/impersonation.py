"""Acting in somebody's place, to help them or to look into something."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.response import Response

from accounts.api import examples
from accounts.api.login import SessionRef
from accounts.api.people_access import ACTING, Reason
from accounts.errors import NotActive, NotImpersonating
from accounts.services import impersonation
from config.common.api.operations import operation
from config.common.api.serializers import WireSerializer
from config.common.api.views import ApiRequest, ApiViewSet, path_id
from config.common.api.wire import answer
from config.common.errors import ImpersonationForbidden
from config.common.request_meta import RequestMeta

ACCESS: Final = "rbac.admin_access"


class ImpersonationInput(WireSerializer):
    reason = Reason(
        required=False,
        allow_blank=True,
        help_text="Shown to the person. Compulsory where `impersonationReasonRequired` is set.",
    )


class ImpersonatedAnswer(WireSerializer):
    id = serializers.UUIDField()
    email = serializers.EmailField()


class ImpersonationAnswer(WireSerializer):
    access_token = serializers.CharField(help_text="`act.sub` names the admin.")
    expires_in = serializers.CharField(help_text="`15m`, or until your own session ends.")
    session = SessionRef()
    impersonating = ImpersonatedAnswer()


class ImpersonationViewSet(ApiViewSet):
    @operation(
        "Act in somebody's place",
        description=(
            "An access token for 15 minutes, without a refresh. With it only reading passes, of "
            "what needs no permission and no fresh proof, besides `PATCH` and `PUT "
            "/users/profile`, the avatar, `/admin/impersonation/stop` and `/auth/logout`. It ends "
            "with your session, your account or your ADMIN_ACCESS, and as soon as the person "
            "holds a permission that you lack. The person is told, and can end it. Not for "
            "people who hold more than you, are not active, or are yourself."
        ),
        permission=ACCESS,
        fresh=True,
        body=ImpersonationInput,
        body_example={"reason": "Cannot find the setting they called about."},
        answer=ImpersonationAnswer,
        example={
            "accessToken": examples.JWT,
            "expiresIn": "15m",
            "session": {"id": examples.SESSION_ID},
            "impersonating": {"id": examples.ID, "email": "ada@example.org"},
        },
        message="You act in this person's place.",
        errors=(*ACTING, NotActive, ImpersonationForbidden),
    )
    def start(self, request: ApiRequest, user_id: str) -> Response:
        given = self.valid(ImpersonationInput, request.data)
        begun = impersonation.start(
            path_id(user_id), by=request.user, meta=RequestMeta.of(request), **given
        )
        data = {
            "accessToken": begun.access,
            "expiresIn": begun.expires_in,
            "session": {"id": str(begun.session.pk)},
            "impersonating": {"id": str(begun.person.pk), "email": begun.person.email},
        }
        return answer(data, _("You act in this person's place."))

    @operation(
        "Stop acting in somebody's place",
        description="With the token of the impersonation, which is worth nothing afterwards.",
        under_impersonation=True,
        errors=(NotImpersonating,),
    )
    def stop(self, request: ApiRequest) -> Response:
        impersonation.stop(
            request.auth.session_id, person=request.user, meta=RequestMeta.of(request)
        )
        return answer(message=_("You are yourself again."))
