"""The outbox and the inbox for staff: to look at, and to send dead mail again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from notifications.models import Notification, OutboxMail
from notifications.services import outbox

if TYPE_CHECKING:
    OutboxMailModelAdmin = admin.ModelAdmin[OutboxMail]
    NotificationModelAdmin = admin.ModelAdmin[Notification]
else:
    OutboxMailModelAdmin = NotificationModelAdmin = admin.ModelAdmin


class ReadOnly:
    """Rows that only the program writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(OutboxMail)
class OutboxMailAdmin(ReadOnly, OutboxMailModelAdmin):
    """Never shows the payload: it holds links that let whoever has them into an account."""

    list_display = ("mail", "state", "attempts", "created_at", "next_attempt_at", "last_error")
    list_filter = ("state", "mail")
    ordering = ("-id",)
    show_full_result_count = False
    fields = (
        "mail",
        "language",
        "state",
        "attempts",
        "created_at",
        "next_attempt_at",
        "give_up_at",
        "sent_at",
        "last_error",
    )
    actions = ["send_again"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutboxMail]:
        return super().get_queryset(request).defer("payload")

    @admin.action(description=_("Send again"), permissions=["view"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[OutboxMail]) -> None:
        count = outbox.replay(queryset.values_list("pk", flat=True))
        self.message_user(
            request,
            ngettext(
                "%(count)d mail is on its way again.",
                "%(count)d mails are on their way again.",
                count,
            )
            % {"count": count},
        )


@admin.register(Notification)
class NotificationAdmin(ReadOnly, NotificationModelAdmin):
    list_display = ("title", "type", "user", "is_read", "created_at")
    list_filter = ("type", "is_read")
    list_select_related = ("user",)
    ordering = ("-id",)
    show_full_result_count = False
