from datetime import timedelta

import pytest
import time_machine
from django.db.models import Q
from django.utils import timezone
from guardian.shortcuts import assign_perm

from accounts.services.lifecycle import erasure
from audit.kinds import Action
from audit.models import AuditEntry
from notifications.models import Notification
from rbac.models import PersonGrant, Role, RoleAssignment
from rbac.permissions import GRANTABLE, Permission
from tests.config.routes import NOBODY
from tests.factories import UserFactory, admin, moderator

pytestmark = pytest.mark.django_db


@pytest.fixture
def chief(client_for):
    return client_for(admin(username="chief"))


@pytest.fixture
def helper(db):
    """Who is to be allowed something about `owner`."""
    return UserFactory(username="helper")


def grant(api, user, permission, on):
    return api.post(f"roles/user/{user.pk}/grants", {"permission": permission, "on": str(on.pk)})


@pytest.mark.parametrize("permission", GRANTABLE, ids=lambda permission: permission.name)
def test_each_of_the_five_can_be_held_on_one_person(chief, helper, owner, permission):
    response = grant(chief, helper, permission.name, owner)

    made = response.data["data"]
    assert response.status_code == 201
    assert (made["permission"], made["on"]) == (permission.name, str(owner.pk))
    assert helper.has_perm(permission.perm, owner)
    assert not helper.has_perm(permission.perm)


@pytest.mark.parametrize(
    "permission", [*sorted(set(Permission) - set(GRANTABLE)), "FLY", "user_read"]
)
def test_no_other_can(chief, helper, owner, permission):
    response = grant(chief, helper, getattr(permission, "name", permission), owner)

    assert (response.status_code, response.data["code"]) == (400, "UNKNOWN_PERMISSION")
    assert response.data["errors"][0]["field"] == "permission"
    assert not PersonGrant.objects.exists()


def test_it_is_recorded_and_who_gets_it_is_told(chief, helper, owner):
    made = grant(chief, helper, "USER_MANAGE", owner).data["data"]

    entry = AuditEntry.objects.get(action=Action.PERMISSION_GRANTED)
    assert (entry.user, entry.actor.username) == (helper, "chief")
    assert (entry.resource, entry.resource_id) == ("grant", made["id"])
    assert entry.details == {"permission": "USER_MANAGE", "on": str(owner.pk)}
    notice = Notification.objects.get()
    assert (notice.user, notice.type) == (helper, "ROLE_CHANGED")
    assert notice.metadata == {"permission": "USER_MANAGE", "on": str(owner.pk)}


def test_the_same_again_is_said_so(chief, helper, owner):
    grant(chief, helper, "USER_READ", owner)

    response = grant(chief, helper, "USER_READ", owner)

    assert (response.status_code, response.data["code"]) == (409, "ALREADY_GRANTED")
    assert PersonGrant.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("permission", None),
        ("permission", 5),
        ("permission", ["USER_READ"]),
        ("on", None),
        ("on", 5),
        ("on", "me"),
        ("on", ""),
    ],
)
def test_what_cannot_be_read_is_a_fault_of_the_field(chief, helper, owner, field, value):
    given = {"permission": "USER_READ", "on": str(owner.pk), field: value}

    response = chief.post(f"roles/user/{helper.pk}/grants", given)

    assert response.status_code == 422
    assert response.data["errors"][0]["field"] == field


def test_on_nobody_there_is_nothing_to_grant(chief, helper):
    given = {"permission": "USER_READ", "on": NOBODY}

    response = chief.post(f"roles/user/{helper.pk}/grants", given)

    assert response.status_code == 404
    assert not PersonGrant.objects.exists()


def test_somebodys_grants_the_newest_first(chief, helper, owner, stranger):
    first = grant(chief, helper, "USER_READ", owner).data["data"]
    second = grant(chief, helper, "USER_UPDATE", stranger).data["data"]
    grant(chief, stranger, "USER_READ", owner)

    data = chief.get(f"roles/user/{helper.pk}/grants").data["data"]
    page = chief.get(f"roles/user/{helper.pk}/grants", {"limit": 1}).data["data"]
    rest = chief.get(f"roles/user/{helper.pk}/grants", {"cursor": page["nextCursor"]}).data["data"]

    assert data["grants"] == [second, first]
    assert data["total"] == 2
    assert (page["grants"], rest["grants"]) == ([second], [first])


def test_one_taken_back_is_worth_nothing_at_the_next_request(chief, client_for, helper, owner):
    made = grant(chief, helper, "USER_READ", owner).data["data"]
    api = client_for(helper)
    assert api.get(f"roles/user/{owner.pk}").status_code == 200

    response = chief.delete(f"roles/user/{helper.pk}/grants/{made['id']}")

    assert response.status_code == 200
    assert api.get(f"roles/user/{owner.pk}").status_code == 403
    entry = AuditEntry.objects.get(action=Action.PERMISSION_REVOKED)
    assert (entry.user, entry.resource_id) == (helper, made["id"])
    assert entry.details == {"permission": "USER_READ", "on": str(owner.pk)}
    assert Notification.objects.filter(user=helper).count() == 2


def test_what_is_not_theirs_is_not_found(chief, helper, owner, stranger):
    made = grant(chief, helper, "USER_READ", owner).data["data"]

    others = chief.delete(f"roles/user/{stranger.pk}/grants/{made['id']}")
    nobodys = [chief.delete(f"roles/user/{helper.pk}/grants/{one}") for one in (NOBODY, "1")]

    assert [response.status_code for response in (others, *nobodys)] == [404] * 3
    assert PersonGrant.objects.count() == 1


def test_nobody_grants_what_no_role_of_theirs_allows(client_for, holding, helper, owner):
    user = holding("ROLE_ASSIGN", "USER_READ")
    assign_perm("user_manage", user, owner)  # held, but on one person alone
    clerk = client_for(user)

    refused = grant(clerk, helper, "USER_MANAGE", owner)
    granted = grant(clerk, helper, "USER_READ", owner)

    assert (refused.status_code, refused.data["code"]) == (403, "PERMISSION_ESCALATION")
    assert granted.status_code == 201


def test_nobody_grants_anything_to_or_on_who_holds_more(client_for, holding, helper):
    clerk = client_for(holding("ROLE_ASSIGN", "USER_READ"))
    person = moderator()

    for response in (
        grant(clerk, person, "USER_READ", helper),
        grant(clerk, helper, "USER_READ", person),
    ):
        assert (response.status_code, response.data["code"]) == (403, "PERMISSION_ESCALATION")


def test_nobody_takes_back_what_they_do_not_hold_or_from_who_holds_more(
    chief, client_for, holding, helper, owner
):
    person = moderator()
    above = grant(chief, helper, "USER_MANAGE", owner).data["data"]
    theirs = grant(chief, person, "USER_READ", owner).data["data"]
    clerk = client_for(holding("ROLE_ASSIGN", "USER_READ"))

    for response in (
        clerk.delete(f"roles/user/{helper.pk}/grants/{above['id']}"),
        clerk.delete(f"roles/user/{person.pk}/grants/{theirs['id']}"),
    ):
        assert (response.status_code, response.data["code"]) == (403, "PERMISSION_ESCALATION")
    assert PersonGrant.objects.count() == 2


def test_who_may_assign_to_one_person_hands_out_no_more_than_their_roles_allow(
    client_for, helper, owner, stranger
):
    for name in ("role_assign", "user_read"):
        assign_perm(name, helper, owner)
    api = client_for(helper)

    for permission in GRANTABLE:
        response = grant(api, owner, permission.name, stranger)
        assert (response.status_code, response.data["code"]) == (403, "PERMISSION_ESCALATION")
    assert grant(api, stranger, "USER_READ", owner).data["code"] == "PERMISSION_DENIED"


def test_who_holds_something_for_a_while_grants_it_to_others_not_to_themself(
    chief, client_for, helper, owner
):
    tomorrow = timezone.now() + timedelta(days=1)
    role = Role.objects.get(name="admin")
    deputy = UserFactory()
    RoleAssignment.objects.create(user=deputy, role=role, expires_at=tomorrow)
    api = client_for(deputy)

    to_oneself = grant(api, deputy, "USER_MANAGE", owner)
    to_another = grant(api, helper, "USER_MANAGE", owner)

    assert (to_oneself.status_code, to_oneself.data["code"]) == (403, "PERMISSION_ESCALATION")
    assert to_another.status_code == 201


def test_both_need_a_session_that_proved_itself_lately(chief, helper, owner):
    made = grant(chief, helper, "USER_READ", owner).data["data"]

    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        chief.token = chief.post("auth/refresh", {"refreshToken": chief.refresh_token}).data[
            "data"
        ]["accessToken"]
        responses = [
            grant(chief, helper, "USER_MANAGE", owner),
            chief.delete(f"roles/user/{helper.pk}/grants/{made['id']}"),
        ]
        seen = chief.get(f"roles/user/{helper.pk}/grants")

    assert [response.data["code"] for response in responses] == ["REAUTHENTICATION_REQUIRED"] * 2
    assert seen.status_code == 200


def test_erasure_takes_the_grants_of_and_on_a_person(chief, helper, owner, stranger):
    grant(chief, helper, "USER_READ", owner)
    grant(chief, owner, "USER_READ", stranger)
    grant(chief, helper, "USER_READ", stranger)

    erasure.erase(owner, only=Q(), asked="purge")

    assert [held.object_pk for held in PersonGrant.objects.all()] == [str(stranger.pk)]
