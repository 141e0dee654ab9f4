"""Whoever asks, with whatever roles and grants, lists show nothing that these do not open.

What opens them is read from the tables, and the lists are asked for over the API.
"""

from __future__ import annotations

from collections import Counter

import pytest
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from guardian.shortcuts import assign_perm
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.models import Profile, User
from accounts.services import sessions
from config.common.request_meta import RequestMeta
from rbac.permissions import Permission
from tests.conftest import ApiClient
from tests.factories import PASSWORD
from tests.rbac.world import State, World, look, numbers, targets, undone, worlds_of

pytestmark = pytest.mark.django_db
ADDRESS = "203.0.113.77"
READ, MANAGE, AUDIT = Permission.USER_READ, Permission.USER_MANAGE, Permission.AUDIT_READ
own_grants = st.lists(st.tuples(st.sampled_from([READ, MANAGE]), targets), max_size=4)
sets = st.frozensets(st.sampled_from([READ, MANAGE, AUDIT, Permission.ROLE_READ]))


def signed_in(person: User) -> ApiClient:
    User.objects.filter(pk=person.pk).update(
        password=make_password(PASSWORD), email_verified_at=timezone.now()
    )
    Profile.objects.get_or_create(user=person)
    client = ApiClient()
    client.sign_in(person)
    return client


def opened(state: State, caller: User, permission: Permission, on: User | None = None) -> bool:
    """By a role; or on this person by a grant, where the call has somebody in its path."""
    key = (caller.pk, permission.value, str(on.pk) if on else "")
    return permission.value in state.of(caller) or key in state.granted


def lists(world: World) -> list[tuple[str, Permission, User | None]]:
    found: list[tuple[str, Permission, User | None]] = [
        ("admin/users", READ, None),
        ("audit", AUDIT, None),
    ]
    for person in world.everybody():
        found += [
            (f"roles/user/{person.pk}", READ, person),
            (f"admin/users/{person.pk}/sessions", MANAGE, person),
            # The log asks for the permission itself, and no grant opens it.
            (f"audit/user/{person.pk}", AUDIT, None),
        ]
    return found


def test_lists_show_what_roles_and_grants_open_and_nothing_else():
    outcomes: Counter[str] = Counter()

    @settings(
        max_examples=25,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(given_world=worlds_of(sets, sets), number=numbers, own=own_grants)
    def look_around(given_world, number, own):
        with undone():
            world = World(**given_world)
            caller = world.people[number]
            for permission, on in own:
                assign_perm(permission.value, caller, world.target(on))
            for person in world.everybody():
                sessions.open_session(person, meta=RequestMeta(ip=ADDRESS))
            client = signed_in(caller)
            state = look(world.everybody())
            others = [person for person in world.everybody() if person != caller]
            for path, permission, on in lists(world):
                answer = client.get(path)
                may = opened(state, caller, permission, on)
                assert answer.status_code == (200 if may else 403), (path, answer.data)
                shown = answer.content.decode()
                if not may:
                    assert ADDRESS not in shown
                    assert not any(person.username in shown for person in others)
                by_grant = may and permission.value not in state.of(caller)
                outcomes["refused" if not may else "by grant" if by_grant else "by role"] += 1

    look_around()

    assert min(outcomes[how] for how in ("refused", "by grant", "by role")) >= 10, outcomes
