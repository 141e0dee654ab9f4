"""Each call is opened by its one permission and by no other."""

import pytest

from rbac.models import Role
from rbac.permissions import Permission
from tests.conftest import ApiClient

pytestmark = pytest.mark.django_db

ROLES = {
    "GET roles": "ROLE_READ",
    "GET roles/permissions": "ROLE_READ",
    "GET roles/{role}": "ROLE_READ",
    "POST roles": "ROLE_CREATE",
    "PUT roles/{role}": "ROLE_UPDATE",
    "DELETE roles/{role}": "ROLE_DELETE",
    "GET roles/user/{user}": "USER_READ",
    "POST roles/user/{user}/assign": "ROLE_ASSIGN",
    "DELETE roles/user/{user}/{role}": "ROLE_ASSIGN",
    "GET roles/user/{user}/grants": "ROLE_ASSIGN",
    "POST roles/user/{user}/grants": "ROLE_ASSIGN",
    "DELETE roles/user/{user}/grants/{role}": "ROLE_ASSIGN",
    "GET roles/user/{user}/explain": "ROLE_READ",
}


@pytest.fixture
def answers(client_for, holding, owner):
    """What each call answers to somebody with these permissions; nothing is given to any."""
    role = Role.objects.get(name="user")

    def ask(*permissions):
        api: ApiClient = client_for(holding(*permissions))
        return {
            call: api.call(
                call.partition(" ")[0],
                call.partition(" ")[2].format(role=role.pk, user=owner.pk),
                {},
            )
            for call in ROLES
        }

    return ask


@pytest.mark.parametrize("permission", Permission.names)
def test_a_permission_opens_its_calls_and_no_others(answers, permission):
    responses = answers(permission)

    opened = {
        call
        for call, response in responses.items()
        if response.status_code != 403 or response.data["code"] != "PERMISSION_DENIED"
    }
    assert opened == {call for call, needed in ROLES.items() if needed == permission}


def test_nobody_without_one_gets_in(answers):
    responses = answers()

    assert {response.data["code"] for response in responses.values()} == {"PERMISSION_DENIED"}
