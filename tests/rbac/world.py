"""People with roles and grants of all kinds, made up by hypothesis, and what each of them may."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission as DjangoPermission
from django.db import transaction
from django.utils import timezone
from guardian.shortcuts import assign_perm
from hypothesis import strategies as st

from accounts.models import User
from rbac.models import PersonGrant, Role, RoleAssignment
from rbac.permissions import GRANTABLE, Permission

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


def worlds_of(most: Any, rest: Any) -> Any:
    """What a World is made from. most, rest: what its first two roles allow, and its last two."""
    return st.fixed_dictionaries(
        {
            "roles": st.tuples(most, most, rest, rest),
            "first": st.tuples(ends, ends, ends),
            "held": st.lists(
                st.tuples(numbers, st.integers(0, OWN_ROLES - 2), ends), min_size=5, max_size=8
            ),
            "granted": st.lists(
                st.tuples(targets, st.sampled_from(GRANTABLE), numbers), max_size=4
            ),
        }
    )


worlds = worlds_of(powerful, sets)


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


@contextmanager
def undone() -> Iterator[None]:
    """Nothing of it stays."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
