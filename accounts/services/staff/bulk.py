"""Many people suspended or let in again at once: the rules and the words of the single calls.

A constant number of statements, however many they are. Who may not be changed is named with the
reason, and the others are changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import errors
from accounts.models import OneTimeToken, Purpose, Session, TrustedDevice, User
from accounts.services.impersonation_end import How, close
from accounts.services.passwords import RESETS
from accounts.services.staff.access import REACTIVATED, SUSPENDED, suspension_message
from audit.kinds import Action
from audit.services.recording import record, record_each
from config.common.bulk import among
from config.common.ids import uuid7
from config.common.request_meta import RequestMeta
from notifications.kinds import Kind
from notifications.services import email as mail
from notifications.services import inbox, outbox
from rbac.services.bulk import Outcome, begin, spare_one_admin, summary

# What is needed of a person: to know their state, and to write to them.
FIELDS: Final = (
    "email", "first_name", "username", "language", "suspended_at", "deactivated_at", "deleted_at",
)  # fmt: skip
CHALLENGES = (Purpose.LOGIN_CHALLENGE, Purpose.PASSWORD_CHALLENGE)


@transaction.atomic
def suspend(ids: Iterable[UUID], *, by: User, meta: RequestMeta, reason: str = "") -> Outcome:
    """Nobody of them comes in until staff lift it.

    Where every active admin would go, the one who was made first stays (LastAdmin). Raises
    SessionRevoked.
    """
    people, outcome = _begin(ids, by=by)
    for one, person in people.items():
        (outcome.already if person.suspended_at else outcome.changed).append(one)
    spare_one_admin(outcome, only=set(outcome.changed))
    ended = _change(outcome.changed, suspended_at=timezone.now(), suspension_reason=reason)
    _record(
        Action.ADMIN_SUSPENDED,
        Action.ADMIN_BULK_SUSPENDED,
        outcome,
        by=by,
        meta=meta,
        own={one: {"sessionsEnded": ended.get(one, 0)} for one in outcome.changed},
        reason=reason,
    )
    inbox.notify_all(
        [people[one] for one in outcome.changed],
        Kind.ACCOUNT_UPDATE,
        title=SUSPENDED[0],
        message=suspension_message(reason),
    )
    with outbox.ROWS.together():
        for one in outcome.changed:
            mail.account_suspended(people[one], reason=reason)
    return outcome


@transaction.atomic
def reactivate(ids: Iterable[UUID], *, by: User, meta: RequestMeta) -> Outcome:
    """Lift suspensions and deactivations; deletions stay. Raises SessionRevoked."""
    people, outcome = _begin(ids, by=by)
    for one, person in people.items():
        is_off = person.suspended_at or person.deactivated_at
        (outcome.changed if is_off else outcome.already).append(one)
    _change(
        outcome.changed, links=False, suspended_at=None, suspension_reason="", deactivated_at=None
    )
    own: dict[UUID, dict[str, Any]] = {}
    for one in outcome.changed:
        person = people[one]
        old = {"suspendedAt": person.suspended_at, "deactivatedAt": person.deactivated_at}
        own[one] = {"old": old, "new": dict.fromkeys(old)}
    _record(
        Action.ADMIN_REACTIVATED,
        Action.ADMIN_BULK_REACTIVATED,
        outcome,
        by=by,
        meta=meta,
        own=own,
    )
    inbox.notify_all(
        [people[one] for one in outcome.changed],
        Kind.ACCOUNT_UPDATE,
        title=REACTIVATED[0],
        message=REACTIVATED[1],
    )
    with outbox.ROWS.together():
        for one in outcome.changed:
            person = people[one]
            if person.suspended_at:
                mail.account_unsuspended(person)
            elif not person.deleted_at:
                mail.account_reactivated(person)
    return outcome


def _begin(ids: Iterable[UUID], *, by: User) -> tuple[dict[UUID, Any], Outcome]:
    """As rbac's, for those who are still in, and without themselves."""
    people, outcome = begin(ids, by=by, only=FIELDS)
    if by.pk in people:
        del people[by.pk]
        outcome.refused[by.pk] = errors.SelfTarget
    return people, outcome


def _change(ids: list[UUID], *, links: bool = True, **fields: Any) -> dict[UUID, int]:
    """Set these fields, and as `target.end_everything`; how many sessions of whom were alive.

    In one UPDATE: a new version of a person's row goes into a dozen indexes.
    """
    now = timezone.now()
    User.objects.filter(among("pk", ids)).update(sessions_valid_from=now, **fields)
    alive = Session.objects.filter(among("user", ids), revoked_at__isnull=True)
    ended: dict[UUID, int] = {}
    for user_id in alive.values_list("user_id", flat=True):
        ended[user_id] = ended.get(user_id, 0) + 1
    # Each has an entry of its own, so before the others.
    close(Q(among("user", ids)) | among("impersonator", ids), how=How.WITH_SESSION)
    alive.update(revoked_at=now)
    TrustedDevice.objects.filter(among("user", ids)).delete()
    purposes = (*CHALLENGES, *RESETS, Purpose.CHANGE_EMAIL) if links else CHALLENGES
    OneTimeToken.objects.filter(
        among("user", ids), purpose__in=purposes, used_at__isnull=True
    ).delete()
    return ended


def _record(
    single: Action,
    whole: Action,
    outcome: Outcome,
    *,
    by: User,
    meta: RequestMeta,
    own: dict[UUID, dict[str, Any]],
    **details: Any,
) -> None:
    bulk_id = str(uuid7())
    record_each(
        single,
        actor=by,
        subjects=outcome.changed,
        meta=meta,
        own=own,
        bulkId=bulk_id,
        **details,
    )
    record(whole, actor=by, subject=None, meta=meta, **summary(bulk_id, outcome))
