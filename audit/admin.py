"""The log in the staff site: to be read."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from audit.kinds import Action
from audit.models import AuditEntry
from audit.selectors.search import PATIENCE, worded
from audit.services.details import changes
from config.common.errors import TooBroad
from config.common.reading import searching
from config.common.staff import ShallowPaginator


class ActionFilter(admin.SimpleListFilter):
    """Of the actions there are, not of those that the log holds: to find these, it is read."""

    title = _("action")
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(action.value, action.label) for action in Action]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(action=self.value()) if self.value() else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(admin.ModelAdmin):
    list_display = (
        "timestamp", "label", "user", "actor", "resource", "resource_id", "ip_address",
    )  # fmt: skip
    list_select_related = ("user", "actor")
    list_filter = (ActionFilter, "timestamp")
    list_per_page = 50
    list_max_show_all = 50
    search_fields = ("request_id",)
    search_help_text = _(
        "A whole request id, an id, email or username, an address, a resource; or letters of an "
        "action."
    )
    fields = (
        "timestamp", "label", "user", "actor", "impersonating", "resource", "resource_id",
        "changed", "told", "ip_address", "user_agent", "request_id",
    )  # fmt: skip
    readonly_fields = fields
    ordering = ("-timestamp", "-pk")
    sortable_by = ()
    paginator = ShallowPaginator
    show_full_result_count = False
    actions = None

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        return (queryset.filter(worded(term)) if term else queryset), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Rendered within the time that a search may take, not behind it."""
        try:
            with searching(seconds=PATIENCE):
                response = super().changelist_view(request, extra_context)
                return response.render() if isinstance(response, TemplateResponse) else response
        except TooBroad as error:
            self.message_user(request, str(error.message), messages.ERROR)
            return redirect(request.path)

    @admin.display(description=_("changed"))
    def changed(self, entry: AuditEntry) -> str:
        """Field by field, what it was and what it became."""
        rows = [(change.field, _shown(change.old), _shown(change.new)) for change in _of(entry)]
        if not rows:
            return "–"
        lines = format_html_join("", "<tr><th>{}</th><td>{}</td><td>{}</td></tr>", rows)
        return format_html(
            "<table><tr><th>{}</th><th>{}</th><th>{}</th></tr>{}</table>",
            _("field"), _("before"), _("after"), lines,
        )  # fmt: skip

    @admin.display(description=_("details"))
    def told(self, entry: AuditEntry) -> str:
        shown = {change.field for change in _of(entry)}
        rest = {
            name: value
            for name, value in entry.wire_details.items()
            if not (shown and name in {"fields", "old", "new"})
        }
        return format_html("<pre>{}</pre>", json.dumps(rest, indent=2, ensure_ascii=False))

    def has_view_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        return request.user.has_perm("rbac.audit_read")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        return False


def _of(entry: AuditEntry) -> list[Any]:
    return changes(entry.details)


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
