"""A role for many people at once: the single calls' rules, in a constant number of statements.

Who may not be changed is named with the reason, and the others are changed. People are told in
their inbox; no mail goes out, ten thousand at once would do the sender's name no good.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from audit.kinds import Action
from audit.services.recording import record, record_each
from config.common.bulk import among, insert_alike
from config.common.errors import DomainError
from config.common.ids import uuid7
from config.common.request_meta import RequestMeta
from notifications.kinds import Kind
from notifications.services import inbox
from rbac import selectors
from rbac.errors import LastAdmin, LastRole, PermissionEscalation
from rbac.models import Role, RoleAssignment
from rbac.permissions import ADMIN
from rbac.services import expiry
from rbac.services.escalation import outranking, require_holding, require_lasting
from rbac.services.last_admin import active_admins, admin_lock
from rbac.services.people import hold_those
from rbac.services.roles import allowed_by

MOST: Final = 10_000  # people of one call


@dataclass(slots=True)
class Outcome:
    """What became of each of the people asked for: changed, the same already, unknown, refused."""

    changed: list[UUID] = field(default_factory=list)
    already: list[UUID] = field(default_factory=list)
    not_found: list[UUID] = field(default_factory=list)
    refused: dict[UUID, type[DomainError]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return len(self.changed) + len(self.already) + len(self.not_found) + len(self.refused)


@transaction.atomic
def assign(ids: Iterable[UUID], role: Role, *, by: AbstractBaseUser, meta: RequestMeta) -> Outcome:
    """Give a role without an end. One that has an end keeps it: it is assigned already.

    `by` among them gets nothing for good that they hold for a while (PermissionEscalation).
    Raises NotFound (the role is gone), SessionRevoked (`by` is out by now), PermissionEscalation
    (it allows what `by` does not hold); then nothing has changed.
    """
    present, people, outcome = _begin(ids, role, by)
    _spare_who_would_prolong(by, present, people, outcome)
    with inbox.ROWS.together():
        expiry.end(RoleAssignment.objects.filter(among("user", people), role=present))
        held = set(
            RoleAssignment.objects.filter(among("user", people), role=present).values_list(
                "user_id", flat=True
            )
        )
        outcome.already = [one for one in people if one in held]
        outcome.changed = [one for one in people if one not in held]
        insert_alike(
            RoleAssignment(role=present, assigned_by_id=by.pk),
            {
                "user_id": outcome.changed,
                "user_created_at": [people[one].created_at for one in outcome.changed],
            },
        )
        inbox.notify_all(
            [people[one] for one in outcome.changed],
            Kind.ROLE_CHANGED,
            title=_("You have a new role"),
            message=format_lazy(_("You now hold the role “{role}”."), role=present.name),
            role=present.name,
            expiresAt=None,
        )
    _record(
        Action.ROLE_ASSIGNED,
        Action.ADMIN_BULK_ROLE_ASSIGNED,
        present,
        outcome,
        by=by,
        meta=meta,
        details={"role": present.name, "expiresAt": None},
    )
    return outcome


@transaction.atomic
def remove(ids: Iterable[UUID], role: Role, *, by: AbstractBaseUser, meta: RequestMeta) -> Outcome:
    """Take a role away. LastRole keeps it for whoever has no other one without an end.

    Where all active admins would lose `admin`, the one who was made one first keeps it
    (LastAdmin). Raises NotFound, SessionRevoked, PermissionEscalation; then nothing has changed.
    """
    present, people, outcome = _begin(ids, role, by)
    mine = RoleAssignment.objects.filter(among("user", people), role=present)
    permanent = {
        user: ends is None for user, ends in mine.live().values_list("user_id", "expires_at")
    }
    others = set(
        RoleAssignment.objects.permanent()
        .filter(among("user", people))
        .exclude(role=present)
        .values_list("user_id", flat=True)
    )
    for one in people:
        if one not in permanent:
            outcome.already.append(one)
        elif permanent[one] and one not in others:
            outcome.refused[one] = LastRole
        else:
            outcome.changed.append(one)
    if present.name == ADMIN:
        spare_one_admin(outcome, only={one for one in outcome.changed if permanent[one]})
    mine.filter(among("user", outcome.changed)).delete()
    inbox.notify_all(
        [people[one] for one in outcome.changed],
        Kind.ROLE_CHANGED,
        title=_("A role was taken from you"),
        message=format_lazy(_("You no longer hold the role “{role}”."), role=present.name),
        role=present.name,
    )
    _record(
        Action.ROLE_REMOVED,
        Action.ADMIN_BULK_ROLE_REMOVED,
        present,
        outcome,
        by=by,
        meta=meta,
        details={"role": present.name},
    )
    return outcome


def distinct(ids: Iterable[UUID]) -> list[UUID]:
    """Each once, in the order asked for."""
    return list(dict.fromkeys(ids))


def begin(
    ids: Iterable[UUID], *, by: AbstractBaseUser, only: Sequence[str] = ()
) -> tuple[dict[UUID, Any], Outcome]:
    """Who of them is there and not above `by`, held in one order; the outcome knows the others.

    only: as in `hold_those`.
    After the admin lock, which this takes: two such calls come one after the other.
    Raises SessionRevoked.
    """
    admin_lock()
    asked = distinct(ids)
    found = hold_those(asked, only=only)
    above = outranking(by, found)
    outcome = Outcome(
        not_found=[one for one in asked if one not in found],
        refused=dict.fromkeys((one for one in asked if one in above), PermissionEscalation),
    )
    return {one: found[one] for one in asked if one in found and one not in above}, outcome


def spare_one_admin(outcome: Outcome, *, only: set[UUID]) -> None:
    """Where every active admin would go, one stays: who was made one first.

    only: who of those to change would be no active admin any more. In the caller's transaction,
    under the admin lock.
    """
    admins = list(active_admins().order_by("pk").values_list("pk", flat=True))
    if not admins or not set(admins) <= only:
        return
    spared = admins[0]
    outcome.changed.remove(spared)
    outcome.refused[spared] = LastAdmin


def summary(bulk_id: str, outcome: Outcome) -> dict[str, Any]:
    """What the one entry about the whole call says."""
    return {
        "bulkId": bulk_id,
        "total": outcome.total,
        "changed": len(outcome.changed),
        "already": len(outcome.already),
        "notFound": len(outcome.not_found),
        "refused": len(outcome.refused),
    }


def _begin(
    ids: Iterable[UUID], role: Role, by: AbstractBaseUser
) -> tuple[Role, dict[UUID, Any], Outcome]:
    admin_lock()
    present = selectors.present_role(role.pk)
    require_holding(by, allowed_by(present))
    people, outcome = begin(ids, by=by, only=("language", "created_at"))
    return present, people, outcome


def _spare_who_would_prolong(
    by: AbstractBaseUser, role: Role, people: dict[UUID, Any], outcome: Outcome
) -> None:
    if by.pk not in people:
        return
    try:
        require_lasting(by, allowed_by(role), until=None)
    except PermissionEscalation:
        del people[by.pk]
        outcome.refused[by.pk] = PermissionEscalation


def _record(
    single: Action,
    whole: Action,
    role: Role,
    outcome: Outcome,
    *,
    by: AbstractBaseUser,
    meta: RequestMeta,
    details: dict[str, Any],
) -> None:
    bulk_id = str(uuid7())
    record_each(
        single,
        actor=by,
        subjects=outcome.changed,
        meta=meta,
        resource="role",
        resource_id=role.pk,
        bulkId=bulk_id,
        **details,
    )
    record(
        whole,
        actor=by,
        subject=None,
        meta=meta,
        resource="role",
        resource_id=role.pk,
        role=role.name,
        **summary(bulk_id, outcome),
    )
