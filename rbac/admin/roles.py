"""Roles: what each allows."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextInputWidget
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from config.common.forms import TextField
from config.common.request_meta import RequestMeta
from config.common.staff import StaffAdmin, people_page
from config.common.times import to_the_second
from rbac import selectors
from rbac.admin.forms import Checkboxes, Unchecked
from rbac.admin.matrix import GROUPS
from rbac.errors import RoleInUse
from rbac.models import NAME_RULE, Role
from rbac.permissions import ADMIN, Permission
from rbac.services import roles


def _choices() -> list[tuple[Any, list[tuple[str, Any]]]]:
    told = '{} <code>{}</code> <span class="help">{}</span>'
    return [
        (
            title,
            [(one.name, format_html(told, one.label, one.name, more)) for one, more in of.items()],
        )
        for title, of in GROUPS.items()
    ]


class RoleForm(Unchecked):
    name = forms.CharField(
        min_length=3, max_length=50, validators=[NAME_RULE], label=_("Name"),
        help_text=_("Only the letters a to z and “_” can be used here."),
    )  # fmt: skip
    description = TextField(
        max_length=255, required=False, label=_("Description"), widget=AdminTextInputWidget
    )
    allowed = forms.MultipleChoiceField(
        choices=_choices, required=False, widget=Checkboxes, label=_("Allows")
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
            if role.is_system and "name" in self.fields:
                self.fields["name"].disabled = True
                self.fields["name"].help_text = _("Built in: it keeps its name, and stays.")
            if role.name == ADMIN:
                self.fields["allowed"].help_text = _("This role always allows everything.")


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
    list_display = ("title", "told", "number", "extent", "kind", "changed")
    search_fields = ("name",)
    sortable_by = ("title", "changed")
    ordering = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return selectors.roles()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_system = obj is not None and obj.is_system
        return not is_system and super().has_delete_permission(request, obj)

    @admin.display(description=_("name"), ordering="name")
    def title(self, role: Role) -> str:
        return role.name

    @admin.display(description=_("description"))
    def told(self, role: Role) -> str:
        return role.description or "–"

    @admin.display(description=_("who has it"))
    def number(self, role: Any) -> int:
        return selectors.user_count(role)

    @admin.display(description=_("allows"))
    def extent(self, role: Role) -> str:
        number = {"number": len(roles.allowed_by(role)), "all": len(Permission)}
        return _("%(number)s of %(all)s") % number

    @admin.display(description=_("kind"))
    def kind(self, role: Role) -> str:
        return format_html('<span class="pill">{}</span>', _("built in")) if role.is_system else ""

    @admin.display(description=_("changed (UTC)"), ordering="updated_at")
    def changed(self, role: Role) -> str:
        return to_the_second(role.updated_at)

    @admin.display(description=_("allows"))
    def allowed(self, role: Role) -> str:
        held = roles.allowed_by(role)
        lines = [(one.label, one.name) for one in Permission if one in held]
        listed = format_html_join("", "<li>{} <code>{}</code></li>", lines)
        return format_html('<ul class="plain">{}</ul>', listed) if lines else "–"

    def render_change_form(self, request: Any, context: Any, *args: Any, **kwargs: Any) -> Any:
        """With who has it: to be looked at before it is changed, and in the way of deleting it."""
        context |= _holders(request, context.get("original"))
        return super().render_change_form(request, context, *args, **kwargs)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Nobody is asked whether they are sure of what is going to be refused."""
        shown = _holders(request, self.get_object(request, object_id))
        shown |= {"in_use": RoleInUse.message}
        answer: HttpResponse = super().delete_view(
            request, object_id, (extra_context or {}) | shown
        )
        return answer

    def change(self, obj: Any, form: Any, *, by: Any, meta: RequestMeta, is_new: bool) -> Model:
        given = form.cleaned_data
        said = {"description": given["description"], "permissions": given["allowed"]}
        if is_new:
            return roles.create(given["name"], **said, by=by, meta=meta)
        return roles.update(obj.pk, name=given["name"], **said, by=by, meta=meta)

    def remove(self, obj: Any, *, by: Any, meta: RequestMeta) -> None:
        roles.delete(obj.pk, by=by, meta=meta)


def _holders(request: HttpRequest, role: Any) -> dict[str, Any]:
    """How many have it; where they are listed, for who may see people."""
    if role is None:
        return {}
    found: dict[str, Any] = {"holders": selectors.user_count(role)}
    if request.user.has_perm(Permission.USER_READ.perm):
        found["people"] = f"{people_page('changelist')}?{urlencode({'role': role.name})}"
    return found
