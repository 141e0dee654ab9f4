"""Two admins against each other, by every way that takes one out: there is always one left."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import combinations_with_replacement
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from accounts import errors
from accounts.models import User
from accounts.services.lifecycle import activation, deletion
from accounts.services.staff import access, removal
from accounts.services.staff import bulk as people
from audit.kinds import Action
from audit.models import AuditEntry
from config.common.errors import NotFound, SessionRevoked
from rbac.errors import LastAdmin, PermissionEscalation, RoleAlreadyAssigned, RoleInUse
from rbac.models import Role, RoleAssignment
from rbac.permissions import ADMIN
from rbac.services import assignments
from rbac.services import bulk as roles
from rbac.services import roles as role_stories
from rbac.services.last_admin import active_admins
from tests.accounts.races.conftest import IS_POSTGRESQL
from tests.accounts.races.crowd import unexpected
from tests.factories import PASSWORD, UserFactory, admin

# 36 pairs of ways: two hundred rounds in all, and a bit more.
ROUNDS = 6 if IS_POSTGRESQL else 1
# What the one who comes second may hear.
TOLD = (
    LastAdmin,
    PermissionEscalation,
    SessionRevoked,
    NotFound,
    errors.InvalidCredentials,
    errors.AlreadySuspended,
    errors.AlreadyDeleted,
)


def the_role() -> Role:
    return Role.objects.get(name=ADMIN)


# Each takes `who` out; `by` is the other admin, where it is not their own doing.
WAYS: dict[str, Callable[..., Any]] = {
    "suspend": lambda who, by, meta: access.suspend(who.pk, by=by, meta=meta),
    "demote": lambda who, by, meta: assignments.remove(who, the_role(), by=by, meta=meta),
    "delete": lambda who, by, meta: removal.delete(who.pk, by=by, meta=meta),
    "erase": lambda who, by, meta: removal.erase(
        who.pk, confirm_email=who.email, reason="Gone.", by=by, meta=meta
    ),
    "suspend many": lambda who, by, meta: people.suspend([who.pk], by=by, meta=meta),
    "demote many": lambda who, by, meta: roles.remove([who.pk], the_role(), by=by, meta=meta),
    "leave": lambda who, _by, meta: activation.deactivate(who, PASSWORD, meta=meta),
    "delete oneself": lambda who, _by, meta: deletion.delete(who, PASSWORD, meta=meta),
}


def nobody_is_admin() -> None:
    RoleAssignment.objects.filter(role__name=ADMIN).delete()


@pytest.mark.parametrize(
    ("one_way", "other_way"), list(combinations_with_replacement(WAYS, 2)), ids=str
)
def test_of_the_last_two_one_is_left(crowd, meta, one_way, other_way):
    for _ in range(ROUNDS):
        nobody_is_admin()
        one, other = admin(), admin()

        outcomes = crowd.at_once(
            [
                partial(WAYS[one_way], one, other, meta),
                partial(WAYS[other_way], other, one, meta),
            ]
        )

        assert unexpected(outcomes, *TOLD) == []
        assert active_admins().count() == 1


def test_all_of_them_at_once_leave_one(crowd, meta, rounds):
    ways = list(WAYS.values())
    for _ in range(rounds):
        nobody_is_admin()
        admins = [admin() for _ in ways]

        outcomes = crowd.at_once(
            [
                lambda way=way, who=who, by=by: way(who, by, meta)
                for way, who, by in zip(ways, admins, [*admins[1:], admins[0]], strict=True)
            ]
        )

        assert unexpected(outcomes, *TOLD) == []
        assert active_admins().count() >= 1


def test_a_look_at_the_others_without_the_lock_leaves_nobody(naive_crowd):
    def naive(who):
        with transaction.atomic():
            if not active_admins().exclude(pk=who.pk).exists():
                raise LastAdmin
            User.objects.filter(pk=who.pk).update(suspended_at=timezone.now())

    for _ in range(100):
        nobody_is_admin()
        pair = [admin(), admin()]
        naive_crowd.at_once([lambda who=who: naive(who) for who in pair])
        if not active_admins().exists():
            break

    assert not active_admins().exists()


# --- A role that is given while it goes -----------------------------------------------------------


def told_nothing_else(outcomes, *expected):
    assert unexpected(outcomes, *expected) == []


def test_a_role_given_while_it_is_taken_is_one_or_the_other(crowd, meta, many_rounds):
    boss = admin()
    for _ in range(many_rounds):
        person, role = UserFactory(), Role.objects.get(name="moderator")
        given = [partial(assignments.assign, person, role, by=boss, meta=meta)] * 3
        taken = [partial(assignments.remove, person, role, by=boss, meta=meta)] * 3

        outcomes = crowd.at_once([*given, *taken])

        told_nothing_else(outcomes, RoleAlreadyAssigned, NotFound)
        entries = AuditEntry.objects.filter(user=person, resource="role")
        came = entries.filter(action=Action.ROLE_ASSIGNED).count()
        went = entries.filter(action=Action.ROLE_REMOVED).count()
        held = RoleAssignment.objects.filter(user=person, role=role).count()
        assert came - went == held


def test_a_role_given_while_it_is_deleted_is_one_or_the_other(crowd, meta, many_rounds):
    boss = admin()
    for number in range(many_rounds):
        name = "short_lived_" + "".join(chr(ord("a") + int(digit)) for digit in str(number))
        person, role = UserFactory(), Role.objects.create(name=name)

        outcomes = crowd.at_once(
            [
                lambda p=person, r=role: assignments.assign(p, r, by=boss, meta=meta),
                lambda r=role: role_stories.delete(r.pk, by=boss, meta=meta),
                lambda p=person, r=role: roles.assign([p.pk], r, by=boss, meta=meta),
            ]
        )

        told_nothing_else(outcomes, RoleInUse, NotFound, RoleAlreadyAssigned)
        is_there = Role.objects.filter(pk=role.pk).exists()
        is_held = RoleAssignment.objects.filter(role_id=role.pk).exists()
        assert is_there == is_held


def test_bulks_over_the_same_people_crosswise_wait_for_each_other(crowd, meta, rounds):
    boss = admin()
    role = Role.objects.get(name="moderator")
    crowd_of_people = [UserFactory() for _ in range(12)]
    forth = [person.pk for person in crowd_of_people]
    back = forth[::-1]
    for _ in range(rounds):
        outcomes = crowd.at_once(
            [
                lambda: roles.assign(forth, role, by=boss, meta=meta),
                lambda: people.suspend(back, by=boss, meta=meta),
                lambda: roles.remove(back, role, by=boss, meta=meta),
                lambda: people.reactivate(forth, by=boss, meta=meta),
                lambda: assignments.assign(crowd_of_people[5], role, by=boss, meta=meta),
            ]
        )

        told_nothing_else(outcomes, RoleAlreadyAssigned)
        assert all(outcome.total == len(forth) for outcome in outcomes if hasattr(outcome, "total"))
