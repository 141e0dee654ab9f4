"""Roles that ran out. They count for nothing from their end on; here they are taken out."""

from __future__ import annotations

from typing import Final

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from audit.kinds import Action
from audit.services.recording import draft, record_many
from config.common.request_meta import RequestMeta
from notifications.kinds import Kind
from notifications.services import email, inbox
from rbac.models import AssignmentQuerySet, RoleAssignment
from rbac.services.people import hold_those

STEP: Final = 100  # people who are held at a time


def end_overdue() -> int:
    """Take out every assignment past its end, record it and tell the person; how many.

    Safe at any time and twice at once: who comes second finds nothing left.
    """
    ended = 0
    seen = STEP
    while seen == STEP:
        overdue = RoleAssignment.objects.overdue().order_by("expires_at", "pk")
        keys = list(overdue.values_list("pk", flat=True)[:STEP])
        seen = len(keys)
        ended += end(RoleAssignment.objects.filter(pk__in=keys))
    return ended


@transaction.atomic
def end(assignments: AssignmentQuerySet) -> int:
    """Take out those of these that are past their end; how many."""
    overdue = assignments.overdue()
    people = hold_those(overdue.values_list("user_id", flat=True))
    # Read again: while this waited one may have been given anew, or taken out by another worker.
    ended = list(overdue.filter(user__in=people).select_related("role").order_by("pk"))
    if not ended:
        return 0
    RoleAssignment.objects.filter(pk__in=[one.pk for one in ended]).delete()
    record_many(
        draft(
            Action.ROLE_EXPIRED,
            actor=None,
            subject=one.user_id,
            meta=RequestMeta(),
            resource="role",
            resource_id=one.role_id,
            role=one.role.name,
            expiresAt=one.expires_at,
        )
        for one in ended
    )
    for one in ended:
        person = people[one.user_id]
        inbox.notify(
            person,
            Kind.ROLE_CHANGED,
            title=_("A role of yours has ended"),
            message=format_lazy(_("You no longer hold the role “{role}”."), role=one.role.name),
            role=one.role.name,
        )
        email.role_changed(person, removed=[one.role.name])
    return len(ended)
