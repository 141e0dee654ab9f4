"""What a person finds in their inbox."""

from __future__ import annotations

from typing import Final

from django.db.models import Model

from config.common.keyset import Order, keys
from notifications.models import Notification, NotificationQuerySet

NEWEST: Final[Order] = keys("-created_at", "-id")


def inbox(user: Model, *, unread_only: bool = False) -> NotificationQuerySet:
    """The person's notices, newest first."""
    notices = Notification.objects.filter(user=user.pk).order_by("-created_at", "-id")
    return notices.unread() if unread_only else notices


def unread_count(user: Model) -> int:
    return Notification.objects.filter(user=user.pk).unread().count()
