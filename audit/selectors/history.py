"""One person and the log: what concerns them, and what of it they may see."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db.models import Q

from audit.kinds import Action
from audit.models import AuditEntry, FinalQuerySet, details_of
from config.common.errors import NotFound
from config.common.times import wire


def about(user_id: UUID) -> FinalQuerySet:
    """What concerns this person, newest first, with the names that a list shows."""
    return AuditEntry.objects.about(user_id).select_related("user", "actor").newest_first()


def require_person(user_id: UUID) -> UUID:
    """The id, where there is such an account. Raises NotFound: entries do not outlive a name."""
    people: Any = get_user_model()._base_manager  # noqa: SLF001
    if not people.filter(pk=user_id).exists():
        raise NotFound
    return user_id


def naming(user_id: UUID) -> FinalQuerySet:
    """Every entry in which this person stands: as whom it concerns, or as who acted."""
    return AuditEntry.objects.filter(Q(user=user_id) | Q(actor=user_id) | Q(impersonating=user_id))


def own_history(user_id: UUID, *, chunk: int) -> Iterator[dict[str, Any]]:
    """What concerns this person or was done by them, as they may see it, oldest first.

    What staff did shows that it was staff and nothing of theirs; an impersonation shows the
    admin's name. What the person did to somebody else shows nothing of the other.
    chunk: rows held in memory.
    """
    entries = AuditEntry.objects.filter(Q(user=user_id) | Q(actor=user_id)).order_by("pk")
    admins: dict[UUID, str] = {}
    for entry in entries.iterator(chunk_size=chunk):
        yield _as_seen_by(user_id, entry, admins)


def recent_history(user_id: UUID, *, most: int) -> list[dict[str, Any]]:
    """The newest of it, as `own_history` tells it, newest first."""
    # Two ranges of two indexes instead of one OR, which would read the log from its end.
    found = {
        entry.pk: entry
        for column in ("user", "actor")
        for entry in AuditEntry.objects.filter(**{column: user_id}).order_by("-pk")[:most]
    }
    admins: dict[UUID, str] = {}
    return [_as_seen_by(user_id, found[pk], admins) for pk in sorted(found, reverse=True)[:most]]


def _as_seen_by(user_id: UUID, entry: AuditEntry, admins: dict[UUID, str]) -> dict[str, Any]:
    is_own = entry.actor_id in (user_id, None)
    is_theirs = entry.user_id in (user_id, None)
    return {
        "id": str(entry.pk),
        "action": entry.action,
        "resource": entry.resource,
        "resourceId": (entry.resource_id or None) if is_theirs else None,
        "details": _details_for(entry) if is_theirs else {},
        "timestamp": wire(entry.timestamp),
        "actor": _actor_for(user_id, entry, admins),
        "ipAddress": entry.ip_address if is_own else None,
        "userAgent": (entry.user_agent or None) if is_own else None,
        "requestId": (entry.request_id or None) if is_own else None,
    }


def _details_for(entry: AuditEntry) -> dict[str, Any]:
    """Without who else stands in them."""
    hidden = str(entry.actor_id) if entry.actor_id != entry.user_id else ""
    return {
        name: value
        for name, value in details_of(entry.details).items()
        if not hidden or hidden not in json.dumps(value)
    }


def _actor_for(user_id: UUID, entry: AuditEntry, admins: dict[UUID, str]) -> dict[str, str]:
    if entry.actor_id is None:
        return {"kind": "system"}
    if entry.actor_id == user_id:
        return {"kind": "self"}
    if entry.impersonating_id != user_id and not _is_of_who_acted(entry):
        return {"kind": "staff"}
    if entry.actor_id not in admins:
        admins[entry.actor_id] = _name_of(entry.actor_id)
    return {"kind": "impersonation", "name": admins[entry.actor_id]}


def _is_of_who_acted(entry: AuditEntry) -> bool:
    """Did they begin or end an impersonation of their own? Other staff may end it too."""
    if entry.action != Action.ADMIN_IMPERSONATION_ENDED:
        return entry.action == Action.ADMIN_IMPERSONATION_STARTED
    begun = AuditEntry.objects.filter(
        resource_id=entry.resource_id,
        action=Action.ADMIN_IMPERSONATION_STARTED,
        actor=entry.actor_id,
    )
    return begun.exists()


def _name_of(user_id: UUID) -> str:
    users: Any = get_user_model()._default_manager  # noqa: SLF001
    user = users.filter(pk=user_id).first()
    return (user.get_full_name() or user.get_username()) if user else ""
