from datetime import timedelta

import pytest
from django.utils import timezone
from guardian.shortcuts import assign_perm

from rbac.models import PersonGrant, Role, RoleAssignment
from rbac.permissions import Permission
from tests.config.routes import NOBODY
from tests.factories import UserFactory, admin, moderator

pytestmark = pytest.mark.django_db


@pytest.fixture
def explain(client_for):
    chief = client_for(admin())

    def ask(user, permission, on=None):
        asked = {"permission": permission, **({"on": str(on.pk)} if on else {})}
        response = chief.get(f"roles/user/{user.pk}/explain", asked)
        assert response.status_code == 200, response.data
        return response.data["data"]

    return ask


def test_the_role_that_decides_is_named(explain):
    role = Role.objects.get(name="moderator")

    found = explain(moderator(), "AUDIT_READ")

    assert found == {
        "allowed": True,
        "because": [{"kind": "role", "id": str(role.pk), "name": "moderator", "expiresAt": None}],
        "missing": [],
    }


def test_every_role_that_suffices_is_named(explain):
    found = explain(UserFactory(roles=["moderator", "admin"]), "AUDIT_READ")

    assert [reason["name"] for reason in found["because"]] == ["admin", "moderator"]


def test_what_would_do_is_named_where_the_answer_is_no(explain, owner):
    found = explain(owner, "AUDIT_READ")

    assert (found["allowed"], found["because"]) == (False, [])
    assert [(reason["kind"], reason["name"]) for reason in found["missing"]] == [
        ("role", "admin"),
        ("role", "moderator"),
    ]


def test_a_grant_decides_about_that_person_and_no_other(explain, owner, stranger):
    helper = UserFactory()
    assign_perm("user_manage", helper, owner)

    on_owner = explain(helper, "USER_MANAGE", owner)
    on_stranger = explain(helper, "USER_MANAGE", stranger)
    on_all = explain(helper, "USER_MANAGE")

    grant = {"kind": "grant", "permission": "USER_MANAGE", "on": str(owner.pk)}
    assert on_owner["allowed"]
    assert on_owner["because"] == [{**grant, "id": str(PersonGrant.objects.get().pk)}]
    assert not on_stranger["allowed"]
    assert on_stranger["missing"][-1] == {**grant, "on": str(stranger.pk)}
    assert not on_all["allowed"]
    assert {reason["kind"] for reason in on_all["missing"]} == {"role"}


def test_no_grant_would_do_for_what_cannot_be_granted(explain, owner, stranger):
    found = explain(owner, "AUDIT_READ", stranger)

    assert {reason["kind"] for reason in found["missing"]} == {"role"}


def test_a_role_that_ran_out_decides_nothing_and_is_missing_with_its_end(explain, owner):
    yesterday = timezone.now() - timedelta(days=1)
    role = Role.objects.get(name="moderator")
    RoleAssignment.objects.create(user=owner, role=role, expires_at=yesterday)

    found = explain(owner, "AUDIT_READ")

    ends = {reason["name"]: reason["expiresAt"] for reason in found["missing"]}
    assert not found["allowed"]
    assert ends["admin"] is None
    assert ends["moderator"].startswith(f"{yesterday:%Y-%m-%d}")


def test_a_role_with_an_end_decides_until_then(explain, owner):
    tomorrow = timezone.now() + timedelta(days=1)
    role = Role.objects.get(name="moderator")
    RoleAssignment.objects.create(user=owner, role=role, expires_at=tomorrow)

    found = explain(owner, "AUDIT_READ")

    assert found["because"][0]["expiresAt"].startswith(f"{tomorrow:%Y-%m-%d}")


@pytest.mark.parametrize("state", ["suspended", "deactivated", "deleted"])
def test_an_account_that_is_not_active_may_nothing(explain, state):
    person = moderator(**{state: True})

    held, not_held = explain(person, "AUDIT_READ"), explain(person, "ROLE_READ")

    account = {"kind": "account", "name": "inactive"}
    assert held == {"allowed": False, "because": [], "missing": [account]}
    assert not_held["missing"][0] == account
    assert not_held["missing"][1]["name"] == "admin"


@pytest.mark.parametrize("permission", list(Permission), ids=lambda permission: permission.name)
def test_it_says_what_the_program_itself_would_answer(explain, owner, permission):
    assign_perm("user_delete", helper := UserFactory(), owner)
    late = RoleAssignment(role=Role.objects.get(name="admin"), user=UserFactory())
    late.expires_at = timezone.now() - timedelta(seconds=1)
    late.save()

    for person in (owner, helper, late.user, moderator(), moderator(suspended=True), admin()):
        for target in (None, owner):
            said = explain(person, permission.name, target)["allowed"]
            assert said == type(person).objects.get(pk=person.pk).has_perm(permission.perm, target)


@pytest.mark.parametrize(
    "permission", ["FLY", "user_read", "rbac.user_read", "USER_READ,AUDIT_READ"]
)
def test_a_permission_that_does_not_exist_is_said_so(client_for, owner, permission):
    response = client_for(admin()).get(f"roles/user/{owner.pk}/explain", {"permission": permission})

    assert (response.status_code, response.data["code"]) == (400, "UNKNOWN_PERMISSION")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 422),
        ("permission=", 422),
        ("permission=%01", 422),
        ("permission=USER_READ&on=me", 422),
        ("permission=USER_READ&on=5", 422),
        (f"permission=USER_READ&on={NOBODY}", 404),
        ("permission=USER_READ&on=", 200),
    ],
)
def test_what_cannot_be_answered_is_said_so(client_for, owner, query, status):
    response = client_for(admin()).get(f"roles/user/{owner.pk}/explain?{query}")

    assert response.status_code == status
