"""What becomes of each of many people in one call, where some may not be changed."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import User
from audit.kinds import Action
from audit.models import AuditEntry
from rbac.models import Role, RoleAssignment
from rbac.permissions import Permission
from tests.accounts.api.bulk import holder, holds, ids, role
from tests.factories import UserFactory, admin, moderator


@pytest.fixture
def boss(client_for):
    return client_for(admin(username="boss_of_it"))


@pytest.fixture
def helper(client_for):
    return client_for(holder(Permission.ROLE_ASSIGN, Permission.USER_MANAGE))


def suspended(*people):
    return [User.objects.get(pk=person.pk).suspended_at is not None for person in people]


def adds_up(answer, action):
    """Everybody asked for is in one count, and the entry tells the same."""
    changed, already, *_ = data = [*answer.data["data"].values()]
    unknown, refused, total = len(data[2]), len(data[3]), data[4]
    told = AuditEntry.objects.get(action=action).details
    said = [told[name] for name in ("changed", "already", "notFound", "refused", "total")]
    return said == [changed, already, unknown, refused, total] and total == sum(said[:-1])


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


def test_suspending_says_what_became_of_each(client_for):
    here = holder(Permission.USER_MANAGE)
    fresh, again, off, above = (
        UserFactory(),
        UserFactory(),
        UserFactory(suspended=True),
        moderator(),
    )
    gone = uuid4()
    asked = [*ids(fresh, above, off, here, again), str(gone), str(fresh.pk).upper()]

    answer = client_for(here).post("admin/bulk/suspend", {"userIds": asked, "reason": "Spam."})

    assert answer.data["data"] == {
        "suspended": 2,
        "alreadySuspended": 1,
        "notFound": [str(gone)],
        "refused": [
            {"id": str(above.pk), "code": "PERMISSION_ESCALATION"},
            {"id": str(here.pk), "code": "SELF_TARGET"},
        ],
        "total": 6,
    }
    assert adds_up(answer, Action.ADMIN_BULK_SUSPENDED)
    assert User.objects.get(pk=fresh.pk).suspension_reason == "Spam."
    assert suspended(fresh, again, off, above, here) == [True, True, True, False, False]


def test_letting_in_again_says_what_became_of_each(client_for):
    here = holder(Permission.USER_MANAGE)
    off, quiet = UserFactory(suspended=True), UserFactory(deactivated=True)
    fine, above = UserFactory(), moderator(suspended=True)
    gone = uuid4()
    asked = [*ids(here, off, above, quiet, fine), str(gone), str(off.pk).upper()]

    answer = client_for(here).post("admin/bulk/reactivate", {"userIds": asked})

    assert answer.data["data"] == {
        "reactivated": 2,
        "alreadyActive": 1,
        "notFound": [str(gone)],
        "refused": [
            {"id": str(above.pk), "code": "PERMISSION_ESCALATION"},
            {"id": str(here.pk), "code": "SELF_TARGET"},
        ],
        "total": 6,
    }
    assert adds_up(answer, Action.ADMIN_BULK_REACTIVATED)
    assert suspended(off, above) == [False, True]
    assert User.objects.get(pk=quiet.pk).is_active


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


def test_of_all_admins_one_is_not_suspended(client_for):
    """By somebody whose own role allows all that an admin may, and who is none of them."""
    here = holder(*Permission)
    first, second, off = admin(), admin(), admin(suspended=True)
    gone = uuid4()
    asked = [*ids(off, second, first, here), str(gone)]

    answer = client_for(here).post("admin/bulk/suspend", {"userIds": asked})

    assert answer.data["data"] == {
        "suspended": 1,
        "alreadySuspended": 1,
        "notFound": [str(gone)],
        "refused": [
            {"id": str(here.pk), "code": "SELF_TARGET"},
            {"id": str(first.pk), "code": "LAST_ADMIN"},
        ],
        "total": 5,
    }
    assert adds_up(answer, Action.ADMIN_BULK_SUSPENDED)
    assert suspended(first, second) == [False, True]
