from datetime import timedelta

import pytest
from django.utils import timezone

from rbac import selectors
from rbac.models import RoleAssignment
from rbac.permissions import Permission

pytestmark = pytest.mark.django_db


def test_only_roles_in_force_are_named(person, role):
    owner = person("user", "admin")
    RoleAssignment.objects.create(
        user=owner, role=role("moderator"), expires_at=timezone.now() - timedelta(seconds=1)
    )

    assert selectors.role_names(owner.pk) == ["admin", "user"]


def test_permissions_are_named_in_the_contracts_order(person):
    assert selectors.permission_names(person("moderator").pk) == [
        "USER_READ", "USER_UPDATE", "AUDIT_READ",
    ]  # fmt: skip
    assert selectors.permission_names(person("user").pk) == []


def test_each_is_one_query(person, django_assert_num_queries):
    owner = person("user", "admin")

    with django_assert_num_queries(2):
        selectors.role_names(owner.pk)
        selectors.permission_names(owner.pk)


def test_holders_are_found_once_each_whatever_number_of_roles_allows_it(person):
    both, moderator = person("admin", "moderator"), person("moderator")
    person("user")
    person("admin", until=timezone.now() - timedelta(seconds=1))

    holders = list(selectors.holders(Permission.AUDIT_READ).order_by("username"))

    assert holders == [both, moderator]
