"""Who has which role, and until when."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from config.common.forms import PersonField, moment_field
from config.common.request_meta import RequestMeta
from config.common.times import to_the_second
from rbac.admin.forms import NamesPeople, Unchecked
from rbac.models import Role, RoleAssignment
from rbac.permissions import Permission
from rbac.services import assignments


class AssignmentForm(Unchecked):
    user = PersonField(label=_("Person"))
    role = forms.ModelChoiceField(Role.objects.all(), label=_("Role"))
    expires_at = moment_field(
        label=_("Until"),
        help_text=_("A time in UTC, from which the role stops by itself. Empty: for good."),
    )

    class Meta:
        model = RoleAssignment
        fields = ("user", "role", "expires_at")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:  # noqa: SLF001  Django's documented model API
            # Only its end changes.
            del self.fields["user"], self.fields["role"]


@admin.register(RoleAssignment)
class RoleAssignmentAdmin(NamesPeople):
    needs: ClassVar[dict[str, str]] = {
        "view": Permission.ROLE_READ.perm,
        "add": Permission.ROLE_ASSIGN.perm,
        "change": Permission.ROLE_ASSIGN.perm,
        "delete": Permission.ROLE_ASSIGN.perm,
    }
    form = AssignmentForm
    fields = ("user", "role", "expires_at")
    list_display = ("person", "given", "since", "until")
    list_select_related = ("user", "role")
    list_filter = ("role",)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Along an index: all of them by their key, one role's as its holders are listed."""
        is_of_one = "role__id__exact" in request.GET
        return ("-user_created_at", "-user") if is_of_one else ("-pk",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else ("holder", "given")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.fields if obj is None else ("holder", "given", "expires_at")

    @admin.display(description=_("person"))
    def person(self, assignment: RoleAssignment) -> str:
        return str(assignment.user)

    @admin.display(description=_("role"))
    def given(self, assignment: RoleAssignment) -> str:
        return assignment.role.name

    @admin.display(description=_("since (UTC)"))
    def since(self, assignment: RoleAssignment) -> str:
        return to_the_second(assignment.assigned_at)

    @admin.display(description=_("until (UTC)"))
    def until(self, assignment: RoleAssignment) -> str:
        return to_the_second(assignment.expires_at)

    def change(self, obj: Any, form: Any, *, by: Any, meta: RequestMeta, is_new: bool) -> Model:
        if not is_new and not form.changed_data:
            return obj  # type: ignore[no-any-return]
        end = form.cleaned_data["expires_at"]
        return assignments.assign(obj.user, obj.role, by=by, meta=meta, expires_at=end)

    def remove(self, obj: Any, *, by: Any, meta: RequestMeta) -> None:
        assignments.remove(obj.user, obj.role, by=by, meta=meta)
