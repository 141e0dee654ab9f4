"""Finding people: the list that staff search, and one person's page."""

from __future__ import annotations

from typing import Any, Final

from rest_framework import serializers
from rest_framework.response import Response

from accounts.api import examples
from accounts.api.fields import UserAnswer
from accounts.api.person import EXAMPLE as PERSON_EXAMPLE
from accounts.api.person import StaffPersonAnswer, person_data
from accounts.selectors import avatar, directory
from accounts.selectors.person import person_of
from accounts.selectors.wanted import LOCKED, SORTS, STATUSES, Wanted
from config.common.api.operations import operation
from config.common.api.pagination import (
    LIST_ERRORS,
    ListAnswer,
    ListQuery,
    list_example,
    paginate_from,
)
from config.common.api.serializers import Moment, Text
from config.common.api.views import ApiRequest, ApiViewSet, path_id
from config.common.api.wire import answer
from config.common.errors import TooBroad
from config.common.times import wire, wire_or_none
from rbac.permissions import Permission
from rbac.selectors import role_names_of

READ: Final = Permission.USER_READ.perm


class PeopleQuery(ListQuery):
    q = Text(
        required=False,
        max_length=100,
        help_text="A part of the email, the username or the name (first and last with a space "
        "between them), in any case and alphabet. One or two letters are looked for along the "
        "order for a second at most.",
    )
    role = Text(
        required=False,
        max_length=50,
        help_text="The name of a role held now; one that there is not is held by nobody.",
    )
    status = serializers.ChoiceField(
        choices=(*STATUSES, LOCKED),
        required=False,
        help_text="`inactive`: deactivated, or invited and not in yet; `locked`: for everyone. Who "
        "is suspended besides is found under both.",
    )
    verified = serializers.BooleanField(required=False, allow_null=True, default=None)
    two_factor = serializers.BooleanField(required=False, allow_null=True, default=None)
    created_after = Moment(required=False, help_text="A day or a time; from then on.")
    created_before = Moment(required=False, help_text="A day or a time; before that.")
    sort_by = serializers.ChoiceField(choices=tuple(SORTS), default="createdAt")
    order = serializers.ChoiceField(
        choices=("asc", "desc"),
        required=False,
        help_text="Times come newest first, names from A on, unless said otherwise. Who never "
        "signed in comes last either way.",
    )


class PersonRow(UserAnswer):
    avatar = serializers.CharField(allow_null=True)
    is_active = serializers.BooleanField()
    is_suspended = serializers.BooleanField()
    last_login_at = serializers.DateTimeField(allow_null=True)
    roles = serializers.ListField(child=serializers.CharField())


class PeopleAnswer(ListAnswer):
    users = PersonRow(many=True)
    total_is_estimate = serializers.BooleanField(
        help_text="Past 1,000 matches; and where counting would take too long, as for one or two "
        "rare letters: it is what was seen so far then."
    )
    incomplete = serializers.BooleanField(
        help_text="The time was over before everything was looked through; `nextCursor` goes on."
    )


ROW: Final = {
    **examples.USER,
    "avatar": examples.AVATAR,
    "isActive": True,
    "isSuspended": False,
    "lastLoginAt": examples.TIME,
    "roles": ["user"],
}


class DirectoryViewSet(ApiViewSet):
    @operation(
        "Find people",
        description="Deleted accounts are in it until they are erased. `total` is exact up to "
        "1,000; for one or two letters among very many people it is what was seen so far.",
        permission=READ,
        query=PeopleQuery,
        answer=PeopleAnswer,
        example=list_example("users", [ROW], incomplete=False),
        errors=(*LIST_ERRORS, TooBroad),
    )
    def list(self, request: ApiRequest) -> Response:
        asked = PeopleQuery.read(request.query_params)
        given = {name: value for name, value in asked.filters.items() if value is not None}
        found = directory.Directory(Wanted(**given))
        page = paginate_from(found, found.order, asked)
        roles = role_names_of([row["id"] for row in page.rows])
        listed = [_row(row, roles[row["id"]]) for row in page.rows]
        return answer(page.data("users", listed, incomplete=page.is_cut))

    @operation(
        "One person",
        description="Account, profile, roles, live sessions (the newest hundred), second factor, "
        "and what is counted against it.",
        permission=READ,
        on="user_id",
        answer=StaffPersonAnswer,
        example=PERSON_EXAMPLE,
    )
    def retrieve(self, request: ApiRequest, user_id: str) -> Response:
        return answer(person_data(person_of(path_id(user_id))))


def _row(row: Any, roles: list[str]) -> dict[str, Any]:
    off = ("deactivated_at", "deleted_at", "suspended_at", "invited_at")
    return {
        "id": str(row["id"]),
        "email": row["email"],
        "username": row["username"],
        "firstName": row["first_name"] or None,
        "lastName": row["last_name"] or None,
        "avatar": avatar.url_of(row["avatar"]),
        "emailVerified": row["email_verified_at"] is not None,
        "isActive": not any(row[name] for name in off),
        "isSuspended": row["suspended_at"] is not None,
        "createdAt": wire(row["created_at"]),
        "lastLoginAt": wire_or_none(row["last_login"]),
        "roles": roles,
    }
