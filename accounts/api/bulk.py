"""What staff do to many people in one call."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.response import Response

from accounts.api import examples
from accounts.api.people_access import Reason
from accounts.services.staff import bulk
from config.common.api.operations import operation
from config.common.api.serializers import WireSerializer
from config.common.api.views import ApiRequest, ApiViewSet
from config.common.api.wire import answer
from config.common.errors import NotFound
from config.common.request_meta import RequestMeta
from rbac import selectors
from rbac.api.fields import Id
from rbac.errors import PermissionEscalation
from rbac.permissions import Permission
from rbac.services import bulk as roles
from rbac.services.bulk import MOST, Outcome

ASSIGN: Final = Permission.ROLE_ASSIGN.perm
MANAGE: Final = Permission.USER_MANAGE.perm
_BODY: Final[dict[str, Any]] = {"userIds": [examples.ID]}
_ROLE_BODY: Final[dict[str, Any]] = {**_BODY, "roleId": examples.SESSION_ID}
_WORDS: Final = (
    "Does what it may and says what became of each: the counts add up to `total`, the number of "
    "distinct ids. The number of statements does not grow with theirs. Grants on single people "
    "do not open it."
)


class PeopleInput(WireSerializer):
    user_ids = serializers.ListField(
        child=Id(),
        min_length=1,
        max_length=MOST,
        help_text="At most 10,000; each counts once.",
    )


class RoleForManyInput(PeopleInput):
    role_id = Id()


class SuspendManyInput(PeopleInput):
    reason = Reason(required=False, allow_blank=True, help_text="Shown to each of them.")


class Refusal(WireSerializer):
    id = serializers.UUIDField()
    code = serializers.CharField()


class BulkAnswer(WireSerializer):
    not_found = serializers.ListField(child=serializers.UUIDField())
    refused = Refusal(many=True)
    total = serializers.IntegerField(help_text="Distinct ids asked for.")


class AssignedAnswer(BulkAnswer):
    assigned = serializers.IntegerField()
    already_assigned = serializers.IntegerField()


class RemovedAnswer(BulkAnswer):
    removed = serializers.IntegerField()
    not_assigned = serializers.IntegerField()


class SuspendedAnswer(BulkAnswer):
    suspended = serializers.IntegerField()
    already_suspended = serializers.IntegerField()


class ReactivatedAnswer(BulkAnswer):
    reactivated = serializers.IntegerField()
    already_active = serializers.IntegerField()


def _example(changed: str, already: str) -> dict[str, Any]:
    return {
        changed: 2,
        already: 1,
        "notFound": [examples.SESSION_ID],
        "refused": [{"id": examples.ID, "code": "PERMISSION_ESCALATION"}],
        "total": 5,
    }


class BulkViewSet(ApiViewSet):
    @operation(
        "Give many people a role",
        description=f"Without an end; told in their inbox. {_WORDS}",
        permission=ASSIGN,
        body=RoleForManyInput,
        body_example=_ROLE_BODY,
        answer=AssignedAnswer,
        example=_example("assigned", "alreadyAssigned"),
        errors=(PermissionEscalation, NotFound),
    )
    def assign_role(self, request: ApiRequest) -> Response:
        given = self.valid(RoleForManyInput, request.data)
        role = selectors.present_role(given["role_id"])
        meta = RequestMeta.of(request)
        outcome = roles.assign(_ids(given), role, by=request.user, meta=meta)
        return _answer(outcome, "assigned", "alreadyAssigned")

    @operation(
        "Take a role from many people",
        description=f"Told in their inbox. {_WORDS}",
        permission=ASSIGN,
        body=RoleForManyInput,
        body_example=_ROLE_BODY,
        answer=RemovedAnswer,
        example=_example("removed", "notAssigned"),
        errors=(PermissionEscalation, NotFound),
    )
    def remove_role(self, request: ApiRequest) -> Response:
        given = self.valid(RoleForManyInput, request.data)
        role = selectors.present_role(given["role_id"])
        meta = RequestMeta.of(request)
        outcome = roles.remove(_ids(given), role, by=request.user, meta=meta)
        return _answer(outcome, "removed", "notAssigned")

    @operation(
        "Suspend many people",
        description=f"Each of them is told, with the reason. {_WORDS}",
        permission=MANAGE,
        body=SuspendManyInput,
        body_example={**_BODY, "reason": "Made by a machine."},
        answer=SuspendedAnswer,
        example=_example("suspended", "alreadySuspended"),
    )
    def suspend(self, request: ApiRequest) -> Response:
        given = self.valid(SuspendManyInput, request.data)
        outcome = bulk.suspend(
            _ids(given),
            by=request.user,
            meta=RequestMeta.of(request),
            reason=given.get("reason", ""),
        )
        return _answer(outcome, "suspended", "alreadySuspended")

    @operation(
        "Let many people in again",
        description=f"Lifts suspensions and deactivations; each of them is told. {_WORDS}",
        permission=MANAGE,
        body=PeopleInput,
        body_example=_BODY,
        answer=ReactivatedAnswer,
        example=_example("reactivated", "alreadyActive"),
    )
    def reactivate(self, request: ApiRequest) -> Response:
        given = self.valid(PeopleInput, request.data)
        outcome = bulk.reactivate(_ids(given), by=request.user, meta=RequestMeta.of(request))
        return _answer(outcome, "reactivated", "alreadyActive")


def _ids(given: dict[str, Any]) -> list[UUID]:
    ids: list[UUID] = given["user_ids"]
    return ids


def _answer(outcome: Outcome, changed: str, already: str) -> Response:
    data = {
        changed: len(outcome.changed),
        already: len(outcome.already),
        "notFound": [str(one) for one in outcome.not_found],
        "refused": [{"id": str(one), "code": error.code} for one, error in outcome.refused.items()],
        "total": outcome.total,
    }
    return answer(data, _("Done, as far as it may be."))
