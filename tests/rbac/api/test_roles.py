from datetime import timedelta

import pytest
from django.utils import timezone

from audit.kinds import Action
from audit.models import AuditEntry
from rbac.models import Role, RoleAssignment
from rbac.permissions import Permission
from tests.config.routes import NOBODY
from tests.factories import UserFactory, admin

pytestmark = pytest.mark.django_db


@pytest.fixture
def chief(client_for):
    """An admin's client."""
    return client_for(admin(username="chief"))


def by_name(api):
    return {role["name"]: role for role in api.get("roles").data["data"]["roles"]}


def test_the_three_that_come_with_the_program(chief):
    listed = by_name(chief)

    assert list(listed) == ["admin", "moderator", "user"]
    assert listed["admin"]["permissions"] == Permission.names
    assert listed["moderator"]["permissions"] == ["USER_READ", "USER_UPDATE", "AUDIT_READ"]
    assert listed["user"]["permissions"] == []
    assert all(role["isSystem"] for role in listed.values())


def test_one_role(chief):
    listed = by_name(chief)["moderator"]

    response = chief.get(f"roles/{listed['id']}")

    assert response.data["data"] == listed
    assert set(listed) == {
        "id", "name", "description", "permissions", "isSystem", "userCount", "createdAt",
        "updatedAt",
    }  # fmt: skip


@pytest.mark.parametrize("role_id", [NOBODY, "12", "null", "x%0A", "x" * 300])
def test_what_is_not_there_is_not_found(chief, role_id):
    for response in (
        chief.get(f"roles/{role_id}"),
        chief.put(f"roles/{role_id}", {"description": "x"}),
        chief.delete(f"roles/{role_id}"),
    ):
        assert response.status_code == 404
        assert response.data["code"] == "NOT_FOUND"


def test_all_permissions_in_the_contracts_order_each_with_words_for_it(chief):
    data = chief.get("roles/permissions").data["data"]

    assert data["permissions"] == [
        "USER_READ", "USER_CREATE", "USER_UPDATE", "USER_DELETE", "USER_MANAGE",
        "ROLE_READ", "ROLE_CREATE", "ROLE_UPDATE", "ROLE_DELETE", "ROLE_ASSIGN",
        "ADMIN_ACCESS", "ADMIN_SETTINGS", "AUDIT_READ", "SYSTEM_MANAGE",
    ]  # fmt: skip
    assert list(data["descriptions"]) == data["permissions"]
    assert data["descriptions"]["USER_READ"] == "See users"


def test_who_has_a_role_now_is_counted(chief):
    soon = UserFactory(roles=["moderator"])
    gone = UserFactory(roles=["moderator"])
    UserFactory(roles=["moderator"])
    now = timezone.now()
    moderators = RoleAssignment.objects.filter(role__name="moderator")
    moderators.filter(user=soon).update(expires_at=now + timedelta(minutes=1))
    moderators.filter(user=gone).update(expires_at=now - timedelta(seconds=1))

    counts = {name: role["userCount"] for name, role in by_name(chief).items()}

    assert counts == {"admin": 1, "moderator": 2, "user": 4}


def test_the_list_is_the_same_few_statements_however_many_there_are(
    chief, make_role, django_assert_max_num_queries
):
    for number in range(20):
        make_role("many_" + "x" * number, "USER_READ", "AUDIT_READ")
    chief.get("roles")

    # Who asks, what they hold, the roles, their permissions; the general limit has none.
    with django_assert_max_num_queries(5):
        listed = by_name(chief)

    assert len(listed) == 23


def test_making_one(chief):
    given = {
        "name": "support",
        "description": " Looks after people ",
        "permissions": ["AUDIT_READ", "USER_READ", "USER_READ"],
    }

    response = chief.post("roles", given)

    made = response.data["data"]
    assert response.status_code == 201
    assert (made["name"], made["description"]) == ("support", "Looks after people")
    assert made["permissions"] == ["USER_READ", "AUDIT_READ"]
    assert (made["isSystem"], made["userCount"]) == (False, 0)
    entry = AuditEntry.objects.get(action=Action.ROLE_CREATED)
    assert (entry.resource, entry.resource_id) == ("role", made["id"])
    assert entry.actor.username == "chief"
    assert entry.details == {
        "name": "support",
        "description": "Looks after people",
        "permissions": ["USER_READ", "AUDIT_READ"],
    }


def test_a_name_is_taken_once(chief):
    response = chief.post("roles", {"name": "moderator", "permissions": []})

    assert response.status_code == 409
    assert response.data["code"] == "ROLE_EXISTS"


def test_permissions_that_do_not_exist_are_named(chief):
    given = {"name": "support", "permissions": ["USER_READ", "user_read", "FLY"]}

    response = chief.post("roles", given)

    assert response.status_code == 400
    assert response.data["code"] == "UNKNOWN_PERMISSION"
    assert [fault["field"] for fault in response.data["errors"]] == [
        "permissions.1",
        "permissions.2",
    ]
    assert not Role.objects.filter(name="support").exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "ab"),
        ("name", "x" * 51),
        ("name", "Support"),
        ("name", "sup port"),
        ("name", "support2"),
        ("name", "sup\nport"),
        ("name", "süpport"),
        ("name", 12345),
        ("name", True),
        ("name", None),
        ("name", ["support"]),
        ("description", "x" * 256),
        ("description", "a\u202eb"),
        ("description", 7),
        ("description", {"en": "x"}),
        ("permissions", "USER_READ"),
        ("permissions", {"USER_READ": True}),
        ("permissions", None),
        ("permissions", 5),
        ("permissions", [5]),
        ("permissions", [None]),
        ("permissions", [["USER_READ"]]),
        ("permissions", ["USER_READ"] * 101),
    ],
)
def test_what_cannot_be_read_is_a_fault_of_the_field(chief, make_role, field, value):
    role = make_role("clerks")
    made = chief.post("roles", {"name": "support", "permissions": [], field: value})
    changed = chief.put(f"roles/{role.pk}", {field: value})

    for response in (made, changed):
        assert response.status_code == 422, response.data
        assert response.data["errors"][0]["field"].split(".")[0] == field
    assert Role.objects.count() == 4


def test_name_and_permissions_are_needed(chief):
    response = chief.post("roles", {})

    assert response.status_code == 422
    assert {fault["field"] for fault in response.data["errors"]} == {"name", "permissions"}


def test_nobody_makes_one_that_allows_more_than_they_may(client_for, holding):
    clerk = client_for(holding("ROLE_CREATE", "USER_READ"))

    refused = clerk.post("roles", {"name": "support", "permissions": ["USER_READ", "AUDIT_READ"]})
    made = clerk.post("roles", {"name": "support", "permissions": ["USER_READ"]})

    assert refused.status_code == 403
    assert refused.data["code"] == "PERMISSION_ESCALATION"
    assert made.status_code == 201
