"""Whatever is called, in whatever order, nobody gives what they do not hold.

Sequences of the changes of roles, made up by hypothesis, by callers of all kinds through the very
services that the API calls. After each one the tables are read without them and compared with
what was there before: what anybody may do has grown by nothing that the caller did not hold, and
nothing of it was taken from who held more. The inputs are the same in every run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission as DjangoPermission
from django.db import transaction
from django.utils import timezone
from guardian.shortcuts import assign_perm
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.models import User
from config.common.errors import DomainError
from config.common.request_meta import RequestMeta
from rbac.models import PersonGrant, Role, RoleAssignment
from rbac.permissions import GRANTABLE, Permission
from rbac.services import assignments, expiry, grants, roles

pytestmark = pytest.mark.django_db
META = RequestMeta()
FOREVER = datetime.max.replace(tzinfo=UTC)
PEOPLE, OWN_ROLES = 5, 4

# Few permissions, so that what one lacks and another holds is met often.
SOME = [
    Permission.USER_READ,
    Permission.USER_MANAGE,
    Permission.ROLE_CREATE,
    Permission.ROLE_UPDATE,
    Permission.ROLE_DELETE,
    Permission.ROLE_ASSIGN,
]
sets = st.frozensets(st.sampled_from(SOME))
# Those who can call at all are the ones that matter: most roles let their holders change roles.
powerful = st.builds(lambda some: some | set(SOME[2:]), sets)
# The first three begin with a role of their own: of them more happens.
numbers = st.sampled_from([0, 1, 2, 3, 4])
targets = st.sampled_from([0, 1, 2, 3, 4, PEOPLE])  # the last one is the admin
callers = st.sampled_from([0, 0, 1, 1, 2, 3, 4])
some_grantable = st.sampled_from([one for one in GRANTABLE if one in SOME])
any_role = st.integers(0, OWN_ROLES + 4)
ends = st.sampled_from([None, None, 1, 2, 3])
worlds = st.fixed_dictionaries(
    {
        "roles": st.tuples(powerful, powerful, sets, sets),
        "first": st.tuples(ends, ends, ends),
        "held": st.lists(
            st.tuples(numbers, st.integers(0, OWN_ROLES - 2), ends), min_size=5, max_size=8
        ),
        "granted": st.lists(st.tuples(targets, st.sampled_from(GRANTABLE), numbers), max_size=4),
    }
)
steps = st.one_of(
    st.tuples(st.just("create"), callers, sets),
    st.tuples(st.just("update"), callers, any_role, sets),
    st.tuples(st.just("delete"), callers, any_role | st.just(OWN_ROLES - 1)),
    st.tuples(st.just("assign"), callers, targets, any_role, ends),
    st.tuples(st.just("assign"), callers, st.none(), any_role, ends),
    st.tuples(st.just("remove"), callers, targets, st.integers(0, OWN_ROLES - 2)),
    st.tuples(st.just("remove"), callers, st.none(), st.integers(0, OWN_ROLES - 2)),
    st.tuples(st.just("grant"), callers, targets, some_grantable, targets),
    st.tuples(st.just("grant"), callers, st.none(), some_grantable, targets),
    st.tuples(st.just("revoke"), callers, st.none(), st.integers(0, 9)),
    st.tuples(st.just("sweep")),
)


@dataclass(frozen=True)
class State:
    """All that anybody may do, as the tables say it.

    held: by person, each permission and until when; allowed: by role; granted: by grant.
    """

    held: dict[UUID, dict[str, datetime]]
    allowed: dict[UUID, frozenset[str]]
    granted: dict[tuple[UUID, str, str], UUID]

    def of(self, person: User) -> set[str]:
        return set(self.held[person.pk])


def look(people: list[User]) -> State:
    allowed: dict[UUID, set[str]] = {pk: set() for pk in Role.objects.values_list("pk", flat=True)}
    links = Role.permissions.through.objects.filter(permission__content_type__app_label="rbac")
    for role_id, codename in links.values_list("role_id", "permission__codename"):
        allowed[role_id].add(codename)
    held: dict[UUID, dict[str, datetime]] = {person.pk: {} for person in people}
    now = timezone.now()
    for user, role, end in RoleAssignment.objects.values_list("user_id", "role_id", "expires_at"):
        until = end or FOREVER
        if until > now:
            for codename in allowed[role]:
                held[user][codename] = max(until, held[user].get(codename, until))
    granted = {
        (grant.user_id, grant.permission.codename, grant.object_pk): grant.pk
        for grant in PersonGrant.objects.select_related("permission")
    }
    return State(held, {pk: frozenset(found) for pk, found in allowed.items()}, granted)


class World:
    """A few people with roles of all kinds, and an admin who does nothing."""

    def __init__(self, roles: Any, first: Any, held: list[Any], granted: list[Any]) -> None:
        self.start = timezone.now()
        self.chief = self._person("chief")
        self.people = [self._person(f"person_{number}") for number in range(PEOPLE)]
        own = [self._role(f"own_{'x' * number}", some) for number, some in enumerate(roles)]
        system = list(Role.objects.filter(is_system=True).order_by("name"))
        self.roles = [*own, *system]
        for person in [self.chief, *self.people]:
            RoleAssignment.objects.create(user=person, role=system[-1])
        RoleAssignment.objects.create(user=self.chief, role=system[0])
        for number, role, days in [(n, n, days) for n, days in enumerate(first)] + held:
            RoleAssignment.objects.get_or_create(
                user=self.people[number], role=own[role], defaults={"expires_at": self.end(days)}
            )
        for number, permission, on in granted:
            assign_perm(permission.value, self.target(number), self.people[on])

    @staticmethod
    def _person(name: str) -> User:
        made: User = get_user_model().objects.create(
            username=name, email=f"{name}@example.org", password="!"
        )
        return made

    @staticmethod
    def _role(name: str, allowed: Any) -> Role:
        role = Role.objects.create(name=f"{name}_")
        rows = DjangoPermission.objects.filter(
            content_type__app_label="rbac", codename__in=[one.value for one in allowed]
        )
        role.permissions.set(rows)
        return role

    def end(self, days: int | None) -> datetime | None:
        return None if days is None else self.start + timedelta(days=days)

    def role(self, number: int) -> Role:
        return self.roles[number % len(self.roles)]

    def target(self, number: int) -> User:
        return [*self.people, self.chief][number]

    def everybody(self) -> list[User]:
        return [self.chief, *self.people]


def may(caller: User, permission: Permission, person: User | None = None) -> bool:
    """The gate of the call, as the API asks it."""
    return type(caller).objects.get(pk=caller.pk).has_perm(permission.perm, person)


def call(world: World, step: tuple[Any, ...]) -> User | None:
    """Do what the step says, if the caller gets past the gate; who it was done to."""
    what, *rest = step
    if what == "sweep":
        expiry.end_overdue()
        return None
    caller, *rest = rest
    by = world.people[caller]
    if what in {"create", "update", "delete"}:
        if may(by, Permission[f"ROLE_{what.upper()}"]):
            change_a_role(world, what, by, *rest)
        return None
    number, *rest = rest
    if what == "revoke":
        held = list(PersonGrant.objects.select_related("user").order_by("pk"))
        if not held:
            return None
        rest = [held[rest[0] % len(held)]]
        person = rest[0].user
    else:
        # Nobody named: the caller themself, of whom the rules have to think as well.
        person = by if number is None else world.target(number)
    if may(by, Permission.ROLE_ASSIGN, person):
        change_a_person(world, what, by, person, *rest)
    return person


def change_a_role(world: World, what: str, by: User, *rest: Any) -> None:
    names = [permission.name for permission in rest[-1]] if what != "delete" else []
    if what == "create":
        name = f"made_{'x' * len(world.roles)}"
        world.roles.append(roles.create(name, permissions=names, by=by, meta=META))
    elif what == "update":
        roles.update(world.role(rest[0]).pk, permissions=names, by=by, meta=META)
    else:
        roles.delete(world.role(rest[0]).pk, by=by, meta=META)


def change_a_person(world: World, what: str, by: User, person: User, *rest: Any) -> None:
    if what == "assign":
        role, end = world.role(rest[0]), world.end(rest[1])
        assignments.assign(person, role, by=by, meta=META, expires_at=end)
    elif what == "remove":
        assignments.remove(person, world.role(rest[0]), by=by, meta=META)
    elif what == "grant":
        grants.grant(person, rest[0].name, on=world.target(rest[1]).pk, by=by, meta=META)
    else:
        grants.revoke(person, rest[0].pk, by=by, meta=META)


def judge(before: State, after: State, by: User, done_to: User | None) -> None:
    """What changed must have been the caller's to give or to take."""
    own = before.of(by)
    for person, held in after.held.items():
        was = before.held[person]
        assert set(held) - set(was) <= own, "somebody got what the caller did not hold"
        assert set(was) - set(held) <= own, "somebody lost what the caller did not hold"
    for codename, until in after.held[by.pk].items():
        assert until <= before.held[by.pk][codename], "the caller holds something for longer"
    for role, allowed in after.allowed.items():
        was_allowed = before.allowed.get(role, frozenset())
        if allowed != was_allowed or role not in before.allowed:
            assert allowed | was_allowed <= own, "a role changed that allows more"
    for role in set(before.allowed) - set(after.allowed):
        assert before.allowed[role] <= own, "a role went that allows more"
    for _person, codename, on in set(before.granted) ^ set(after.granted):
        assert codename in own, "a grant of what the caller did not hold"
        if (_person, codename, on) in after.granted:
            assert before.held[UUID(on)].keys() <= own, "a grant on who holds more"
    if done_to is not None and before != after:
        assert before.of(done_to) <= own, "somebody who holds more was touched"


def somebody_is_in_charge() -> bool:
    admins = RoleAssignment.objects.filter(role__name="admin", expires_at=None)
    everything = Role.objects.get(name="admin").permissions.count()
    return admins.exists() and everything == len(Permission)


@contextmanager
def undone() -> Iterator[None]:
    """Nothing of it stays."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def walk(world: World, sequence: list[tuple[Any, ...]]) -> Iterator[str]:
    """Take the steps and judge each; yields what became of them."""
    before = look(world.everybody())
    for step in sequence:
        outcome, done_to = "refused", None
        with suppress(DomainError), transaction.atomic():
            done_to = call(world, step)
            outcome = "done"
        after = look(world.everybody())
        if step[0] == "sweep":
            assert after == before
        else:
            judge(before, after, world.people[step[1]], done_to)
        assert somebody_is_in_charge()
        yield f"{step[0]} {'changed' if after != before else outcome}"
        before = after


def test_nobody_gives_takes_or_gains_what_the_caller_did_not_hold():
    outcomes: Counter[str] = Counter()

    @settings(
        max_examples=100,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],  # A sequence is short enough to be read as it is.
        suppress_health_check=list(HealthCheck),
    )
    @given(world=worlds, sequence=st.lists(steps, min_size=8, max_size=14))
    def play(world, sequence):
        with undone():
            outcomes.update(walk(World(**world), sequence))

    play()

    # What is always refused, or never, would show nothing.
    for what in ("create", "update", "delete", "assign", "remove", "grant", "revoke"):
        assert outcomes[f"{what} changed"] >= 3, outcomes
        assert outcomes[f"{what} refused"] >= 3, outcomes
