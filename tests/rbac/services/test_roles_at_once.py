"""Two who change roles in the same moment: one of them comes first, and the other sees it."""

import pytest
from django.db import connection

from audit.kinds import Action
from audit.models import AuditEntry
from config.common.errors import NotFound
from config.common.request_meta import RequestMeta
from rbac.errors import RoleInUse
from rbac.models import PersonGrant, Role, RoleAssignment
from rbac.services import assignments, grants, roles
from tests.rbac.together import together

pytestmark = pytest.mark.django_db(transaction=True)
META = RequestMeta()
ROUNDS = 20 if connection.vendor == "postgresql" else 3


def named(number):
    return f"role_{'x' * number}"


def kinds(results):
    return sorted(type(result).__name__ for result in results)


def test_one_name_is_given_once():
    for number in range(1, ROUNDS + 1):
        name = named(number)

        results = together(
            *[lambda name=name: roles.create(name, permissions=["USER_READ"], by=None, meta=META)]
            * 4
        )

        assert kinds(results) == ["Role", *["RoleExists"] * 3], results
        assert Role.objects.get(name=name).permissions.count() == 1
    assert AuditEntry.objects.filter(action=Action.ROLE_CREATED).count() == ROUNDS


def test_two_roles_renamed_to_one_name_are_not_called_the_same():
    for number in range(1, ROUNDS + 1):
        both = [Role.objects.create(name=f"{side}_{named(number)}") for side in ("one", "two")]

        results = together(
            *[
                lambda role=role, number=number: roles.update(
                    role.pk, name=named(number), by=None, meta=META
                )
                for role in both
            ]
        )

        assert kinds(results) == ["Role", "RoleExists"], results


def test_a_role_deleted_while_it_is_given_is_either_there_or_gone(person):
    owner = person("user")
    for number in range(1, ROUNDS + 1):
        role = Role.objects.create(name=named(number))

        deleted, given = together(
            lambda role=role: roles.delete(role.pk, by=None, meta=META),
            lambda role=role: assignments.assign(owner, role, by=None, meta=META),
        )

        if isinstance(deleted, RoleInUse):
            assert isinstance(given, RoleAssignment)
            assert RoleAssignment.objects.filter(user=owner, role=role).exists()
        else:
            assert (deleted, type(given)) == (None, NotFound)
            assert not Role.objects.filter(pk=role.pk).exists()


def test_a_role_made_to_allow_more_while_it_is_given_gives_nothing_that_the_giver_lacks(
    person, make_role
):
    make_role("clerks", "ROLE_ASSIGN", "USER_READ")
    clerk = person("clerks")
    for number in range(1, ROUNDS + 1):
        role, owner = make_role(named(number), "USER_READ"), person("user")

        _edited, given = together(
            lambda role=role: roles.update(
                role.pk, permissions=["SYSTEM_MANAGE"], by=None, meta=META
            ),
            lambda role=role, owner=owner: assignments.assign(owner, role, by=clerk, meta=META),
        )

        # Whoever gave it gave what they held: the edit came afterwards, by who may do that.
        actions = list(
            AuditEntry.objects.filter(resource_id=role.pk).order_by("pk").values_list("action")
        )
        if isinstance(given, RoleAssignment):
            assert actions[0] == (Action.ROLE_ASSIGNED,)
        else:
            assert type(given).__name__ == "PermissionEscalation"
            assert actions == [(Action.ROLE_UPDATED,)]


def test_one_grant_is_given_once(person):
    for _ in range(ROUNDS):
        helper, owner = person("user"), person("user")

        results = together(
            *[
                lambda helper=helper, owner=owner: grants.grant(
                    helper, "USER_READ", on=owner.pk, by=None, meta=META
                )
            ]
            * 3
        )

        assert kinds(results) == ["AlreadyGranted", "AlreadyGranted", "PersonGrant"], results
        assert PersonGrant.objects.filter(user=helper).count() == 1


def test_two_who_grant_on_each_other_do_not_wait_for_each_other(person):
    for _ in range(ROUNDS):
        one, other = person("user"), person("user")

        results = together(
            lambda one=one, other=other: grants.grant(
                one, "USER_READ", on=other.pk, by=None, meta=META
            ),
            lambda one=one, other=other: grants.grant(
                other, "USER_READ", on=one.pk, by=None, meta=META
            ),
        )

        assert kinds(results) == ["PersonGrant", "PersonGrant"], results
