"""`@operation(permission=…, on="user_id")`: held by a role, or on the person in the path alone."""

import pytest
from guardian.shortcuts import assign_perm

from rbac.models import Role
from rbac.permissions import GRANTABLE
from tests.config.routes import NOBODY, calls
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
USER_READ = "roles/user/{}"


@pytest.fixture
def helper(db):
    return UserFactory(username="helper")


def test_a_role_opens_it_for_everybody(client_for, holding, owner, stranger):
    api = client_for(holding("USER_READ"))

    statuses = [api.get(USER_READ.format(person.pk)).status_code for person in (owner, stranger)]

    assert statuses == [200, 200]


def test_a_grant_opens_it_for_that_person_and_no_other(client_for, helper, owner, stranger):
    assign_perm("user_read", helper, owner)
    api = client_for(helper)

    on_owner = api.get(USER_READ.format(owner.pk))
    others = [api.get(USER_READ.format(person.pk)) for person in (stranger, helper)]

    assert on_owner.status_code == 200
    assert [response.data["code"] for response in others] == ["PERMISSION_DENIED"] * 2


def test_an_id_in_another_spelling_is_the_same_person_or_nobody(client_for, helper, owner):
    assign_perm("user_read", helper, owner)
    api = client_for(helper)

    shouted = api.get(USER_READ.format(str(owner.pk).upper()))
    bare = api.get(USER_READ.format(owner.pk.hex))

    assert shouted.status_code == 200
    assert bare.data["code"] == "PERMISSION_DENIED"


def test_a_grant_of_another_permission_opens_nothing(client_for, helper, owner):
    for permission in GRANTABLE:
        if permission.name != "USER_READ":
            assign_perm(permission.value, helper, owner)

    response = client_for(helper).get(USER_READ.format(owner.pk))

    assert response.data["code"] == "PERMISSION_DENIED"


@pytest.mark.parametrize("user_id", [NOBODY, "1", "abc", "x" * 300, "x%0A"])
def test_who_does_not_exist_looks_like_anybody_else(client_for, holding, helper, owner, user_id):
    assign_perm("user_read", helper, owner)

    refused = client_for(helper).get(USER_READ.format(user_id))
    missed = client_for(holding("USER_READ")).get(USER_READ.format(user_id))

    assert (refused.status_code, refused.data["code"]) == (403, "PERMISSION_DENIED")
    assert (missed.status_code, missed.data["code"]) == (404, "NOT_FOUND")


def test_a_grant_opens_no_call_about_everybody(client_for, helper, owner):
    for permission in GRANTABLE:
        assign_perm(permission.value, helper, owner)

    responses = [client_for(helper).get(path) for path in ("roles", "roles/permissions")]

    assert [response.data["code"] for response in responses] == ["PERMISSION_DENIED"] * 2


def test_who_may_assign_to_one_person_gives_them_nothing_that_they_do_not_hold(
    client_for, helper, owner, stranger, make_role
):
    assign_perm("role_assign", helper, owner)
    empty = make_role("badge")
    api = client_for(helper)

    def give(user, role):
        return api.post(f"roles/user/{user.pk}/assign", {"roleId": str(role.pk)})

    assert give(owner, empty).status_code == 200
    assert api.delete(f"roles/user/{owner.pk}/{empty.pk}").status_code == 200
    assert give(stranger, empty).data["code"] == "PERMISSION_DENIED"
    assert give(helper, empty).data["code"] == "PERMISSION_DENIED"
    moderator = Role.objects.get(name="moderator")
    assert give(owner, moderator).data["code"] == "PERMISSION_ESCALATION"


def test_who_is_suspended_has_no_use_of_a_grant(client_for, helper, owner):
    assign_perm("user_read", helper, owner)
    api = client_for(helper)

    helper.suspended_at = helper.created_at
    helper.save()

    assert api.get(USER_READ.format(owner.pk)).status_code == 401


def test_only_what_can_be_granted_is_gated_so_and_by_a_parameter_that_is_there():
    gated = [
        (call, gate)
        for call in calls()
        for gate in call.operation.permissions
        if getattr(gate, "on", "")
    ]

    assert len(gated) > 5
    for call, gate in gated:
        assert gate.permission in {permission.perm for permission in GRANTABLE}, call.name
        assert "userId" in call.parameters, call.name
