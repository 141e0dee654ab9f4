"""Permissions that somebody holds on one person alone."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.response import Response

from config.common.api.operations import operation
from config.common.api.pagination import (
    LIST_ERRORS,
    MOST,
    ListAnswer,
    ListQuery,
    list_example,
    paginate,
)
from config.common.api.serializers import Text, WireSerializer
from config.common.api.views import ApiRequest, ApiViewSet, path_id
from config.common.api.wire import answer
from config.common.errors import NotFound
from config.common.request_meta import RequestMeta
from rbac import selectors
from rbac.api import examples
from rbac.api.fields import Id
from rbac.errors import AlreadyGranted, PermissionEscalation, UnknownPermission
from rbac.models import PersonGrant
from rbac.permissions import GRANTABLE, Permission
from rbac.services import grants


class GrantsQuery(ListQuery):
    default_limit = MOST


class GrantInput(WireSerializer):
    permission = Text(
        max_length=50,
        help_text=f"One of {', '.join(f'`{permission.name}`' for permission in GRANTABLE)}.",
    )
    on = Id(help_text="The person on whom it shall be held.")


class GrantAnswer(WireSerializer):
    id = serializers.UUIDField()
    permission = serializers.ChoiceField([permission.name for permission in GRANTABLE])
    on = serializers.UUIDField(help_text="The one person it is held on.")


class GrantsAnswer(ListAnswer):
    grants = GrantAnswer(many=True)


class GrantViewSet(ApiViewSet):
    @operation(
        "What somebody may do to single people",
        description="The newest grant first.",
        permission=Permission.ROLE_ASSIGN.perm,
        on="user_id",
        query=GrantsQuery,
        answer=GrantsAnswer,
        example=list_example("grants", [examples.GRANT], limit=MOST),
        errors=(NotFound, *LIST_ERRORS),
    )
    def list(self, request: ApiRequest, user_id: str) -> Response:
        person = selectors.person(path_id(user_id))
        asked = GrantsQuery.read(request.query_params, scope=person.pk)
        page = paginate(selectors.grants_of(person.pk), selectors.NEWEST_GRANTS, asked)
        return answer(page.data("grants", [_grant_data(grant) for grant in page.rows]))

    @operation(
        "Let somebody do one thing to one person",
        description=(
            "It opens the calls with that person's id in the path, and nothing else. You can grant "
            "only what a role of yours allows, and neither of the two may hold more than you. "
            "Who gets it is told."
        ),
        fresh=True,
        permission=Permission.ROLE_ASSIGN.perm,
        on="user_id",
        body=GrantInput,
        body_example={"permission": "USER_MANAGE", "on": examples.OTHER_ID},
        answer=GrantAnswer,
        example=examples.GRANT,
        status=201,
        message="The permission is granted.",
        errors=(NotFound, UnknownPermission, PermissionEscalation, AlreadyGranted),
    )
    def create(self, request: ApiRequest, user_id: str) -> Response:
        person = selectors.person(path_id(user_id))
        given = self.valid(GrantInput, request.data)
        made = grants.grant(person, **given, by=request.user, meta=RequestMeta.of(request))
        return answer(_grant_data(made), _("The permission is granted."), status=201)

    @operation(
        "Take such a permission back",
        description="It is worth nothing from the next request on. Who had it is told.",
        fresh=True,
        permission=Permission.ROLE_ASSIGN.perm,
        on="user_id",
        message="The permission is taken back.",
        errors=(NotFound, PermissionEscalation),
    )
    def destroy(self, request: ApiRequest, user_id: str, grant_id: str) -> Response:
        grants.revoke(
            selectors.person(path_id(user_id)),
            path_id(grant_id),
            by=request.user,
            meta=RequestMeta.of(request),
        )
        return answer(message=_("The permission is taken back."))


def _grant_data(grant: PersonGrant) -> dict[str, Any]:
    return {
        "id": str(grant.pk),
        "permission": grant.permission.codename.upper(),
        "on": grant.object_pk,
    }
