"""What staff may do about somebody's coming in: states, address, locks."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from rest_framework.response import Response

from accounts import errors
from accounts.services.staff import access
from config.common.api.operations import operation
from config.common.api.serializers import Text, WireSerializer
from config.common.api.views import ApiRequest, ApiViewSet, path_id
from config.common.api.wire import answer
from config.common.errors import DomainError
from config.common.request_meta import RequestMeta
from rbac.errors import LastAdmin, PermissionEscalation

MANAGE: Final = "rbac.user_manage"
# What acting on somebody can always meet.
ACTING: Final[tuple[type[DomainError], ...]] = (errors.SelfTarget, PermissionEscalation)


class Reason(Text):
    """Why, in the words of whoever does it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=500, **kwargs)


class SuspendInput(WireSerializer):
    reason = Reason(required=False, allow_blank=True, help_text="Shown to the person.")


class PeopleAccessViewSet(ApiViewSet):
    @operation(
        "Suspend somebody",
        description="Nobody comes in until staff reactivate it. Ends every session and link at "
        "once, and outlives a deactivation or deletion. The person is told, with the reason.",
        permission=MANAGE,
        on="user_id",
        body=SuspendInput,
        body_example={"reason": "Sends advertisements to everybody."},
        errors=(*ACTING, errors.AlreadySuspended, LastAdmin),
    )
    def suspend(self, request: ApiRequest, user_id: str) -> Response:
        given = self.valid(SuspendInput, request.data)
        access.suspend(path_id(user_id), by=request.user, meta=RequestMeta.of(request), **given)
        return answer(message=_("The account is suspended."))

    @operation(
        "Let somebody in again",
        description="Lifts a suspension and a deactivation. A deletion stays: see `/restore`. "
        "Signs nobody in; the person is told.",
        permission=MANAGE,
        on="user_id",
        errors=(*ACTING, errors.NothingToLift),
    )
    def reactivate(self, request: ApiRequest, user_id: str) -> Response:
        access.reactivate(path_id(user_id), by=request.user, meta=RequestMeta.of(request))
        return answer(message=_("The account is open again."))

    @operation(
        "Bring a deleted account back",
        description="Within its 30 days, as it was: one that is suspended still is. The person "
        "is told.",
        permission=MANAGE,
        on="user_id",
        errors=(*ACTING, errors.NotDeleted, errors.RecoveryExpired),
    )
    def restore(self, request: ApiRequest, user_id: str) -> Response:
        access.restore(path_id(user_id), by=request.user, meta=RequestMeta.of(request))
        return answer(message=_("The account is restored."))

    @operation(
        "Take somebody's address for confirmed",
        permission=MANAGE,
        on="user_id",
        errors=(*ACTING, errors.AlreadyVerified),
    )
    def verify_email(self, request: ApiRequest, user_id: str) -> Response:
        access.verify_email(path_id(user_id), by=request.user, meta=RequestMeta.of(request))
        return answer(message=_("The address is confirmed."))

    @operation(
        "Unlock somebody",
        description="Lifts every lock after failed tries: of single networks and for everyone, "
        "of the password and of codes. Also answers 200 where there is none.",
        permission=MANAGE,
        on="user_id",
        errors=ACTING,
    )
    def unlock(self, request: ApiRequest, user_id: str) -> Response:
        lifted = access.unlock(path_id(user_id), by=request.user, meta=RequestMeta.of(request))
        said = _("The account is unlocked.") if lifted else _("The account was not locked.")
        return answer(message=said)
