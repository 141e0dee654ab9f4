"""Many people in one call."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Session, TrustedDevice, User
from accounts.services import sessions
from audit.kinds import Action
from audit.models import AuditEntry
from audit.services.marking import is_marked
from config.common.request_meta import RequestMeta
from notifications.models import Notification, OutboxMail
from rbac.models import Role, RoleAssignment
from rbac.permissions import Permission
from rbac.services.builtin import DjangoPermission
from tests.factories import UserFactory, admin, moderator

META = RequestMeta(ip="127.0.0.1")


def holder(*permissions, name="helper"):
    """Somebody whose only role besides `user` allows these."""
    role = Role.objects.create(name=name)
    codenames = [permission.value for permission in permissions]
    role.permissions.set(
        DjangoPermission.objects.filter(codename__in=codenames, content_type__app_label="rbac")
    )
    return UserFactory(roles=[name])


@pytest.fixture
def boss(client_for):
    return client_for(admin(username="boss_of_it"))


@pytest.fixture
def helper(client_for):
    return client_for(holder(Permission.ROLE_ASSIGN, Permission.USER_MANAGE))


def ids(*people):
    return [str(person.pk) for person in people]


def role(name="helpers"):
    return Role.objects.get_or_create(name=name)[0]


def holds(person, name="helpers"):
    return RoleAssignment.objects.live().filter(user=person, role__name=name).exists()


# --- Every kind of refusal in one call ------------------------------------------------------------


def test_assigning_says_what_became_of_each(helper):
    fresh, again = UserFactory(), UserFactory()
    has_it, above = UserFactory(), moderator()
    gone = uuid4()
    RoleAssignment.objects.create(user=has_it, role=role())
    asked = [*ids(fresh, again, has_it, above), str(gone), str(fresh.pk).upper()]

    answer = helper.post("admin/bulk/assign-role", {"userIds": asked, "roleId": str(role().pk)})

    assert answer.data["data"] == {
        "assigned": 2,
        "alreadyAssigned": 1,
        "notFound": [str(gone)],
        "refused": [{"id": str(above.pk), "code": "PERMISSION_ESCALATION"}],
        "total": 5,
    }
    assert [holds(one) for one in (fresh, again, has_it, above)] == [True, True, True, False]


def test_removing_says_what_became_of_each(helper):
    has_it, lacks_it, only_one, above = UserFactory(), UserFactory(), UserFactory(), moderator()
    for person in (has_it, only_one, above):
        RoleAssignment.objects.create(user=person, role=role())
    RoleAssignment.objects.filter(user=only_one).exclude(role=role()).delete()
    gone = uuid4()

    answer = helper.post(
        "admin/bulk/remove-role",
        {
            "userIds": [*ids(has_it, lacks_it, only_one, above), str(gone)],
            "roleId": str(role().pk),
        },
    )

    assert answer.data["data"] == {
        "removed": 1,
        "notAssigned": 1,
        "notFound": [str(gone)],
        "refused": [
            {"id": str(above.pk), "code": "PERMISSION_ESCALATION"},
            {"id": str(only_one.pk), "code": "LAST_ROLE"},
        ],
        "total": 5,
    }
    assert [holds(one) for one in (has_it, only_one, above)] == [False, True, True]


def test_suspending_says_what_became_of_each(boss):
    here = User.objects.get(username="boss_of_it")
    fresh, off = UserFactory(), UserFactory(suspended=True)
    gone = uuid4()

    answer = boss.post(
        "admin/bulk/suspend", {"userIds": [*ids(fresh, off, here), str(gone)], "reason": "Spam."}
    )

    assert answer.data["data"] == {
        "suspended": 1,
        "alreadySuspended": 1,
        "notFound": [str(gone)],
        "refused": [{"id": str(here.pk), "code": "SELF_TARGET"}],
        "total": 4,
    }
    assert User.objects.get(pk=fresh.pk).suspension_reason == "Spam."
    assert User.objects.get(pk=here.pk).suspended_at is None


def test_letting_in_again_says_what_became_of_each(helper):
    off, quiet = UserFactory(suspended=True), UserFactory(deactivated=True)
    fine, above = UserFactory(), moderator(suspended=True)

    answer = helper.post("admin/bulk/reactivate", {"userIds": ids(off, quiet, fine, above)})

    data = answer.data["data"]
    assert (data["reactivated"], data["alreadyActive"], data["total"]) == (2, 1, 4)
    assert data["refused"] == [{"id": str(above.pk), "code": "PERMISSION_ESCALATION"}]
    assert User.objects.get(pk=off.pk).is_active
    assert not User.objects.get(pk=above.pk).is_active


# --- The last admin -------------------------------------------------------------------------------


def test_of_all_admins_one_stays_one(boss):
    here = User.objects.get(username="boss_of_it")
    others = [admin() for _ in range(3)]
    role_id = str(Role.objects.get(name="admin").pk)

    answer = boss.post("admin/bulk/remove-role", {"userIds": ids(here, *others), "roleId": role_id})

    assert answer.data["data"]["removed"] == 3
    assert [one["code"] for one in answer.data["data"]["refused"]] == ["LAST_ADMIN"]
    assert RoleAssignment.objects.filter(role__name="admin").count() == 1


def test_an_admin_role_with_an_end_saves_nobody(boss):
    here = User.objects.get(username="boss_of_it")
    deputy = UserFactory()
    RoleAssignment.objects.create(
        user=deputy,
        role=Role.objects.get(name="admin"),
        expires_at=timezone.now() + timedelta(days=1),
    )
    role_id = str(Role.objects.get(name="admin").pk)

    answer = boss.post("admin/bulk/remove-role", {"userIds": ids(here, deputy), "roleId": role_id})

    assert answer.data["data"]["refused"] == [{"id": str(here.pk), "code": "LAST_ADMIN"}]
    assert not holds(deputy, "admin")


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
