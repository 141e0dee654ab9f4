"""Every call about notifications, on one screen."""

from __future__ import annotations

from django.urls import path

from notifications.api.inbox import InboxViewSet

urlpatterns = [
    path("notifications", InboxViewSet.as_view({"get": "list", "delete": "clear"})),
    path("notifications/read-all", InboxViewSet.as_view({"patch": "read_all"})),
    path("notifications/<str:notification_id>", InboxViewSet.as_view({"delete": "destroy"})),
    path("notifications/<str:notification_id>/read", InboxViewSet.as_view({"patch": "read"})),
]
