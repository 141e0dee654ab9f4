"""Roles, who has them, and permissions on single people in the staff site.

Each page does what a call of the API does, under the same permission and through the same service.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from config.common.request_meta import RequestMeta
from config.common.staff import PersonField, StaffAdmin, people_named
from rbac import selectors
from rbac.models import NAME_RULE, PersonGrant, Role, RoleAssignment
from rbac.permissions import ADMIN, GRANTABLE, Permission
from rbac.services import assignments, grants, roles


def _choices(*permissions: Permission) -> list[tuple[str, Any]]:
    return [(permission.name, permission.label) for permission in permissions]


def _matrix() -> list[tuple[Any, list[tuple[str, Any]]]]:
    """All that a role can allow, by what it is about."""
    titles = {"USER": _("People"), "ROLE": _("Roles")}
    others = [one for one in Permission if one.name.partition("_")[0] not in titles]
    return [
        *(
            (title, _choices(*(one for one in Permission if one.name.startswith(f"{about}_"))))
            for about, title in titles.items()
        ),
        (_("The service"), _choices(*others)),
    ]


class _Unchecked(forms.ModelForm):
    """The service looks for what is there already, and says it in its own words."""

    def validate_unique(self) -> None:
        pass

    def _get_validation_exclusions(self) -> set[str]:
        return {field.name for field in self._meta.model._meta.get_fields()}  # noqa: SLF001


class RoleForm(_Unchecked):
    name = forms.CharField(
        min_length=3, max_length=50, validators=[NAME_RULE], label=_("Name"),
        help_text=_("Only the letters a to z and “_” can be used here."),
    )  # fmt: skip
    allowed = forms.MultipleChoiceField(
        choices=_matrix, required=False, widget=forms.CheckboxSelectMultiple, label=_("Allows")
    )

    class Meta:
        model = Role
        fields = ("name", "description")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role = self.instance
        if not role._state.adding:  # noqa: SLF001  Django's documented model API
            held = roles.allowed_by(role)
            self.initial["allowed"] = [one.name for one in Permission if one in held]
            self.fields["allowed"].disabled = role.name == ADMIN
            if "name" in self.fields:
                self.fields["name"].disabled = role.is_system


@admin.register(Role)
class RoleAdmin(StaffAdmin):
    needs: ClassVar[dict[str, str]] = {
        "view": Permission.ROLE_READ.perm,
        "add": Permission.ROLE_CREATE.perm,
        "change": Permission.ROLE_UPDATE.perm,
        "delete": Permission.ROLE_DELETE.perm,
    }
    form = RoleForm
    fields = ("name", "description", "allowed")
    list_display = ("name", "description", "number", "is_system", "updated_at")
    search_fields = ("name",)
    sortable_by = ("name", "updated_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return selectors.roles()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_system = obj is not None and obj.is_system
        return not is_system and super().has_delete_permission(request, obj)

    @admin.display(description=_("who has it"))
    def number(self, role: Any) -> int:
        return selectors.user_count(role)

    @admin.display(description=_("allows"))
    def allowed(self, role: Role) -> str:
        held = roles.allowed_by(role)
        return ", ".join(str(one.label) for one in Permission if one in held) or "–"

    def change(self, obj: Any, form: Any, *, by: Any, meta: RequestMeta, is_new: bool) -> Model:
        given = form.cleaned_data
        said = {"description": given["description"], "permissions": given["allowed"]}
        if is_new:
            return roles.create(given["name"], **said, by=by, meta=meta)
        return roles.update(obj.pk, name=given["name"], **said, by=by, meta=meta)

    def remove(self, obj: Any, *, by: Any, meta: RequestMeta) -> None:
        roles.delete(obj.pk, by=by, meta=meta)


class AssignmentForm(_Unchecked):
    user = PersonField(label=_("Person"))

    class Meta:
        model = RoleAssignment
        fields = ("user", "role", "expires_at")


class _OfPeople(StaffAdmin):
    """Rows that somebody has; found by whose they are, exactly."""

    search_fields = ("user",)
    search_help_text = _("Email, username or id.")
    sortable_by = ()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if search_term.strip():
            queryset = queryset.filter(user__in=people_named(search_term))
        return queryset, False


@admin.register(RoleAssignment)
class RoleAssignmentAdmin(_OfPeople):
    needs: ClassVar[dict[str, str]] = {
        "view": Permission.ROLE_READ.perm,
        "add": Permission.ROLE_ASSIGN.perm,
        "change": Permission.ROLE_ASSIGN.perm,
        "delete": Permission.ROLE_ASSIGN.perm,
    }
    form = AssignmentForm
    fields = ("user", "role", "expires_at")
    list_display = ("user", "role", "expires_at", "assigned_at")
    list_select_related = ("user", "role")
    list_filter = ("role",)
    ordering = ("-pk",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else ("user", "role")

    def change(self, obj: Any, form: Any, *, by: Any, meta: RequestMeta, is_new: bool) -> Model:
        if not is_new and not form.changed_data:
            return obj  # type: ignore[no-any-return]
        end = form.cleaned_data["expires_at"]
        return assignments.assign(obj.user, obj.role, by=by, meta=meta, expires_at=end)

    def remove(self, obj: Any, *, by: Any, meta: RequestMeta) -> None:
        assignments.remove(obj.user, obj.role, by=by, meta=meta)


class GrantForm(_Unchecked):
    user = PersonField(label=_("Who may do it"))
    what = forms.ChoiceField(choices=lambda: _choices(*GRANTABLE), label=_("What"))
    on = PersonField(label=_("On whom"))

    class Meta:
        model = PersonGrant
        fields = ("user",)


@admin.register(PersonGrant)
class PersonGrantAdmin(_OfPeople):
    needs: ClassVar[dict[str, str]] = {
        "view": Permission.ROLE_ASSIGN.perm,
        "add": Permission.ROLE_ASSIGN.perm,
        "delete": Permission.ROLE_ASSIGN.perm,
    }
    fresh = True
    form = GrantForm
    fields = ("user", "what", "on")
    list_display = ("user", "what", "on")
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).select_related("user", "permission")
        return rows.prefetch_related("content_object")

    @admin.display(description=_("what"))
    def what(self, grant: PersonGrant) -> str:
        return str(Permission(grant.permission.codename).label)

    @admin.display(description=_("on whom"))
    def on(self, grant: PersonGrant) -> str:
        return str(grant.content_object or grant.object_pk)

    def change(self, obj: Any, form: Any, *, by: Any, meta: RequestMeta, is_new: bool) -> Model:
        given = form.cleaned_data
        on = given["on"].pk
        return grants.grant(given["user"], given["what"], on=on, by=by, meta=meta)

    def remove(self, obj: Any, *, by: Any, meta: RequestMeta) -> None:
        grants.revoke(obj.user, obj.pk, by=by, meta=meta)
