"""Many people in one call."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Session, TrustedDevice
from accounts.services import sessions
from audit.kinds import Action
from audit.models import AuditEntry
from audit.services.marking import is_marked
from config.common.request_meta import RequestMeta
from notifications.models import Notification, OutboxMail
from rbac.models import Role, RoleAssignment
from rbac.permissions import Permission
from tests.accounts.api.bulk import holder, holds, ids, role
from tests.factories import UserFactory, admin

META = RequestMeta(ip="127.0.0.1")


@pytest.fixture
def boss(client_for):
    return client_for(admin(username="boss_of_it"))


@pytest.fixture
def helper(client_for):
    return client_for(holder(Permission.ROLE_ASSIGN, Permission.USER_MANAGE))


# --- What goes with it ----------------------------------------------------------------------------


def test_each_has_an_entry_of_their_own_and_the_whole_has_one(helper):
    people = [UserFactory() for _ in range(3)]

    helper.post("admin/bulk/assign-role", {"userIds": ids(*people), "roleId": str(role().pk)})

    singles = AuditEntry.objects.filter(action=Action.ROLE_ASSIGNED)
    whole = AuditEntry.objects.get(action=Action.ADMIN_BULK_ROLE_ASSIGNED)
    assert {one.user_id for one in singles} == {person.pk for person in people}
    assert {one.details["bulkId"] for one in singles} == {whole.details["bulkId"]}
    assert whole.details["changed"] == 3
    assert all(is_marked(one) for one in [*singles, whole])
    assert Notification.objects.filter(type="ROLE_CHANGED").count() == 3


def test_a_suspension_ends_everything_at_once(boss, client_for):
    person = UserFactory()
    device = client_for(person)
    TrustedDevice.objects.create(
        user=person, device_id=uuid4(), expires_at=timezone.now() + timedelta(days=1)
    )
    queued = OutboxMail.objects.count()

    boss.post("admin/bulk/suspend", {"userIds": ids(person)})

    assert device.get("users/profile").status_code == 401
    assert device.post("auth/refresh", {"refreshToken": device.refresh_token}).status_code == 401
    assert not Session.objects.unended().filter(user=person).exists()
    assert not TrustedDevice.objects.exists()
    assert OutboxMail.objects.count() == queued + 1
    entry = AuditEntry.objects.get(action=Action.ADMIN_SUSPENDED)
    assert entry.details["sessionsEnded"] == 1


def test_a_session_of_before_does_not_come_back_with_the_account(boss, client_for):
    person = UserFactory()
    device = client_for(person)
    boss.post("admin/bulk/suspend", {"userIds": ids(person)})

    boss.post("admin/bulk/reactivate", {"userIds": ids(person)})

    assert device.get("users/profile").status_code == 401


def test_an_assignment_that_ran_out_is_given_anew(helper):
    person = UserFactory()
    RoleAssignment.objects.create(
        user=person, role=role(), expires_at=timezone.now() - timedelta(days=1)
    )

    data = helper.post(
        "admin/bulk/assign-role", {"userIds": ids(person), "roleId": str(role().pk)}
    ).data["data"]

    assert data["assigned"] == 1
    assert holds(person)


# --- Errors of the whole --------------------------------------------------------------------------


def test_a_role_above_ones_own_is_given_to_nobody(helper):
    person = UserFactory()
    role_id = str(Role.objects.get(name="moderator").pk)

    answer = helper.post("admin/bulk/assign-role", {"userIds": ids(person), "roleId": role_id})

    assert (answer.status_code, answer.data["code"]) == (403, "PERMISSION_ESCALATION")
    assert not holds(person, "moderator")


TOO_MANY = [str(UUID(int=number)) for number in range(10_001)]


@pytest.mark.parametrize(
    "asked",
    [[], ["x"], [1], None, "abc", TOO_MANY],
    ids=["empty", "no id", "a number", "null", "text", "too many"],
)
@pytest.mark.parametrize("call", ["suspend", "reactivate"])
def test_a_list_that_is_none_changes_nothing(boss, call, asked):
    assert boss.post(f"admin/bulk/{call}", {"userIds": asked}).status_code == 422


def test_an_unknown_role_is_not_found(boss):
    body = {"userIds": [str(uuid4())], "roleId": str(uuid4())}

    assert boss.post("admin/bulk/assign-role", body).status_code == 404


@pytest.mark.parametrize("call", ["assign-role", "remove-role", "suspend", "reactivate"])
def test_the_number_of_statements_does_not_grow(client_for, call):
    staff = client_for(admin())

    def statements(number):
        people = [UserFactory(suspended=call == "reactivate") for _ in range(number)]
        if call == "remove-role":
            for person in people:
                RoleAssignment.objects.create(user=person, role=role())
        for person in people[:3]:
            own = sessions.open_session(person, meta=META)
            ends = timezone.now() + timedelta(minutes=5)
            acting = sessions.Acting(person, own, ends)
            sessions.open_session(people[0], meta=META, acting=acting)
        body = {"userIds": ids(*people)}
        if "role" in call:
            body["roleId"] = str(role().pk)
        with CaptureQueriesContext(connection) as said:
            answer = staff.post(f"admin/bulk/{call}", body)
        assert answer.status_code == 200, answer.data
        return len(said)

    few, many = statements(3), statements(150)

    assert many == few
    assert few < 40
