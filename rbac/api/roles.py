"""Roles: seen, made, changed, deleted."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.response import Response

from config.common.api.operations import operation
from config.common.api.serializers import Text, WireSerializer
from config.common.api.views import ApiRequest, ApiViewSet, path_id
from config.common.api.wire import answer
from config.common.errors import NotFound
from config.common.request_meta import RequestMeta
from config.common.times import wire
from rbac import selectors
from rbac.api import examples
from rbac.errors import PermissionEscalation, RoleExists, RoleInUse, SystemRole, UnknownPermission
from rbac.models import NAME_RULE, Role
from rbac.permissions import Permission
from rbac.services import roles

MOST: Final = 100  # permissions that one body may name, repeated ones included


class RoleName(Text):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_length=3, max_length=50, validators=[NAME_RULE], **kwargs)


class RoleInput(WireSerializer):
    name = RoleName(help_text="3 to 50 of `a-z` and `_`.")
    description = Text(required=False, allow_blank=True)
    permissions = serializers.ListField(
        child=Text(max_length=50), max_length=MOST, help_text="Such as `USER_READ`; `[]` for none."
    )


class RoleChanges(WireSerializer):
    name = RoleName(required=False, help_text="3 to 50 of `a-z` and `_`.")
    description = Text(required=False, allow_blank=True)
    permissions = serializers.ListField(
        child=Text(max_length=50),
        max_length=MOST,
        required=False,
        help_text="All that the role shall allow.",
    )


class RoleAnswer(WireSerializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    description = serializers.CharField()
    permissions = serializers.ListField(child=serializers.ChoiceField(Permission.names))
    is_system = serializers.BooleanField(
        help_text="Came with the program: keeps its name and cannot be deleted."
    )
    user_count = serializers.IntegerField(
        help_text="Who has it now. Past 1,000 it may be a minute old."
    )
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class RolesAnswer(WireSerializer):
    roles = RoleAnswer(many=True)


class PermissionsAnswer(WireSerializer):
    permissions = serializers.ListField(child=serializers.ChoiceField(Permission.names))
    descriptions = serializers.DictField(child=serializers.CharField())


class RoleViewSet(ApiViewSet):
    @operation(
        "All roles",
        description="By name.",
        permission=Permission.ROLE_READ.perm,
        answer=RolesAnswer,
        example={"roles": [examples.ROLE]},
    )
    def list(self, request: ApiRequest) -> Response:
        return answer({"roles": [role_data(role) for role in selectors.roles()]})

    @operation(
        "One role",
        permission=Permission.ROLE_READ.perm,
        answer=RoleAnswer,
        example=examples.ROLE,
        errors=(NotFound,),
    )
    def retrieve(self, request: ApiRequest, role_id: str) -> Response:
        return answer(role_data(selectors.role(path_id(role_id))))

    @operation(
        "What a role can allow",
        description="All permissions there are, each with what it is for.",
        permission=Permission.ROLE_READ.perm,
        answer=PermissionsAnswer,
        example={
            "permissions": ["USER_READ", "USER_CREATE"],
            "descriptions": {"USER_READ": "See users", "USER_CREATE": "Invite users"},
        },
    )
    def permissions(self, request: ApiRequest) -> Response:
        return answer(
            {
                "permissions": Permission.names,
                "descriptions": {permission.name: permission.label for permission in Permission},
            }
        )

    @operation(
        "Make a role",
        description="It can allow only what you hold yourself.",
        permission=Permission.ROLE_CREATE.perm,
        body=RoleInput,
        body_example={
            "name": "support",
            "description": "Looks after people",
            "permissions": ["USER_READ", "USER_MANAGE"],
        },
        answer=RoleAnswer,
        example=examples.ROLE,
        status=201,
        message="The role is there.",
        errors=(UnknownPermission, PermissionEscalation, RoleExists),
    )
    def create(self, request: ApiRequest) -> Response:
        given = self.valid(RoleInput, request.data)
        role = roles.create(**given, by=request.user, meta=RequestMeta.of(request))
        return answer(role_data(role), _("The role is there."), status=201)

    @operation(
        "Change a role",
        description=(
            "What is left out stays. Whoever holds the role may do more or less from the next "
            "request on. The roles that came with the program keep their names, and `admin` "
            "allows everything. A role that allows what you do not hold is not yours to change."
        ),
        permission=Permission.ROLE_UPDATE.perm,
        body=RoleChanges,
        body_example={"permissions": ["USER_READ"]},
        answer=RoleAnswer,
        example=examples.ROLE,
        message="The role is saved.",
        errors=(NotFound, UnknownPermission, PermissionEscalation, SystemRole, RoleExists),
    )
    def update(self, request: ApiRequest, role_id: str) -> Response:
        given = self.valid(RoleChanges, request.data)
        meta = RequestMeta.of(request)
        role = roles.update(path_id(role_id), **given, by=request.user, meta=meta)
        return answer(role_data(role), _("The role is saved."))

    @operation(
        "Delete a role",
        description="One that nobody has, and that allows nothing that you do not hold.",
        permission=Permission.ROLE_DELETE.perm,
        message="The role is deleted.",
        errors=(NotFound, PermissionEscalation, SystemRole, RoleInUse),
    )
    def destroy(self, request: ApiRequest, role_id: str) -> Response:
        roles.delete(path_id(role_id), by=request.user, meta=RequestMeta.of(request))
        return answer(message=_("The role is deleted."))


def role_data(role: Role) -> dict[str, Any]:
    """One of `selectors.roles` in an answer."""
    allowed = roles.allowed_by(role)
    return {
        "id": str(role.pk),
        "name": role.name,
        "description": role.description,
        "permissions": [permission.name for permission in Permission if permission in allowed],
        "isSystem": role.is_system,
        "userCount": selectors.user_count(role),
        "createdAt": wire(role.created_at),
        "updatedAt": wire(role.updated_at),
    }
