"""The outbox and the inbox for staff: to look at, and to send again what could not be sent."""

from __future__ import annotations

import logging
from typing import Any, ClassVar, Final

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from config.common.ids import parse_uuid
from config.common.staff import OfPeople, StaffAdmin, takes_forms
from config.common.times import roughly, to_the_second
from notifications.kinds import Kind, State
from notifications.models import Notification, OutboxMail
from notifications.services import outbox

logger = logging.getLogger(__name__)

MAINTAIN: Final = "rbac.system_manage"
SEE_PEOPLE: Final = "rbac.user_read"
_COLOURS: Final = {State.SENT: "good", State.DEAD: "bad", State.PENDING: "warn"}
# Each along the index that holds its rows.
_ORDERS: Final = {
    State.SENT: "-sent_at",
    State.DEAD: "-created_at",
    State.PENDING: "next_attempt_at",
}


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(state.value, capfirst(state.label)) for state in State]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        state = self.value()
        return queryset.filter(state=state) if state in State.values else queryset


@admin.register(OutboxMail)
class OutboxMailAdmin(StaffAdmin):
    """Never shows the payload: it holds links that let whoever has them into an account."""

    needs: ClassVar[dict[str, str]] = {"view": MAINTAIN}
    list_display = ("mark", "kind", "pill", "tries", "created", "due", "fault")
    list_display_links = ("kind",)
    list_filter = (StateFilter,)
    sortable_by = ()
    fields = ("kind", "tongue", "pill", "tries", "created", "due", "end", "left", "fault")
    readonly_fields = fields
    change_list_template = "admin/notifications/outbox.html"
    change_form_template = "admin/notifications/mail.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("payload")

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        state = request.GET.get("state", "")
        return (_ORDERS[State(state)] if state in State.values else "-pk",)

    def changelist_view(self, request: Any, extra_context: dict[str, Any] | None = None) -> Any:
        found = outbox.figures()
        more = {"figures": found, "oldest": roughly(found.oldest)}
        return super().changelist_view(request, (extra_context or {}) | more)

    @admin.display(description=_("mark"))
    def mark(self, row: OutboxMail) -> str:
        """What can be sent again can be marked for it."""
        if row.state == State.SENT:
            return ""
        box = '<input type="checkbox" name="mail" value="{}" aria-label="{}">'
        return format_html(box, row.pk, f"{row.mail} {row.created_at:%Y-%m-%d %H:%M:%S}")

    @admin.display(description=_("mail"))
    def kind(self, row: OutboxMail) -> str:
        return row.mail

    @admin.display(description=_("language"))
    def tongue(self, row: OutboxMail) -> str:
        return row.language or "–"

    @admin.display(description=_("state"))
    def pill(self, row: OutboxMail) -> str:
        state = State(row.state)
        return format_html('<span class="pill {}">{}</span>', _COLOURS[state], state.label)

    @admin.display(description=_("attempts"))
    def tries(self, row: OutboxMail) -> int:
        return row.attempts

    @admin.display(description=_("wanted (UTC)"))
    def created(self, row: OutboxMail) -> str:
        return to_the_second(row.created_at)

    @admin.display(description=_("next attempt (UTC)"))
    def due(self, row: OutboxMail) -> str:
        return to_the_second(row.next_attempt_at if row.state == State.PENDING else None)

    @admin.display(description=_("given up after (UTC)"))
    def end(self, row: OutboxMail) -> str:
        return to_the_second(row.give_up_at)

    @admin.display(description=_("sent (UTC)"))
    def left(self, row: OutboxMail) -> str:
        return to_the_second(row.sent_at)

    @admin.display(description=_("last error"))
    def fault(self, row: OutboxMail) -> str:
        return row.last_error or "–"

    # --- Again ------------------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        def post(view: Any) -> Any:
            return self.admin_site.admin_view(takes_forms(view))

        return [
            path("again/", post(self.send_again), name="notifications_outboxmail_again"),
            path("again/all/", post(self.send_all_again), name="notifications_outboxmail_all"),
            *super().get_urls(),
        ]

    def send_again(self, request: HttpRequest) -> HttpResponse:
        """The marked ones, as far as they were given up or wait for another attempt."""
        ids = [key for key in map(parse_uuid, request.POST.getlist("mail")[:1000]) if key]
        return self._sent(request, lambda: outbox.replay(ids) + outbox.hasten(ids))

    def send_all_again(self, request: HttpRequest) -> HttpResponse:
        return self._sent(request, outbox.replay)

    def _sent(self, request: HttpRequest, send: Any) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "POST":  # as after signing in anew: what was sent is gone
            return redirect("admin:notifications_outboxmail_changelist")
        count = send()
        logger.info("%s mails are sent again, as %s asked", count, request.user.pk)
        text = ngettext(
            "%(count)d mail is on its way again.", "%(count)d mails are on their way again.", count
        )
        self.message_user(request, text % {"count": count}, messages.SUCCESS)
        return redirect("admin:notifications_outboxmail_changelist")


@admin.register(Notification)
class NotificationAdmin(OfPeople):
    """What people were told: asked by whose inbox it stands in."""

    needs: ClassVar[dict[str, str]] = {"view": SEE_PEOPLE}
    list_display = ("headline", "about", "holder", "when", "read")
    list_select_related = ("user",)
    ordering = ("-pk",)
    fields = ("headline", "about", "holder", "when", "read", "text")
    readonly_fields = fields

    @admin.display(description=_("title"))
    def headline(self, notice: Notification) -> str:
        return notice.title

    @admin.display(description=_("about"))
    def about(self, notice: Notification) -> str:
        is_known = notice.type in Kind.values
        return str(Kind(notice.type).label) if is_known else notice.type

    @admin.display(description=_("time (UTC)"))
    def when(self, notice: Notification) -> str:
        return to_the_second(notice.created_at)

    @admin.display(description=_("read"))
    def read(self, notice: Notification) -> Any:
        return _("yes") if notice.is_read else _("no")

    @admin.display(description=_("text"))
    def text(self, notice: Notification) -> str:
        return format_html('<span class="lines">{}</span>', notice.message)
