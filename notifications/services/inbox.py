"""Notices inside the program. Each function is one statement, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from django.db.models import Model
from django.utils import translation

from config.common.bulk import Collector, insert_alike
from config.common.errors import NotFound, Text
from config.common.ids import uuid7
from notifications.kinds import Kind
from notifications.models import Notification
from notifications.services.recipients import language_of

# `with ROWS.together():` one INSERT for the notices to many people.
ROWS: Final = Collector()


def notify(user: Model, kind: Kind, *, title: Text, message: Text, **metadata: Any) -> Notification:
    """Put a notice into the person's inbox. Lazy texts come out in the person's language.

    metadata: what DjangoJSONEncoder can write; readable by the person, so nothing secret.
    """
    with translation.override(language_of(user)):
        notice = Notification(
            user_id=user.pk, type=kind, title=str(title), message=str(message), metadata=metadata
        )
    ROWS.store(notice)
    return notice


def notify_all(
    users: Iterable[Any], kind: Kind, *, title: Text, message: Text, **metadata: Any
) -> int:
    """The same notice to many people, in one statement; how many. The rest as in `notify`.

    users: whoever has `pk` and `language`.
    """
    texts: dict[str, tuple[str, str]] = {}
    each: dict[str, list[Any]] = {"id": [], "user_id": [], "title": [], "message": []}
    for user in users:
        if user.language not in texts:
            with translation.override(language_of(user)):
                texts[user.language] = str(title), str(message)
        in_title, in_message = texts[user.language]
        each["id"].append(uuid7())
        each["user_id"].append(user.pk)
        each["title"].append(in_title)
        each["message"].append(in_message)
    return insert_alike(Notification(type=kind.value, metadata=metadata), each)


def mark_read(user: Model, notification_id: UUID) -> None:
    """Also for one that is read already. Raises NotFound for what is not the person's own."""
    own = Notification.objects.filter(pk=notification_id, user=user.pk)
    if not own.update(is_read=True):
        raise NotFound


def mark_all_read(user: Model) -> int:
    """Returns how many were unread."""
    return Notification.objects.filter(user=user.pk).unread().update(is_read=True)


def delete(user: Model, notification_id: UUID) -> None:
    """Raises NotFound for what is not the person's own."""
    deleted, _ = Notification.objects.filter(pk=notification_id, user=user.pk).delete()
    if not deleted:
        raise NotFound


def clear(user: Model) -> int:
    """Empty the inbox. Returns how many there were."""
    deleted, _ = Notification.objects.filter(user=user.pk).delete()
    return deleted
