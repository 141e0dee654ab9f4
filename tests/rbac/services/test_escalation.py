from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from guardian.shortcuts import assign_perm

from config.common.errors import SessionRevoked
from config.common.ids import uuid7
from rbac.errors import PermissionEscalation
from rbac.models import Role, RoleAssignment
from rbac.services.escalation import (
    outranking,
    require_holding,
    require_in,
    require_lasting,
    require_over,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def tomorrow():
    return timezone.now() + timedelta(days=1)


@pytest.fixture
def yesterday():
    return timezone.now() - timedelta(days=1)


def refused(check, *args, **options):
    try:
        check(*args, **options)
    except PermissionEscalation:
        return True
    return False


def test_all_that_is_given_has_to_be_held(person):
    moderator = person("moderator")

    assert not refused(require_holding, moderator, ["user_read", "audit_read"])
    assert refused(require_holding, moderator, ["user_read", "user_manage"])
    assert not refused(require_holding, moderator, [])


def test_several_roles_add_up(person, make_role):
    make_role("readers", "ROLE_READ")
    both = person("moderator", "readers")

    assert not refused(require_holding, both, ["role_read", "audit_read"])


def test_the_program_itself_may_anything(person):
    assert not refused(require_holding, None, ["system_manage"])
    assert not refused(require_lasting, None, ["system_manage"], until=None)
    assert not refused(require_over, None, person("admin"))


def test_what_ran_out_is_not_held_and_what_will_is(person, yesterday, tomorrow):
    assert refused(require_holding, person("moderator", until=yesterday), ["user_read"])
    assert not refused(require_holding, person("moderator", until=tomorrow), ["user_read"])


def test_what_the_roles_allow_now_counts_and_not_what_the_request_came_in_with(person, role):
    moderator = person("moderator")
    assert moderator.has_perm("rbac.audit_read")

    role("moderator").permissions.clear()

    assert moderator.has_perm("rbac.audit_read")  # remembered
    assert refused(require_holding, moderator, ["audit_read"])


def test_a_grant_is_nothing_to_give_from(person):
    helper, owner = person("user"), person("user")
    assign_perm("user_manage", helper, owner)

    assert refused(require_holding, helper, ["user_manage"])


def test_for_how_long_something_is_held(person, role, yesterday, tomorrow):
    deputy = person("moderator", until=tomorrow)
    soon = tomorrow - timedelta(hours=1)

    assert not refused(require_lasting, deputy, ["user_read"], until=soon)
    assert not refused(require_lasting, deputy, ["user_read"], until=tomorrow)
    assert refused(require_lasting, deputy, ["user_read"], until=tomorrow + timedelta(seconds=1))
    assert refused(require_lasting, deputy, ["user_read"], until=None)
    assert not refused(require_lasting, deputy, [], until=None)
    assert not refused(require_lasting, person("moderator"), ["user_read"], until=None)
    assert refused(require_lasting, person("moderator", until=yesterday), ["user_read"], until=soon)


def test_each_permission_counts_by_the_role_that_lasts_longest(person, role, make_role, tomorrow):
    deputy = person("moderator", until=tomorrow)
    RoleAssignment.objects.create(user=deputy, role=make_role("readers", "USER_READ"))

    assert not refused(require_lasting, deputy, ["user_read"], until=None)
    assert refused(require_lasting, deputy, ["user_read", "audit_read"], until=None)


def test_nobody_acts_on_who_holds_something_they_lack(person):
    moderator, admin, owner = person("moderator"), person("admin"), person("user")

    assert refused(require_over, moderator, admin)
    assert refused(require_over, owner, moderator)
    assert not refused(require_over, moderator, owner)
    assert not refused(require_over, admin, moderator)


def test_who_holds_the_same_may_act_on_one_another_and_on_themselves(person):
    one, other = person("moderator"), person("moderator")

    assert not refused(require_over, one, other)
    assert not refused(require_over, one, one)


def test_one_more_on_either_side_is_enough_to_be_refused(person, make_role):
    make_role("readers", "USER_READ", "ROLE_READ")
    reader, moderator = person("readers"), person("moderator")

    assert refused(require_over, moderator, reader)
    assert refused(require_over, reader, moderator)


def test_what_ran_out_outranks_nobody(person, yesterday, tomorrow):
    moderator = person("moderator")

    assert not refused(require_over, moderator, person("admin", until=yesterday))
    assert refused(require_over, moderator, person("admin", until=tomorrow))


@pytest.mark.parametrize("state", ["suspended_at", "deactivated_at", "deleted_at"])
def test_who_is_away_outranks_all_the_same(person, state):
    admin = person("admin")
    setattr(admin, state, timezone.now())
    admin.save()

    assert refused(require_over, person("moderator"), admin)


def test_a_grant_outranks_whoever_could_not_do_the_same(person, make_role):
    make_role("managers", "USER_MANAGE")
    make_role("deleters", "USER_DELETE")
    helper, owner = person("user"), person("user")
    assign_perm("user_delete", helper, owner)

    assert refused(require_over, person("user"), helper)
    assert refused(require_over, person("managers"), helper)
    assert not refused(require_over, person("deleters"), helper)
    assert not refused(require_over, helper, helper)


def test_the_same_grant_is_as_good_but_not_one_on_somebody_else(person):
    helper, owner, other = person("user"), person("user"), person("user")
    one, another = person("user"), person("user")
    assign_perm("user_delete", helper, owner)
    assign_perm("user_delete", one, owner)
    assign_perm("user_delete", another, other)
    assign_perm("user_manage", another, owner)

    assert not refused(require_over, one, helper)
    assert not refused(require_over, helper, one)
    assert refused(require_over, another, helper)


def test_who_does_not_get_at_it_by_a_grant_is_named_among_many(person, make_role):
    make_role("managers", "USER_MANAGE")
    manager, helper, owner = person("managers"), person("user"), person("user")
    assign_perm("user_delete", helper, owner)
    assign_perm("user_manage", owner, helper)

    assert outranking(manager, [helper.pk, owner.pk]) == {helper.pk}


@pytest.mark.parametrize("state", ["suspended_at", "deactivated_at", "deleted_at"])
def test_who_is_out_acts_on_nobody_and_gives_nothing(person, state):
    away, owner = person("admin"), person("user")
    type(away).objects.filter(pk=away.pk).update(**{state: timezone.now()})

    for check in (
        lambda: require_in(away),
        lambda: require_holding(away, []),
        lambda: require_over(away, owner),
        lambda: outranking(away, []),
    ):
        with pytest.raises(SessionRevoked):
            check()
    require_in(None)


def test_many_are_judged_at_once(person, django_assert_max_num_queries):
    moderator, admins = person("moderator"), [person("admin") for _ in range(3)]
    others = [person("user") for _ in range(3)]
    ids = [one.pk for one in [*admins, *others]]

    with django_assert_max_num_queries(6):
        found = outranking(moderator, [*ids, uuid7()])

    assert found == {admin.pk for admin in admins}
    assert outranking(moderator, []) == set()


@pytest.mark.django_db(transaction=True)
def test_nothing_is_judged_outside_of_a_transaction(person):
    moderator, owner = person("moderator"), person("user")

    for check in (
        lambda: require_holding(moderator, ["user_read"]),
        lambda: require_lasting(moderator, ["user_read"], until=None),
        lambda: require_over(moderator, owner),
    ):
        with pytest.raises(RuntimeError):
            check()
        with transaction.atomic():
            check()


def test_a_role_of_another_app_of_the_same_name_is_no_permission(person):
    """The permissions on one person have the same codenames."""
    from django.contrib.auth.models import Permission as DjangoPermission

    other = Role.objects.create(name="imposters")
    other.permissions.set(DjangoPermission.objects.filter(content_type__app_label="accounts"))

    assert refused(require_holding, person("imposters"), ["user_manage"])
    assert not refused(require_over, person("user"), person("imposters"))
