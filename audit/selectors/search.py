"""Finding entries. Whatever is asked becomes a range of an index, or a few of them."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db.models import Q

from audit.kinds import Action
from audit.models import AuditEntry, FinalQuerySet
from config.common import keyset
from config.common.ids import parse_uuid

NEWEST: Final = keyset.keys("-timestamp", "-id")
PATIENCE: Final = 5.0  # seconds that a statement of a list may take
_LETTERS: Final = 3  # of an action; fewer stand in nearly all of them


@dataclass(frozen=True, slots=True)
class Person:
    """As whom a list shows somebody."""

    id: UUID
    email: str
    username: str


def matching(
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
) -> FinalQuerySet:
    """Entries for which all of this holds, in no order yet.

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
    found = AuditEntry.objects.filter(
        **{name: value for name, value in conditions.items() if value}
    )
    found = found.defer("salt", "mark", "blanked")
    return found.filter(_worded(q)) if q else found


def _worded(text: str) -> Q:
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


def people(entries: Iterable[AuditEntry]) -> dict[UUID, Person]:
    """Whom these entries concern and who acted, in one statement; without who is gone."""
    wanted = {key for entry in entries for key in (entry.user_id, entry.actor_id) if key}
    if not wanted:
        return {}
    users: Any = get_user_model()._base_manager  # noqa: SLF001
    rows = users.filter(pk__in=wanted).values_list("pk", "email", "username")
    return {row[0]: Person(*row) for row in rows}
