"""An impersonation against whatever forbids it: nothing is alive once both are through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts import errors
from accounts.authentication import authenticate_token
from accounts.models import Session, User
from accounts.services import impersonation, sessions
from accounts.services.impersonation import Impersonation
from accounts.services.staff import access
from audit.models import AuditEntry
from config.common.errors import DomainError, NotFound, PermissionRequired, SessionRevoked
from config.common.request_meta import RequestMeta
from rbac.errors import PermissionEscalation
from rbac.models import Role, RoleAssignment
from rbac.permissions import ADMIN, Permission
from rbac.services import assignments, expiry
from tests.accounts.races.crowd import unexpected
from tests.factories import UserFactory, admin
from tests.staff import let_hold

REFUSED = SessionRevoked, PermissionRequired, PermissionEscalation, errors.NotActive


class Pair:
    """An admin with a session, and a person."""

    def __init__(self, meta: RequestMeta, person: User | None = None) -> None:
        self.admin, self.person = admin(), person or UserFactory()
        self.own = sessions.open_session(self.admin, meta=meta)
        self.meta = replace(meta, session_id=self.own.pk)

    def start(self) -> Impersonation:
        return impersonation.start(self.person.pk, by=self.admin, meta=self.meta)


def is_alive(begun: Impersonation) -> bool:
    try:
        authenticate_token(begun.access)
    except DomainError:
        return False
    return True


def against(crowd: Any, pair: Pair, change: Callable[[], Any]) -> list[Impersonation]:
    """What came of starting it six times while this happens."""
    outcomes = crowd.at_once([pair.start] * 3 + [change] + [pair.start] * 3)

    assert unexpected(outcomes, *REFUSED) == []
    return [outcome for outcome in outcomes if isinstance(outcome, Impersonation)]


def open_rows(pair: Pair) -> int:
    return Session.objects.filter(impersonator=pair.admin, revoked_at__isnull=True).count()


def ended(begun: list[Impersonation]) -> int:
    ids = [str(one.session.pk) for one in begun]
    return AuditEntry.objects.filter(
        action="ADMIN_IMPERSONATION_ENDED", resource_id__in=ids
    ).count()


def test_none_outlives_the_admins_suspension(crowd, meta, rounds):
    boss = admin()
    for _ in range(rounds):
        pair = Pair(meta)

        begun = against(crowd, pair, lambda p=pair: access.suspend(p.admin.pk, by=boss, meta=meta))

        assert open_rows(pair) == 0
        assert ended(begun) == len(begun)
        User.objects.filter(pk=pair.admin.pk).update(suspended_at=None)
        assert not any(is_alive(one) for one in begun)


def test_none_outlives_the_admins_sign_out(crowd, meta, rounds):
    for _ in range(rounds):
        pair = Pair(meta)

        begun = against(
            crowd,
            pair,
            lambda p=pair: sessions.sign_out(session_ids={p.own.pk}, meta=meta),
        )

        assert open_rows(pair) == 0
        assert ended(begun) == len(begun)
        assert not any(is_alive(one) for one in begun)


def test_none_outlives_the_loss_of_the_role(crowd, meta, rounds):
    admin()
    role = Role.objects.get(name=ADMIN)
    for _ in range(rounds):
        pair = Pair(meta)

        begun = against(
            crowd, pair, lambda p=pair: assignments.remove(p.admin, role, by=None, meta=meta)
        )

        assert not any(is_alive(one) for one in begun)
        assert open_rows(pair) == 0
        assert ended(begun) == len(begun)


def test_none_outlives_the_persons_promotion(crowd, meta, rounds):
    admin()
    role = Role.objects.get(name=ADMIN)
    for _ in range(rounds):
        pair = Pair(meta)
        assignments.remove(pair.admin, role, by=None, meta=meta)
        let_hold(pair.admin, Permission.ADMIN_ACCESS)

        begun = against(
            crowd, pair, lambda p=pair: assignments.assign(p.person, role, by=None, meta=meta)
        )

        assert not any(is_alive(one) for one in begun)
        assert open_rows(pair) == 0


def test_none_outlives_the_persons_suspension(crowd, meta, rounds):
    boss = admin()
    for _ in range(rounds):
        pair = Pair(meta)

        begun = against(crowd, pair, lambda p=pair: access.suspend(p.person.pk, by=boss, meta=meta))

        assert open_rows(pair) == 0
        assert ended(begun) == len(begun)
        assert not any(is_alive(one) for one in begun)


def test_two_admins_in_each_others_place_who_leave_at_once(crowd, meta, rounds):
    for _ in range(rounds):
        one, other = Pair(meta), Pair(meta)
        one.person, other.person = other.admin, one.admin
        begun = [one.start(), other.start()]

        outcomes = crowd.at_once(
            [
                lambda p=pair: sessions.sign_out(session_ids={p.own.pk}, meta=meta)
                for pair in (one, other)
            ]
        )

        assert unexpected(outcomes) == []
        assert ended(begun) == 2
        assert not any(is_alive(each) for each in begun)


def test_of_many_who_end_one_at_once_one_tells_of_it(crowd, meta, rounds):
    for _ in range(rounds):
        pair = Pair(meta)
        begun = pair.start()
        own = sessions.open_session(pair.person, meta=meta)
        tasks = [
            lambda b=begun, p=pair: impersonation.stop(b.session.pk, person=p.person, meta=meta),
            lambda b=begun, p=pair: sessions.revoke(b.session.pk, of=p.person, meta=meta),
            lambda o=own, p=pair: sessions.revoke_others(p.person, keep=o.pk, meta=meta),
            lambda p=pair: sessions.sign_out(session_ids={p.own.pk}, meta=meta),
        ]

        outcomes = crowd.at_once(tasks)

        assert unexpected(outcomes, errors.NotImpersonating, NotFound) == []
        assert ended([begun]) == 1


def test_one_that_begins_while_roles_of_both_run_out(crowd, meta, rounds):
    """The worker takes the accounts of a hundred assignments at a time, the oldest first."""
    for _ in range(3 * rounds):
        pair = Pair(meta)
        for who in (pair.admin, pair.person):
            role = let_hold(who)
            RoleAssignment.objects.filter(role=role).update(
                expires_at=timezone.now() - timedelta(seconds=1)
            )

        outcomes = crowd.at_once([pair.start, expiry.end_overdue] * 2 + [pair.start] * 2)

        assert unexpected(outcomes) == []


def test_signing_out_of_both_while_the_admin_signs_all_others_out(crowd, meta, rounds):
    for _ in range(3 * rounds):
        pair = Pair(meta, person=UserFactory())  # older than the admin
        begun = pair.start()
        other = sessions.open_session(pair.admin, meta=meta)
        both = {begun.session.pk, pair.own.pk}

        outcomes = crowd.at_once(
            [
                lambda b=both: sessions.sign_out(session_ids=b, meta=meta),
                lambda p=pair, o=other: sessions.revoke_others(p.admin, keep=o.pk, meta=meta),
            ]
            * 2
        )

        assert unexpected(outcomes) == []
        assert ended([begun]) == 1
