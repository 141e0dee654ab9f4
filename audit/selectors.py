"""Reads that several doors share."""

from __future__ import annotations

from uuid import UUID

from audit.models import AuditEntry, FinalQuerySet


def about(user_id: UUID) -> FinalQuerySet:
    """What concerns this person, newest first, with the names that a list shows."""
    return AuditEntry.objects.about(user_id).select_related("user", "actor").newest_first()
