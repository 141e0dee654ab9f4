"""The list of the log, one entry with what it changed and whether it is sealed, and the file."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from audit.admin import shown
from audit.admin.filters import LogFilter, LogForm, filters, on_the_wire
from audit.models import AuditEntry
from audit.selectors.sealed import sealing_state
from audit.selectors.search import PATIENCE, order_of, worded
from audit.services import export
from config.common.errors import TooBroad
from config.common.reading import searching
from config.common.request_meta import RequestMeta
from config.common.staff import StaffAdmin, takes_forms
from config.common.times import to_the_second

READ = "rbac.audit_read"


@admin.register(AuditEntry)
class AuditEntryAdmin(StaffAdmin):
    needs: ClassVar[dict[str, str]] = {"view": READ}
    list_display = ("moment", "what", "person", "by", "thing", "address")
    list_select_related = ("user", "actor")
    list_filter = (LogFilter,)
    search_fields = ("request_id",)
    search_help_text = _(
        "A whole request id, an id, email or username, an address, a resource; or letters of an "
        "action."
    )
    fields = ()
    sortable_by = ()
    change_list_template = "admin/audit/change_list.html"
    change_form_template = "admin/audit/entry.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Joined: entries may name somebody who is gone, and asking for them alone would raise."""
        return super().get_queryset(request).select_related("user", "actor", "impersonating")

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        given = {name: request.GET.get(name, "").strip() for name in LogFilter.names()}
        asked = {
            "user_id": given["person"],
            "actor_id": given["actor"],
            "ip_address": given["address"],
            "action": [given["action"]] if given["action"] else [],
        }
        return [key.ordering() for key in order_of(asked)]

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

    # --- The list: each name and address leads to more of the same --------------------------------

    @admin.display(description=_("time (UTC)"))
    def moment(self, entry: AuditEntry) -> str:
        return to_the_second(entry.timestamp)

    @admin.display(description=_("action"))
    def what(self, entry: AuditEntry) -> str:
        return entry.label

    @admin.display(description=_("whom it concerns"))
    def person(self, entry: AuditEntry) -> str:
        return _more("person", entry.user_id, shown.name(entry.user, entry.user_id))

    @admin.display(description=_("who did it"))
    def by(self, entry: AuditEntry) -> str:
        return _more("actor", entry.actor_id, shown.name(entry.actor, entry.actor_id))

    @admin.display(description=_("to what"))
    def thing(self, entry: AuditEntry) -> str:
        key = entry.resource_id
        if not key:
            return entry.resource
        more = _more("q", key, f"…{key[-8:]}")
        return format_html('{} <span class="nowrap">{}</span>', entry.resource, more)

    @admin.display(description=_("address"))
    def address(self, entry: AuditEntry) -> str:
        return _more("address", entry.ip_address, str(entry.ip_address))

    # --- One entry --------------------------------------------------------------------------------

    def render_change_form(self, request: Any, context: Any, *args: Any, **kwargs: Any) -> Any:
        entry: AuditEntry = context["original"]
        context |= {
            "facts": shown.facts(entry),
            "changes": shown.changed(entry),
            "details": shown.told(entry),
            "seal": sealing_state(entry.pk),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    # --- The file ---------------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(takes_forms(self.as_file))
        return [path("export/", view, name="audit_auditentry_export"), *super().get_urls()]

    def as_file(self, request: Any) -> HttpResponseBase:
        """What the list shows with these filters, all of it. By POST, since it is an entry too."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "POST":  # as after signing in anew: what was sent is gone
            return redirect("admin:audit_auditentry_changelist")
        form, term = LogForm(request.POST), request.POST.get("q", "").strip()
        if not form.is_valid() or "\x00" in term:
            asked = {name: request.POST.get(name, "") for name in (*form.fields, "q")}
            return redirect(f"{reverse('admin:audit_auditentry_changelist')}?{urlencode(asked)}")
        style = export.Style.JSONL if request.POST.get("format") == "jsonl" else export.Style.CSV
        asked, given = filters(form.cleaned_data), on_the_wire(form.cleaned_data)
        parts = export.start(
            asked | {"q": term},
            given=given | ({"q": term} if term else {}),
            style=style,
            by=request.user,
            meta=RequestMeta.of(request),
        )
        name = f"audit-{timezone.now():%Y-%m-%d}.{style.value}"
        return StreamingHttpResponse(
            parts,
            content_type=export.MEDIA_TYPES[style],
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


def _more(name: str, value: Any, text: str) -> str:
    """A link to all that says the same; a dash for nobody and nothing."""
    if not value:
        return "–"
    return format_html('<a href="?{}">{}</a>', urlencode({name: value}), text)
