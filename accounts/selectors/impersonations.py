"""May staff still act in somebody's place? Asked at every request that does, and at no other."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Exists, OuterRef

from accounts.models import Session
from audit.kinds import Action
from audit.models import AuditEntry
from rbac import selectors as roles
from rbac.permissions import Permission


def stands(session_id: UUID) -> bool:
    """Does what an impersonation was opened on still hold? One statement.

    The admin's own session is live (and so the admin active and not signed out since), they still
    hold ADMIN_ACCESS, and the person holds nothing that they lack. Whether the impersonation
    itself is live is what every request asks of its own session.
    """
    own = Session.objects.live().filter(
        pk=OuterRef("opened_from"), user=OuterRef("impersonator"), impersonator__isnull=True
    )
    access = roles.held_by(OuterRef("impersonator"), Permission.ADMIN_ACCESS)
    more = roles.held_beyond(OuterRef("user"), OuterRef("impersonator"))
    return (
        Session.objects.filter(pk=session_id)
        .filter(Exists(own), Exists(access), ~Exists(more))
        .exists()
    )


def reason_of(session_id: UUID) -> str:
    """What the staff gave for it. It stands in the log alone, where erasure finds it."""
    begun = AuditEntry.objects.filter(
        resource_id=str(session_id), action=Action.ADMIN_IMPERSONATION_STARTED
    )
    found = begun.order_by("timestamp", "pk").first()
    return str(found.details.get("reason", "")) if found else ""
