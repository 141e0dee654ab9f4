"""Permissions on one person alone."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from config.common.forms import PersonField
from config.common.request_meta import RequestMeta
from rbac.admin.forms import NamesPeople, Unchecked
from rbac.models import PersonGrant
from rbac.permissions import GRANTABLE, Permission
from rbac.services import grants


class GrantForm(Unchecked):
    user = PersonField(label=_("Who may do it"))
    what = forms.ChoiceField(
        choices=lambda: [(one.name, one.label) for one in GRANTABLE], label=_("What")
    )
    on = PersonField(label=_("On whom"))

    class Meta:
        model = PersonGrant
        fields = ("user",)


@admin.register(PersonGrant)
class PersonGrantAdmin(NamesPeople):
    needs: ClassVar[dict[str, str]] = {
        "view": Permission.ROLE_ASSIGN.perm,
        "add": Permission.ROLE_ASSIGN.perm,
        "delete": Permission.ROLE_ASSIGN.perm,
    }
    fresh = True
    form = GrantForm
    fields = ("user", "what", "on")
    list_display = ("who", "what", "on")
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).select_related("user", "permission")
        return rows.prefetch_related("content_object")

    @admin.display(description=_("who"))
    def who(self, grant: PersonGrant) -> str:
        return str(grant.user)

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
