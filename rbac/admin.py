"""Roles in the staff site: to be read. Changes go through the services."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from rbac.models import Role, RoleAssignment
from rbac.permissions import Permission


class ReadOnly(admin.ModelAdmin):
    """Shown to who may see roles, and changed by nobody here."""

    show_full_result_count = False
    actions = None

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(Permission.ROLE_READ.perm)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Role)
class RoleAdmin(ReadOnly):
    list_display = ("name", "description", "is_system", "updated_at")
    search_fields = ("name",)


@admin.register(RoleAssignment)
class RoleAssignmentAdmin(ReadOnly):
    list_display = ("user", "role", "expires_at", "assigned_at")
    list_select_related = ("user", "role")
    list_filter = ("role",)
    ordering = ("-pk",)
