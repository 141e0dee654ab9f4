"""The roles of one person: seen, given, taken away, explained."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.response import Response

from config.common.api.operations import operation
from config.common.api.serializers import Text, WireSerializer
from config.common.api.views import ApiRequest, ApiViewSet, path_id
from config.common.api.wire import answer
from config.common.errors import NotFound
from config.common.request_meta import RequestMeta
from config.common.times import wire, wire_or_none
from rbac import selectors
from rbac.api import examples
from rbac.api.fields import Id
from rbac.errors import (
    LastAdmin,
    LastRole,
    PermissionEscalation,
    RoleAlreadyAssigned,
    UnknownPermission,
)
from rbac.models import RoleAssignment
from rbac.permissions import Permission
from rbac.services import assignments, explaining


class AssignmentInput(WireSerializer):
    role_id = Id()
    expires_at = serializers.DateTimeField(
        required=False,
        allow_null=True,
        help_text="In the future; from then on the role counts for nothing. Null: without an end.",
    )


class ExplainQuery(WireSerializer):
    permission = Text(max_length=50, help_text="Such as `USER_MANAGE`.")
    on = Id(required=False, help_text="The person it would be done to.")


class HeldAnswer(WireSerializer):
    roles = serializers.ListField(child=serializers.CharField(), help_text="Those in force.")
    permissions = serializers.ListField(child=serializers.ChoiceField(Permission.names))


class AssignmentAnswer(WireSerializer):
    user_id = serializers.UUIDField()
    role_id = serializers.UUIDField()
    role = serializers.CharField()
    expires_at = serializers.DateTimeField(allow_null=True)
    assigned_at = serializers.DateTimeField()


class ReasonAnswer(WireSerializer):
    kind = serializers.ChoiceField(["role", "grant", "account"])
    id = serializers.UUIDField(required=False)
    name = serializers.CharField(
        required=False, help_text="Of a role; `inactive` where the account is that."
    )
    permission = serializers.ChoiceField(Permission.names, required=False)
    on = serializers.UUIDField(required=False, help_text="Of a grant: the one person it is on.")
    expires_at = serializers.DateTimeField(
        required=False,
        allow_null=True,
        help_text="Of a role: when it ends; among what is missing, when it ran out.",
    )


class ExplanationAnswer(WireSerializer):
    allowed = serializers.BooleanField()
    because = ReasonAnswer(many=True, help_text="Each of these suffices. Empty if not allowed.")
    missing = ReasonAnswer(
        many=True,
        help_text=(
            "Empty if allowed. An `account` has to be made active first; of roles and grants each "
            "would suffice."
        ),
    )


class PersonRolesViewSet(ApiViewSet):
    @operation(
        "Somebody's roles",
        description="Those in force, and what they allow.",
        permission=Permission.USER_READ.perm,
        on="user_id",
        answer=HeldAnswer,
        example={"roles": ["moderator"], "permissions": ["USER_READ", "USER_UPDATE", "AUDIT_READ"]},
        errors=(NotFound,),
    )
    def retrieve(self, request: ApiRequest, user_id: str) -> Response:
        person = selectors.person(path_id(user_id))
        return answer(
            {
                "roles": selectors.role_names(person.pk),
                "permissions": selectors.permission_names(person.pk),
            }
        )

    @operation(
        "Give a role",
        description=(
            "For good or until `expiresAt`; one in force gets the new end. The person is told. "
            "You can give only what you hold yourself, to nobody who holds more than you, and "
            "nothing to yourself for longer than you hold it."
        ),
        permission=Permission.ROLE_ASSIGN.perm,
        on="user_id",
        body=AssignmentInput,
        body_example={"roleId": examples.ROLE_ID, "expiresAt": "2026-12-31T23:59:59.000Z"},
        answer=AssignmentAnswer,
        example=examples.ASSIGNMENT,
        message="The role is assigned.",
        errors=(NotFound, PermissionEscalation, RoleAlreadyAssigned, LastAdmin, LastRole),
    )
    def assign(self, request: ApiRequest, user_id: str) -> Response:
        person = selectors.person(path_id(user_id))
        given = self.valid(AssignmentInput, request.data)
        made = assignments.assign(
            person,
            selectors.present_role(given["role_id"]),
            by=request.user,
            meta=RequestMeta.of(request),
            expires_at=given.get("expires_at"),
        )
        return answer(_assignment_data(made), _("The role is assigned."))

    @operation(
        "Take a role away",
        description="It counts for nothing from the next request on. The person is told.",
        permission=Permission.ROLE_ASSIGN.perm,
        on="user_id",
        message="The role is taken away.",
        errors=(NotFound, PermissionEscalation, LastAdmin, LastRole),
    )
    def remove(self, request: ApiRequest, user_id: str, role_id: str) -> Response:
        assignments.remove(
            selectors.person(path_id(user_id)),
            selectors.present_role(path_id(role_id)),
            by=request.user,
            meta=RequestMeta.of(request),
        )
        return answer(message=_("The role is taken away."))

    @operation(
        "Why somebody may do something, or why not",
        description=(
            "By roles and grants in force now. With `on` the question is about doing it to that "
            "person, which a grant on them allows as well."
        ),
        permission=Permission.ROLE_READ.perm,
        query=ExplainQuery,
        answer=ExplanationAnswer,
        example={
            "allowed": True,
            "because": [
                {"kind": "role", "id": examples.ROLE_ID, "name": "moderator", "expiresAt": None}
            ],
            "missing": [],
        },
        errors=(NotFound, UnknownPermission),
    )
    def explain(self, request: ApiRequest, user_id: str) -> Response:
        person = selectors.person(path_id(user_id))
        asked = self.valid(ExplainQuery, _given(request))
        found = explaining.explain(person, asked["permission"], on=asked.get("on"))
        return answer(
            {"allowed": found.allowed, "because": found.because, "missing": found.missing}
        )


def _given(request: ApiRequest) -> dict[str, Any]:
    """The query without blanks."""
    return {name: value for name, value in request.query_params.items() if value}


def _assignment_data(made: RoleAssignment) -> dict[str, Any]:
    return {
        "userId": str(made.user_id),
        "roleId": str(made.role_id),
        "role": made.role.name,
        "expiresAt": wire_or_none(made.expires_at),
        "assignedAt": wire(made.assigned_at),
    }
