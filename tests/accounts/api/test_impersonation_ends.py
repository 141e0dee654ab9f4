"""What ends an impersonation: at the very next request, for good, and with an entry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Session, User
from audit.kinds import Action
from audit.models import AuditEntry
from notifications.models import Notification
from rbac.models import Role, RoleAssignment
from rbac.permissions import ADMIN, Permission
from tests.accounts.conftest import code_of
from tests.accounts.impersonating import acting, row
from tests.conftest import ApiClient
from tests.factories import PASSWORD, admin
from tests.staff import entry, holding, let_hold

REVOKED = (401, "SESSION_REVOKED")
NEW = "Another-Horse8"


@pytest.fixture
def boss(db: None) -> User:
    return admin(username="boss", first_name="Grace", last_name="Hopper")


@pytest.fixture
def other(db: None, client_for: Callable[[User], ApiClient]) -> ApiClient:
    """Another admin's device."""
    return client_for(admin(username="other_boss"))


@pytest.fixture
def staff(client_for: Callable[[User], ApiClient], boss: User) -> ApiClient:
    return client_for(boss)


@pytest.fixture
def client(staff: ApiClient, owner: User) -> ApiClient:
    """The boss's, in the place of the owner."""
    return acting(staff, owner)


def ended(how: str) -> AuditEntry:
    told = entry(Action.ADMIN_IMPERSONATION_ENDED)
    assert told.details == {"how": how}
    return told


def dead(client: ApiClient) -> bool:
    return code_of(client.get("users/profile")) == REVOKED and row(client).revoked_at is not None


def test_stopping_it(client, staff, boss, owner):
    answer = client.post("admin/impersonation/stop")

    told = ended("stopped")
    assert answer.status_code == 200
    assert dead(client)
    assert staff.get("users/profile").status_code == 200
    assert (told.actor_id, told.user_id, told.impersonating_id) == (boss.pk, owner.pk, owner.pk)
    assert (told.resource, told.resource_id) == ("session", client.session_id)


def test_nobody_stops_being_themselves(staff):
    assert code_of(staff.post("admin/impersonation/stop")) == (400, "NOT_IMPERSONATING")


def test_signing_out_with_its_token_ends_it_and_nothing_else(client, staff, boss, owner):
    client.post("auth/logout")

    told = ended("stopped")
    assert dead(client)
    assert staff.get("users/profile").status_code == 200
    assert (told.actor_id, told.impersonating_id) == (boss.pk, owner.pk)
    assert not AuditEntry.objects.filter(action="USER_LOGOUT").exists()


def test_the_person_ends_it_among_their_sessions(client, owner, client_for):
    own = client_for(owner)

    answer = own.delete(f"sessions/{client.session_id}")

    told = ended("revoked")
    assert answer.status_code == 200
    assert dead(client)
    assert (told.actor_id, told.user_id, told.impersonating_id) == (owner.pk, owner.pk, None)
    assert "Grace Hopper" in Notification.objects.latest("id").message
    assert not AuditEntry.objects.filter(action="SESSION_REVOKED").exists()


def test_the_person_ends_it_with_all_others(client, owner, client_for):
    own = client_for(owner)

    answer = own.post("sessions/revoke-all")

    assert answer.data["data"] == {"revokedCount": 1}
    assert ended("revoked").actor_id == owner.pk
    assert dead(client)


def test_a_new_password_of_the_persons_ends_it(client, owner, client_for):
    body = {"currentPassword": PASSWORD, "newPassword": NEW, "confirmPassword": NEW}

    client_for(owner).post("auth/change-password", body)

    assert ended("withSession").actor_id is None
    assert dead(client)


def test_the_admin_signs_out(client, staff, boss, owner):
    staff.post("auth/logout")

    told = ended("withSession")
    assert dead(client)
    assert (told.actor_id, told.user_id) == (boss.pk, owner.pk)


def test_the_admin_signs_that_device_out_from_another_one(client, staff, boss, client_for):
    client_for(boss).delete(f"sessions/{staff.session_id}")

    assert ended("withSession").actor_id == boss.pk
    assert dead(client)


def test_the_admin_signs_all_other_devices_out(client, boss, client_for):
    answer = client_for(boss).post("sessions/revoke-all")

    assert answer.data["data"] == {"revokedCount": 1}
    assert ended("revoked").actor_id == boss.pk
    assert dead(client)


def test_what_was_opened_from_the_session_that_stays_goes_on(client, staff, owner, boss):
    body = {"currentPassword": PASSWORD, "newPassword": NEW, "confirmPassword": NEW}

    staff.post("sessions/revoke-all")
    staff.post("auth/change-password", body)

    assert client.get("users/profile").data["data"]["email"] == owner.email


def test_a_new_password_from_another_device_ends_it(client, boss, client_for):
    body = {"currentPassword": PASSWORD, "newPassword": NEW, "confirmPassword": NEW}

    client_for(boss).post("auth/change-password", body)

    assert ended("withSession")
    assert dead(client)


def test_a_refresh_token_of_the_admins_used_twice_ends_it(clock, client, staff):
    staff.post("auth/refresh", {"refreshToken": staff.refresh_token})
    clock.shift(11)

    answer = staff.post("auth/refresh", {"refreshToken": staff.refresh_token})

    assert code_of(answer) == (401, "TOKEN_REUSED")
    assert ended("withSession")
    assert dead(client)


def test_the_admin_is_suspended(client, other, boss):
    assert other.post(f"admin/users/{boss.pk}/suspend").status_code == 200

    assert ended("withSession")
    assert dead(client)


def test_the_person_is_suspended(client, other, owner):
    other.post(f"admin/users/{owner.pk}/suspend")

    assert ended("withSession")
    assert dead(client)


def test_other_staff_end_it_among_the_persons_sessions(client, other, owner):
    answer = other.delete(f"admin/users/{owner.pk}/sessions/{client.session_id}")

    assert answer.status_code == 200
    assert ended("revoked").actor_id != owner.pk
    assert dead(client)
    assert entry(Action.ADMIN_SESSIONS_REVOKED).details["device"] == ""


def test_other_staff_end_all_of_the_persons_sessions(client, other, owner):
    answer = other.delete(f"admin/users/{owner.pk}/sessions")

    assert answer.status_code == 200
    assert ended("revoked")
    assert dead(client)
    assert entry(Action.ADMIN_SESSIONS_REVOKED).details["count"] == 1


def test_other_staff_sign_the_admins_device_out(client, other, staff, boss):
    other.delete(f"admin/users/{boss.pk}/sessions/{staff.session_id}")

    assert ended("withSession")
    assert dead(client)


def test_the_admins_session_runs_out(client, staff):
    Session.objects.filter(pk=staff.session_id).update(expires_at=timezone.now())

    assert dead(client)
    assert ended("withoutRight")


def test_the_admin_loses_the_role(client, other, boss, staff):
    role = Role.objects.get(name=ADMIN)

    assert other.delete(f"roles/user/{boss.pk}/{role.pk}").status_code == 200

    assert dead(client)
    assert ended("withoutRight").actor_id is None
    assert staff.get("users/profile").status_code == 200


def test_the_role_runs_out_by_itself(client_for, owner):
    helper = holding(Permission.ADMIN_ACCESS)
    client = acting(client_for(helper), owner)

    RoleAssignment.objects.filter(user=helper).update(
        expires_at=timezone.now() - timedelta(seconds=1)
    )

    assert dead(client)


def test_the_role_no_longer_allows_it(client_for, owner):
    helper = holding(Permission.ADMIN_ACCESS)
    client = acting(client_for(helper), owner)

    Role.objects.get(users=helper, name__startswith="held_").permissions.clear()

    assert dead(client)


def test_the_person_comes_to_hold_more(client_for, owner):
    client = acting(client_for(holding(Permission.ADMIN_ACCESS)), owner)

    let_hold(owner, Permission.AUDIT_READ)

    assert dead(client)


def test_the_person_comes_to_hold_more_on_somebody_alone(client_for, other, owner, stranger):
    client = acting(client_for(holding(Permission.ADMIN_ACCESS)), owner)
    body = {"permission": "USER_MANAGE", "on": str(stranger.pk)}

    assert other.post(f"roles/user/{owner.pk}/grants", body).status_code == 201

    assert dead(client)
    assert ended("withoutRight")


def test_the_person_may_come_to_hold_what_the_admin_holds(client, owner):
    let_hold(owner, Permission.AUDIT_READ, Permission.ADMIN_ACCESS)

    assert client.get("users/profile").status_code == 200


def test_what_ended_it_may_come_back_and_it_stays_ended(client_for, owner):
    client = acting(client_for(holding(Permission.ADMIN_ACCESS)), owner)
    role = let_hold(owner, Permission.AUDIT_READ)
    assert code_of(client.get("users/profile")) == REVOKED

    RoleAssignment.objects.filter(role=role).delete()

    assert code_of(client.get("users/profile")) == REVOKED


def test_it_refreshes_nothing(client):
    """There is no token to do it with, and none is given."""
    answers: list[Any] = [
        client.post("auth/refresh", {"refreshToken": client.token}),
        client.post("auth/reauthenticate", {"password": PASSWORD}),
    ]

    assert [code_of(answer) for answer in answers] == [
        (401, "TOKEN_INVALID"),
        (403, "IMPERSONATION_FORBIDDEN"),
    ]


def test_two_of_one_admin_are_apart(client, staff, owner, stranger):
    second = acting(staff, stranger)

    client.post("admin/impersonation/stop")

    assert second.get("users/profile").data["data"]["email"] == stranger.email
