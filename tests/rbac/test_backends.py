from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from rbac.backends import RoleBackend
from rbac.models import RoleAssignment
from rbac.permissions import Permission

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("held", "allowed"),
    [
        (["admin"], {permission.perm for permission in Permission}),
        (["moderator"], {"rbac.user_read", "rbac.user_update", "rbac.audit_read"}),
        (["user"], set()),
        (["user", "moderator"], {"rbac.user_read", "rbac.user_update", "rbac.audit_read"}),
        ([], set()),
    ],
)
def test_permissions_come_from_the_roles_held(person, held, allowed):
    someone = person(*held)

    assert {permission.perm for permission in Permission if someone.has_perm(permission.perm)} == (
        allowed
    )
    assert someone.get_all_permissions() == allowed


def test_an_assignment_stops_at_its_end_at_once(person, again):
    with time_machine.travel(NOON, tick=False) as clock:
        someone = person("moderator", until=NOON + timedelta(hours=1))
        assert someone.has_perm("rbac.user_read")

        clock.move_to(NOON + timedelta(minutes=59, seconds=59))
        assert again(someone).has_perm("rbac.user_read")
        clock.move_to(NOON + timedelta(hours=1))
        assert not again(someone).has_perm("rbac.user_read")


def test_a_role_taken_away_is_gone_at_the_next_request(person, again):
    someone = person("admin")
    assert someone.has_perm("rbac.user_read")

    RoleAssignment.objects.filter(user=someone).delete()

    assert not again(someone).has_perm("rbac.user_read")


def test_one_request_asks_the_database_once(person, again, django_assert_num_queries):
    someone = again(person("admin"))

    with django_assert_num_queries(1):
        assert all(someone.has_perm(permission.perm) for permission in Permission)


@pytest.mark.parametrize("state", ["suspended_at", "deactivated_at", "deleted_at"])
def test_who_is_not_active_may_nothing(person, state):
    owner, someone = person(), person("admin")
    setattr(someone, state, timezone.now())

    assert not someone.has_perm("rbac.user_read")
    assert not someone.has_perm("rbac.user_read", owner)


def test_a_visitor_may_nothing(person):
    assert not AnonymousUser().has_perm("rbac.user_read")
    assert not AnonymousUser().has_perm("rbac.user_read", person())


def test_what_a_role_allows_it_allows_on_everybody(person):
    admin, owner = person("admin"), person("user")

    assert admin.has_perm("rbac.user_manage", owner)


def test_a_permission_of_another_app_is_not_ours_to_give(person):
    admin = person("admin")

    assert not admin.has_perm("accounts.user_manage")
    assert not admin.has_perm("rbac.no_such_thing")


def test_holders_of_a_permission_are_found(person):
    admin, moderator, gone = person("admin"), person("moderator"), person("admin")
    person("user")
    person("moderator", until=timezone.now() - timedelta(seconds=1))
    gone.suspended_at = timezone.now()
    gone.save()

    def found(perm, **options):
        return set(RoleBackend().with_perm(perm, **options))

    assert found("rbac.audit_read") == {admin, moderator}
    assert found("rbac.audit_read", is_active=None) == {admin, moderator, gone}
    assert found("rbac.audit_read", is_active=False) == {gone}
    assert found("rbac.role_create") == {admin}
    assert found("accounts.user_read") == set()
