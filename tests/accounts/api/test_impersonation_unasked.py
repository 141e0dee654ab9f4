"""What ends an impersonation where nobody asks under it: one call for many, and the worker."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Session, User
from accounts.services import impersonation
from accounts.services.tasks import TASKS
from audit.kinds import Action
from audit.models import AuditEntry
from rbac.models import RoleAssignment
from rbac.permissions import Permission
from tests.accounts.conftest import code_of
from tests.accounts.impersonating import acting, row
from tests.conftest import ApiClient
from tests.factories import admin
from tests.staff import entry, holding, let_hold


@pytest.fixture
def boss(db: None) -> User:
    return admin(username="boss")


@pytest.fixture
def other(db: None, client_for: Callable[[User], ApiClient]) -> ApiClient:
    """Another admin's device."""
    return client_for(admin(username="other_boss"))


@pytest.fixture
def client(client_for: Callable[[User], ApiClient], boss: User, owner: User) -> ApiClient:
    """The boss's, in the place of the owner."""
    return acting(client_for(boss), owner)


def ended(how: str) -> AuditEntry:
    told = entry(Action.ADMIN_IMPERSONATION_ENDED)
    assert told.details == {"how": how}
    return told


@pytest.mark.parametrize("call", ["suspend", "reactivate"])
@pytest.mark.parametrize("side", ["boss", "owner"])
def test_either_is_among_many_who_are_suspended_or_let_in(
    client, other, boss, owner, stranger, call, side
):
    whom = {"boss": boss, "owner": owner}[side]
    if call == "reactivate":
        User.objects.filter(pk=whom.pk).update(deactivated_at=timezone.now())

    body = {"userIds": [str(whom.pk), str(stranger.pk)]}
    answer = other.post(f"admin/bulk/{call}", body)

    told = ended("withSession")
    assert answer.status_code == 200, answer.data
    assert (told.actor_id, told.user_id) == (None, owner.pk)
    assert (told.resource, told.resource_id) == ("session", client.session_id)
    assert row(client).revoked_at is not None


@pytest.mark.parametrize("side", ["boss", "owner"])
def test_either_is_erased(client, other, boss, owner, side):
    whom = {"boss": boss, "owner": owner}[side]

    body = {"confirmEmail": whom.email, "reason": "asked for it"}
    answer = other.delete(f"admin/users/{whom.pk}?permanent=true", body)

    told = entry(Action.ADMIN_IMPERSONATION_ENDED)
    assert answer.status_code == 200, answer.data
    assert code_of(client.get("users/profile")) == (401, "SESSION_REVOKED")
    # Of who is gone themselves, which session it was is gone too.
    of_owner = owner.pk, client.session_id
    assert (told.user_id, told.resource_id) == (of_owner if side == "boss" else (None, ""))


def test_what_comes_back_between_two_requests_finds_it_ended_by_the_worker(
    client_for, owner, client
):
    (task,) = [one for one in TASKS if one.name == "impersonations"]
    fallen = acting(client_for(holding(Permission.ADMIN_ACCESS)), owner)
    role = let_hold(owner, Permission.AUDIT_READ)

    assert (task.work(), task.work()) == (1, 0)

    told = ended("withoutRight")
    assert (told.actor_id, told.user_id) == (None, owner.pk)
    assert told.resource_id == fallen.session_id
    RoleAssignment.objects.filter(role=role).delete()
    assert code_of(fallen.get("users/profile")) == (401, "SESSION_REVOKED")
    assert task.every <= timedelta(minutes=1)
    assert client.get("users/profile").status_code == 200  # the boss holds enough


def test_what_ran_out_or_was_ended_has_no_second_end(client, owner, client_for):
    client_for(owner).delete(f"sessions/{client.session_id}")
    helper = holding(Permission.ADMIN_ACCESS)
    late = acting(client_for(helper), owner)
    Session.objects.filter(pk=late.session_id).update(expires_at=timezone.now())
    RoleAssignment.objects.filter(user=helper).delete()

    assert impersonation.end_fallen() == 0
    assert ended("revoked").resource_id == client.session_id
