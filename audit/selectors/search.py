"""Finding entries. Whatever is asked becomes a range of an index, or a few of them."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet

from audit.kinds import Action
from audit.models import AuditEntry, details_of
from config.common import keyset
from config.common.ids import parse_uuid
from config.common.times import wire

NEWEST: Final = keyset.keys("-timestamp", "-id")
# Along the whole log. An order of its own for PostgreSQL, so that a filter's entries are never
# looked for that way: ten thousand people got a role just now, and whoever asks for sign-ins would
# walk over all of that.
ALL_NEWEST: Final = keyset.flipped(NEWEST)
PATIENCE: Final = 5.0  # seconds that a statement of a list may take
_LETTERS: Final = 3  # of an action; fewer stand in nearly all of them


_COLUMNS: Final = (
    "id", "action", "resource", "resource_id", "details", "impersonating_id", "ip_address",
    "user_agent", "request_id", "timestamp",
    "user_id", "user__email", "user__username", "actor_id", "actor__email", "actor__username",
)  # fmt: skip


def matching(**filters: Any) -> QuerySet[AuditEntry, dict[str, Any]]:
    """Entries as `narrowed` finds them, as rows for `shown`, in no order yet."""
    rows: QuerySet[AuditEntry, dict[str, Any]] = narrowed(
        AuditEntry.objects.all(), **filters
    ).values(*_COLUMNS)
    return rows


def narrowed(
    entries: QuerySet[AuditEntry],
    *,
    user_id: UUID | None = None,
    actor_id: UUID | None = None,
    action: Collection[str] = (),
    resource: str = "",
    resource_id: str = "",
    ip_address: str = "",
    start_date: datetime | None = None,
    end_date: datetime | None = None,
    q: str = "",
) -> QuerySet[AuditEntry]:
    """Those for which all of this holds.

    start_date: the first moment; end_date: the first moment that is too late.
    """
    conditions: dict[str, Any] = {
        "user_id": user_id,
        "actor_id": actor_id,
        "action__in": sorted(action),
        "resource": resource,
        "resource_id": resource_id,
        "ip_address": ip_address,
        "timestamp__gte": start_date,
        "timestamp__lt": end_date,
    }
    found = entries.filter(**{name: value for name, value in conditions.items() if value})
    return found.filter(worded(q)) if q else found


def order_of(filters: Mapping[str, Any]) -> keyset.Order:
    """Newest first, in the words of the index that has what these filters of `matching` leave."""
    names = ("user_id", "actor_id", "resource", "resource_id", "ip_address")
    has_index = any(filters.get(name) for name in names) or len(filters.get("action") or ()) == 1
    return NEWEST if has_index else ALL_NEWEST


def count(filters: Mapping[str, Any]) -> keyset.Count:
    """How many match, from their index alone: without the names that stand beside them."""
    order = order_of(filters)
    found = narrowed(AuditEntry.objects.all(), **filters)
    return keyset.count(found, along=() if order == ALL_NEWEST else order)


def worded(text: str) -> Q:
    """What somebody may have at hand and paste: each by an index of its own.

    A request id; the id, address or name of a person; what it was done to; where it came from;
    some letters of an action. Details are not searched: no index holds them.
    """
    found = Q(request_id=text) | Q(resource_id=text) | Q(resource=text.lower())
    word = text.upper().replace(" ", "_").replace("-", "_")
    if len(word) >= _LETTERS:
        actions = [action.value for action in Action if word in action.value]
        if actions:
            found |= Q(action__in=actions)
    with suppress(ValueError):
        # The zone of a link-local address is no part of what is stored.
        found |= Q(ip_address=str(ipaddress.ip_address(text.partition("%")[0])))
    person = parse_uuid(text) or _named(text)
    if person:
        found |= Q(user_id=person) | Q(actor_id=person) | Q(resource_id=str(person))
    return found


def _named(text: str) -> UUID | None:
    users: Any = get_user_model()._default_manager  # noqa: SLF001  Django's documented API
    try:
        key: UUID = users.get_by_natural_key(text).pk
    except get_user_model().DoesNotExist:
        return None
    return key


def shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of `matching`, as who may read the log sees it: in answers and in exports."""
    return {
        "id": str(row["id"]),
        "action": row["action"],
        "resource": row["resource"],
        "resourceId": row["resource_id"] or None,
        "details": details_of(row["details"], row["impersonating_id"]),
        "ipAddress": row["ip_address"],
        "userAgent": row["user_agent"] or None,
        "requestId": row["request_id"] or None,
        "timestamp": wire(row["timestamp"]),
        "user": _person(row["user_id"], row["user__email"], row["user__username"]),
        "actor": _person(row["actor_id"], row["actor__email"], row["actor__username"]),
    }


def _person(key: UUID | None, email: str | None, username: str | None) -> dict[str, Any] | None:
    """None for nobody, and for who is gone."""
    if username is None:
        return None
    return {"id": str(key), "email": email, "username": username}
