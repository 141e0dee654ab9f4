"""The text that is asked at every request in somebody's place says what the models say."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission as DjangoPermission
from django.db.models import Exists, OuterRef
from django.utils import timezone
from guardian.shortcuts import assign_perm

from accounts.models import Session, User
from accounts.models.session import Kind
from accounts.selectors.impersonations import stands
from accounts.services import impersonation, sessions
from config.common.request_meta import RequestMeta
from rbac.models import PersonGrant, RoleAssignment
from rbac.permissions import ADMIN, GRANTABLE, Permission
from tests.accounts.work import counted
from tests.factories import UserFactory, admin
from tests.staff import let_hold

HERE = RequestMeta(ip="203.0.113.9")
DAY = timedelta(days=1)


def as_the_models_say(session_id: Any) -> bool:
    def giving(whom: OuterRef) -> Exists:
        live = RoleAssignment.objects.live()
        return Exists(live.filter(user=whom, role__permissions=OuterRef("pk")))

    own = Session.objects.live().filter(
        pk=OuterRef("opened_from"), user=OuterRef("impersonator"), impersonator__isnull=True
    )
    ours = DjangoPermission.objects.filter(content_type__app_label="rbac")
    his, theirs = giving(OuterRef(OuterRef("impersonator"))), giving(OuterRef(OuterRef("user")))
    by_role = RoleAssignment.objects.live().filter(
        user=OuterRef(OuterRef("impersonator")),
        role__permissions__codename=OuterRef("permission__codename"),
        role__permissions__content_type__app_label="rbac",
    )
    by_grant = PersonGrant.objects.filter(
        user=OuterRef(OuterRef("impersonator")),
        permission=OuterRef("permission"),
        object_pk=OuterRef("object_pk"),
    )
    granted = PersonGrant.objects.filter(~Exists(by_role), ~Exists(by_grant), user=OuterRef("user"))
    return (
        Session.objects.filter(pk=session_id)
        .filter(
            Exists(own),
            Exists(ours.filter(his, codename=Permission.ADMIN_ACCESS.value)),
            ~Exists(ours.filter(theirs, ~his)),
            ~Exists(granted),
        )
        .exists()
    )


def begun(boss: User, person: User, *, kind: str = Kind.BROWSER) -> Session:
    own = sessions.open_session(boss, meta=HERE, kind=kind)
    meta = RequestMeta(ip=HERE.ip, session_id=own.pk)
    return impersonation.start(person.pk, by=boss, meta=meta).session


def own(session: Session) -> Any:
    return Session.objects.filter(pk=session.opened_from_id)


def account(session: Session) -> Any:
    return User.objects.filter(pk=session.impersonator_id)


def roles(session: Session) -> Any:
    return RoleAssignment.objects.filter(user=session.impersonator, role__name=ADMIN)


def outrank(session: Session) -> None:
    roles(session).delete()
    let_hold(session.impersonator, Permission.ADMIN_ACCESS)
    let_hold(session.user, Permission.AUDIT_READ)


def grant_to(session: Session, *, admin_has: str = "", on: User | None = None) -> None:
    """The person may manage somebody; the admin holds ADMIN_ACCESS and what is named."""
    roles(session).delete()
    let_hold(session.impersonator, Permission.ADMIN_ACCESS)
    somebody = UserFactory()
    assign_perm("user_manage", session.user, somebody)
    if admin_has:
        assign_perm(admin_has, session.impersonator, on or somebody)


def role_covers_grant(session: Session) -> None:
    grant_to(session)
    let_hold(session.impersonator, Permission.USER_MANAGE)


# What may happen to the admin, to their session and to the person; and whether it still stands.
CASES: dict[str, tuple[Any, bool]] = {
    "nothing": (lambda _s: None, True),
    "a person of no right": (lambda s: let_hold(s.user), True),
    "a right that both hold": (lambda s: let_hold(s.user, Permission.USER_READ), True),
    "session revoked": (lambda s: own(s).update(revoked_at=timezone.now()), False),
    "session run out": (lambda s: own(s).update(expires_at=timezone.now()), False),
    "session older than the day": (
        lambda s: account(s).update(sessions_valid_from=timezone.now() + DAY),
        False,
    ),
    "session another's": (lambda s: own(s).update(user=s.user), False),
    "session itself an impersonation": (lambda s: own(s).update(impersonator=s.user), False),
    "a browser's, quiet for long": (
        lambda s: own(s).update(rotated_at=timezone.now() - 400 * DAY),
        True,
    ),
    "an app's, quiet for long": (
        lambda s: own(s).update(kind=Kind.API, rotated_at=timezone.now() - 400 * DAY),
        False,
    ),
    "suspended": (lambda s: account(s).update(suspended_at=timezone.now()), False),
    "deactivated": (lambda s: account(s).update(deactivated_at=timezone.now()), False),
    "deleted": (lambda s: account(s).update(deleted_at=timezone.now()), False),
    "invited": (lambda s: account(s).update(invited_at=timezone.now()), False),
    "role gone": (lambda s: roles(s).delete(), False),
    "role run out": (lambda s: roles(s).update(expires_at=timezone.now()), False),
    "role ends later": (lambda s: roles(s).update(expires_at=timezone.now() + DAY), True),
    "person holds more": (outrank, False),
    "person holds more on somebody": (grant_to, False),
    "both hold it on somebody": (lambda s: grant_to(s, admin_has="user_manage"), True),
    "admin holds it on somebody else": (
        lambda s: grant_to(s, admin_has="user_manage", on=s.user),
        False,
    ),
    "admin holds another on somebody": (lambda s: grant_to(s, admin_has="user_read"), False),
    "a role of the admin's covers the grant": (role_covers_grant, True),
    "session forgotten": (lambda s: Session.objects.filter(pk=s.pk).delete(), False),
}


@pytest.mark.parametrize("case", CASES)
def test_it_says_what_the_models_say(db, case):
    happens, expected = CASES[case]
    session = begun(admin(), UserFactory())

    happens(session)

    assert stands(session.pk) is as_the_models_say(session.pk) is expected


def test_over_random_rights(db):
    dice = random.Random(7)
    outcomes = set()
    for _ in range(30):
        boss, person = admin(), UserFactory()
        session = begun(boss, person)
        RoleAssignment.objects.filter(user=boss, role__name=ADMIN).delete()
        for who in (boss, person):
            for _role in range(dice.randrange(3)):
                let_hold(who, *dice.sample([*Permission], dice.randrange(4)))
            if dice.random() < 0.5:
                let_hold(who, Permission.ADMIN_ACCESS)
            if dice.random() < 0.3:
                assign_perm(dice.choice(GRANTABLE).value, who, person)
        some = RoleAssignment.objects.filter(user__in=[boss, person], role__name__startswith="held")
        for assignment in some:
            if dice.random() < 0.3:
                ends = timezone.now() + dice.choice([-DAY, DAY])
                RoleAssignment.objects.filter(pk=assignment.pk).update(expires_at=ends)

        assert stands(session.pk) is as_the_models_say(session.pk)
        outcomes.add(stands(session.pk))

    assert outcomes == {True, False}


def test_it_is_one_statement(db):
    session = begun(admin(), UserFactory())

    with counted() as work:
        stands(session.pk)

    assert len(work.statements) == 1
