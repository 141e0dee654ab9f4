"""One's own notices. What is somebody else's is not found."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.response import Response

from config.common.api.operations import operation
from config.common.api.pagination import (
    LIST_ERRORS,
    ListAnswer,
    ListQuery,
    list_example,
    paginate,
)
from config.common.api.serializers import WireSerializer
from config.common.api.views import ApiRequest, ApiViewSet, path_id
from config.common.api.wire import answer
from config.common.errors import NotFound
from config.common.times import wire
from notifications import selectors
from notifications.kinds import Kind
from notifications.models import Notification
from notifications.services import inbox

EXAMPLE: Final[dict[str, Any]] = {
    "id": "019aaf42-7d10-7c11-8a52-5b1f0e9d3c47",
    "type": "LOGIN_ALERT",
    "title": "New sign-in",
    "message": "Firefox on Linux signed in from 203.0.113.7.",
    "isRead": False,
    "metadata": {"sessionId": "019aaf41-0a77-7b3e-8f0c-d2b6a1c4e593"},
    "createdAt": "2026-11-23T10:00:00.000Z",
}


class InboxQuery(ListQuery):
    unread_only = serializers.BooleanField(default=False, help_text="Leave out what was read.")


class NotificationAnswer(WireSerializer):
    id = serializers.UUIDField()
    type = serializers.ChoiceField(Kind.choices)
    title = serializers.CharField(help_text="In the language the person had at the time.")
    message = serializers.CharField()
    is_read = serializers.BooleanField()
    metadata = serializers.DictField(help_text="What it is about, such as `sessionId`.")
    created_at = serializers.DateTimeField()


class InboxAnswer(ListAnswer):
    notifications = NotificationAnswer(many=True)
    unread_count = serializers.IntegerField(help_text="Of the whole inbox.")


class CountAnswer(WireSerializer):
    count = serializers.IntegerField()


class InboxViewSet(ApiViewSet):
    @operation(
        "Your notices",
        description="Newest first.",
        query=InboxQuery,
        answer=InboxAnswer,
        example=list_example("notifications", [EXAMPLE], unreadCount=1),
        errors=LIST_ERRORS,
    )
    def list(self, request: ApiRequest) -> Response:
        asked = InboxQuery.read(request.query_params, scope=request.user.pk)
        notices = selectors.inbox(request.user, **asked.filters)
        page = paginate(notices, selectors.NEWEST, asked)
        return answer(
            page.data(
                "notifications",
                [notification_data(notice) for notice in page.rows],
                unreadCount=selectors.unread_count(request.user),
            )
        )

    @operation(
        "Mark as read",
        description="Also one that is read already.",
        errors=(NotFound,),
    )
    def read(self, request: ApiRequest, notification_id: str) -> Response:
        inbox.mark_read(request.user, path_id(notification_id))
        return answer(message=_("Marked as read."))

    @operation(
        "Mark all as read",
        description="`count`: how many were unread.",
        answer=CountAnswer,
        example={"count": 3},
    )
    def read_all(self, request: ApiRequest) -> Response:
        return answer({"count": inbox.mark_all_read(request.user)}, _("All marked as read."))

    @operation("Delete a notice", errors=(NotFound,))
    def destroy(self, request: ApiRequest, notification_id: str) -> Response:
        inbox.delete(request.user, path_id(notification_id))
        return answer(message=_("Deleted."))

    @operation(
        "Empty the inbox",
        description="`count`: how many there were.",
        answer=CountAnswer,
        example={"count": 12},
    )
    def clear(self, request: ApiRequest) -> Response:
        return answer({"count": inbox.clear(request.user)}, _("Your inbox is empty."))


def notification_data(notice: Notification) -> dict[str, Any]:
    """A notice in an answer."""
    return {
        "id": str(notice.pk),
        "type": notice.type,
        "title": notice.title,
        "message": notice.message,
        "isRead": notice.is_read,
        "metadata": notice.metadata,
        "createdAt": wire(notice.created_at),
    }
