"""Whatever is called, in whatever order, nobody gives what they do not hold.

Sequences of the changes of roles, made up by hypothesis, by callers of all kinds through the very
services that the API calls. After each one the tables are read without them and compared with
what was there before: what anybody may do has grown by nothing that the caller did not hold, and
nothing of it was taken from who held more. The inputs are the same in every run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.models import User
from config.common.errors import DomainError
from config.common.request_meta import RequestMeta
from rbac.errors import PermissionEscalation
from rbac.models import PersonGrant, Role, RoleAssignment
from rbac.permissions import Permission
from rbac.services import assignments, bulk, expiry, grants, roles
from tests.rbac.world import (
    OWN_ROLES,
    State,
    World,
    any_role,
    callers,
    ends,
    look,
    sets,
    some_grantable,
    targets,
    undone,
    worlds,
)

pytestmark = pytest.mark.django_db
META = RequestMeta()
many = st.lists(targets, min_size=1, max_size=4)
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
    st.tuples(st.just("bulk_assign"), callers, many, any_role),
    st.tuples(st.just("bulk_remove"), callers, many, st.integers(0, OWN_ROLES - 2)),
    st.tuples(st.just("sweep")),
)


def may(caller: User, permission: Permission, person: User | None = None) -> bool:
    """The gate of the call, as the API asks it."""
    return type(caller).objects.get(pk=caller.pk).has_perm(permission.perm, person)


def call(world: World, step: tuple[Any, ...]) -> list[User]:
    """Do what the step says, if the caller gets past the gate; to whom it was done."""
    what, *rest = step
    if what == "sweep":
        expiry.end_overdue()
        return []
    caller, *rest = rest
    by = world.people[caller]
    if what in {"create", "update", "delete"}:
        if may(by, Permission[f"ROLE_{what.upper()}"]):
            change_a_role(world, what, by, *rest)
        return []
    if what.startswith("bulk"):
        # To many, the permission itself opens the call, and no grant does.
        is_open = may(by, Permission.ROLE_ASSIGN)
        return change_many(world, what, by, *rest) if is_open else []
    number, *rest = rest
    if what == "revoke":
        held = list(PersonGrant.objects.select_related("user").order_by("pk"))
        if not held:
            return []
        rest = [held[rest[0] % len(held)]]
        person = rest[0].user
    else:
        # Nobody named: the caller themself, of whom the rules have to think as well.
        person = by if number is None else world.target(number)
    if may(by, Permission.ROLE_ASSIGN, person):
        change_a_person(world, what, by, person, *rest)
    return [person]


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


def change_many(world: World, what: str, by: User, some: list[int], role: int) -> list[User]:
    """Nobody is refused by an error here; who was is none of those to whom it was done."""
    people = [world.target(number) for number in some]
    act = bulk.assign if what == "bulk_assign" else bulk.remove
    outcome = act([one.pk for one in people], world.role(role), by=by, meta=META)
    if not outcome.changed and outcome.refused:
        raise PermissionEscalation
    return [one for one in people if one.pk in outcome.changed]


def judge(before: State, after: State, by: User, done_to: list[User]) -> None:
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
    for person in done_to if before != after else ():
        assert before.of(person) <= own, "somebody who holds more was touched"


def somebody_is_in_charge() -> bool:
    admins = RoleAssignment.objects.filter(role__name="admin", expires_at=None)
    everything = Role.objects.get(name="admin").permissions.count()
    return admins.exists() and everything == len(Permission)


def walk(world: World, sequence: list[tuple[Any, ...]]) -> Iterator[str]:
    """Take the steps and judge each; yields what became of them."""
    before = look(world.everybody())
    for step in sequence:
        outcome, done_to = "refused", list[User]()
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
    single = ("create", "update", "delete", "assign", "remove", "grant", "revoke")
    for what in (*single, "bulk_assign", "bulk_remove"):
        assert outcomes[f"{what} changed"] >= 3, outcomes
        assert outcomes[f"{what} refused"] >= 3, outcomes
