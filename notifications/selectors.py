"""What a person finds in their inbox."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from django.db.models import Model

from config.common.keyset import Order, keys
from config.common.times import wire
from notifications.models import Notification, NotificationQuerySet

NEWEST: Final[Order] = keys("-created_at", "-id")


def inbox(user: Model, *, unread_only: bool = False) -> NotificationQuerySet:
    """The person's notices, newest first."""
    notices = Notification.objects.filter(user=user.pk).order_by("-created_at", "-id")
    return notices.unread() if unread_only else notices


def unread_count(user: Model) -> int:
    return Notification.objects.filter(user=user.pk).unread().count()


def exported(user_id: UUID, *, chunk: int) -> Iterator[dict[str, Any]]:
    """For the person's own file: every notice, oldest first. chunk: rows held in memory."""
    notices = Notification.objects.filter(user=user_id).order_by("created_at", "id")
    for notice in notices.iterator(chunk_size=chunk):
        yield {
            "id": str(notice.pk),
            "type": notice.type,
            "title": notice.title,
            "message": notice.message,
            "isRead": notice.is_read,
            "metadata": notice.metadata,
            "createdAt": wire(notice.created_at),
        }
