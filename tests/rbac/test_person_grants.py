from datetime import timedelta

import pytest
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from guardian.backends import ObjectPermissionBackend
from guardian.exceptions import WrongAppError
from guardian.shortcuts import assign_perm, remove_perm

from rbac.models import PersonGrant, RoleGrant
from rbac.permissions import GRANTABLE, Permission

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("permission", GRANTABLE, ids=lambda permission: permission.name)
def test_a_grant_passes_for_that_person_and_no_other(person, again, permission):
    helper, owner, stranger = person("user"), person("user"), person("user")

    assign_perm(permission.value, helper, owner)

    helper = again(helper)
    assert helper.has_perm(permission.perm, owner)
    assert not helper.has_perm(permission.perm, stranger)
    assert not helper.has_perm(permission.perm)
    assert not stranger.has_perm(permission.perm, owner)


def test_a_grant_is_of_one_permission(person):
    helper, owner = person("user"), person("user")

    assign_perm("user_read", helper, owner)

    held = {permission for permission in Permission if helper.has_perm(permission.perm, owner)}
    assert held == {Permission.USER_READ}


def test_a_grant_taken_back_is_gone_at_the_next_request(person, again):
    helper, owner = person("user"), person("user")
    assign_perm("user_read", helper, owner)

    remove_perm("user_read", helper, owner)

    assert not again(helper).has_perm("rbac.user_read", owner)


def test_guardian_itself_would_raise_where_ours_says_no(person):
    helper, owner = person("user"), person("user")

    with pytest.raises(WrongAppError):
        ObjectPermissionBackend().has_perm(helper, "rbac.user_manage", owner)
    assert not helper.has_perm("rbac.user_manage", owner)


def test_on_anything_but_a_person_the_answer_is_no(person, role):
    helper = person("user")

    for thing in (role("user"), ContentType(), object(), "owner", type(helper)(id=None)):
        assert not helper.has_perm("rbac.user_manage", thing)


def test_one_person_is_looked_up_once_a_request(person, again, django_assert_num_queries):
    helper, owner = again(person("user")), person("user")
    ContentType.objects.get_for_model(owner)

    with django_assert_num_queries(2):  # the roles, then the grants
        for permission in GRANTABLE:
            helper.has_perm(permission.perm, owner)


def test_who_is_suspended_has_no_use_of_grants(person):
    helper, owner = person("user"), person("user")
    assign_perm("user_read", helper, owner)
    assert helper.has_perm("rbac.user_read", owner)

    helper.suspended_at = timezone.now()

    assert not helper.has_perm("rbac.user_read", owner)


def test_a_grant_to_a_role_counts_for_nothing(person, role):
    helper, owner = person("moderator", until=timezone.now() - timedelta(days=1)), person("user")
    grant = PersonGrant.objects.assign_perm("user_manage", helper, owner)
    RoleGrant.objects.create(
        group=role("moderator"),
        permission=grant.permission,
        content_type=grant.content_type,
        object_pk=grant.object_pk,
    )
    grant.delete()

    assert not helper.has_perm("rbac.user_manage", owner)
