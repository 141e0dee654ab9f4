from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from audit.kinds import Action
from audit.models import AuditEntry
from config.common.times import wire
from notifications.models import Notification
from rbac.models import Role, RoleAssignment
from tests.config.routes import NOBODY
from tests.factories import UserFactory, admin, moderator

pytestmark = pytest.mark.django_db


@pytest.fixture
def chief(client_for):
    return client_for(admin(username="chief"))


@pytest.fixture
def give(chief):
    """Have the admin give a role: `give(owner, "moderator")`."""

    def assign(user, name, *, api=None, **body):
        given = {"roleId": str(Role.objects.get(name=name).pk), **body}
        return (api or chief).post(f"roles/user/{user.pk}/assign", given)

    return assign


@pytest.fixture
def take(chief):
    def remove(user, name, *, api=None):
        return (api or chief).delete(f"roles/user/{user.pk}/{Role.objects.get(name=name).pk}")

    return remove


def test_somebodys_roles_and_what_they_allow(chief, owner):
    plain = chief.get(f"roles/user/{owner.pk}").data["data"]
    theirs = chief.get(f"roles/user/{moderator().pk}").data["data"]

    assert plain == {"roles": ["user"], "permissions": []}
    assert theirs == {
        "roles": ["moderator", "user"],
        "permissions": ["USER_READ", "USER_UPDATE", "AUDIT_READ"],
    }


def test_a_role_given_opens_its_calls_at_the_next_request(give, client_for, owner, stranger):
    api = client_for(owner)
    assert api.get(f"roles/user/{stranger.pk}").status_code == 403

    response = give(owner, "moderator")

    assert response.status_code == 200
    assert response.data["data"]["role"] == "moderator"
    assert response.data["data"]["expiresAt"] is None
    assert api.get(f"roles/user/{stranger.pk}").status_code == 200


def test_it_is_recorded_and_the_person_is_told(give, owner, mails):
    give(owner, "moderator")

    entry = AuditEntry.objects.get(action=Action.ROLE_ASSIGNED)
    assert (entry.user, entry.actor.username) == (owner, "chief")
    assert entry.details == {"role": "moderator", "expiresAt": None}
    notice = Notification.objects.get(user=owner)
    assert (notice.type, notice.metadata["role"]) == ("ROLE_CHANGED", "moderator")
    [mail] = mails()
    assert mail.to == [owner.email]
    assert "moderator" in mail.body


def test_who_wants_no_such_mail_gets_none(give, owner, mails):
    owner.profile.preferences = {"notifications": {"ROLE_CHANGED": False}}
    owner.profile.save()

    give(owner, "moderator")

    assert mails() == []
    assert Notification.objects.filter(user=owner).count() == 1


def test_the_same_again_is_said_so(give, owner):
    give(owner, "moderator")

    response = give(owner, "moderator")

    assert (response.status_code, response.data["code"]) == (409, "ROLE_ALREADY_ASSIGNED")


def test_another_end_is_a_change(give, owner):
    tomorrow = wire(timezone.now() + timedelta(days=1))
    give(owner, "moderator")

    changed = give(owner, "moderator", expiresAt=tomorrow)
    same = give(owner, "moderator", expiresAt=tomorrow)
    for_good = give(owner, "moderator", expiresAt=None)

    assert (changed.status_code, changed.data["data"]["expiresAt"]) == (200, tomorrow)
    assert same.status_code == 409
    assert (for_good.status_code, for_good.data["data"]["expiresAt"]) == (200, None)


def test_at_its_end_a_role_stops_by_itself(give, client_for, owner, stranger):
    api = client_for(owner)
    give(owner, "moderator", expiresAt=wire(timezone.now() + timedelta(minutes=5)))
    assert api.get(f"roles/user/{stranger.pk}").status_code == 200

    with time_machine.travel(timezone.now() + timedelta(minutes=5, seconds=1)):
        response = api.get(f"roles/user/{stranger.pk}")

    assert response.status_code == 403
    assert RoleAssignment.objects.filter(user=owner, role__name="moderator").exists()


@pytest.mark.parametrize(
    "expires_at",
    ["2020-01-01T00:00:00Z", "tomorrow", 1790000000, True, "", [], "9999-12-31T23:59:59-12:00"],
)
def test_an_end_has_to_be_a_time_to_come(give, owner, expires_at):
    response = give(owner, "moderator", expiresAt=expires_at)

    assert response.status_code == 422
    assert response.data["errors"][0]["field"] == "expiresAt"


@pytest.mark.parametrize(
    "role_id", [None, 5, True, "5", "moderator", [], {}, NOBODY.replace("-", "")]
)
def test_a_role_is_named_by_its_id(chief, owner, role_id):
    response = chief.post(f"roles/user/{owner.pk}/assign", {"roleId": role_id})

    assert response.status_code == 422
    assert response.data["errors"][0]["field"] == "roleId"


@pytest.mark.parametrize("user_id", [NOBODY, "abc", "x%0A", "1"])
def test_who_is_not_there_is_not_found(chief, user_id):
    role = Role.objects.get(name="moderator").pk

    for response in (
        chief.get(f"roles/user/{user_id}"),
        chief.post(f"roles/user/{user_id}/assign", {"roleId": str(role)}),
        chief.delete(f"roles/user/{user_id}/{role}"),
        chief.get(f"roles/user/{user_id}/grants"),
        chief.post(f"roles/user/{user_id}/grants", {"permission": "USER_READ", "on": NOBODY}),
        chief.delete(f"roles/user/{user_id}/grants/{NOBODY}"),
        chief.get(f"roles/user/{user_id}/explain", {"permission": "USER_READ"}),
    ):
        assert (response.status_code, response.data["code"]) == (404, "NOT_FOUND")


def test_a_role_that_is_not_there_is_not_found(chief, owner):
    given = chief.post(f"roles/user/{owner.pk}/assign", {"roleId": NOBODY})
    taken = [chief.delete(f"roles/user/{owner.pk}/{role_id}") for role_id in (NOBODY, "abc", "1")]

    assert [response.status_code for response in (given, *taken)] == [404] * 4


def test_a_role_taken_away_closes_its_calls_at_the_next_request(take, client_for, owner, mails):
    person = moderator()
    api = client_for(person)
    assert api.get(f"roles/user/{owner.pk}").status_code == 200

    response = take(person, "moderator")

    assert response.status_code == 200
    assert api.get(f"roles/user/{owner.pk}").status_code == 403
    entry = AuditEntry.objects.get(action=Action.ROLE_REMOVED)
    assert (entry.user, entry.details) == (person, {"role": "moderator"})
    assert Notification.objects.get(user=person).type == "ROLE_CHANGED"
    assert "moderator" in mails()[-1].body


def test_what_somebody_does_not_have_cannot_be_taken(take, owner):
    response = take(owner, "moderator")

    assert response.status_code == 404


def test_the_last_role_stays(take, give, owner):
    assert take(owner, "user").data["code"] == "LAST_ROLE"

    give(owner, "moderator", expiresAt=wire(timezone.now() + timedelta(days=1)))
    response = take(owner, "user")

    assert (response.status_code, response.data["code"]) == (400, "LAST_ROLE")


def test_the_last_admin_stays_one(take, give):
    chief = RoleAssignment.objects.get(role__name="admin").user

    taken = take(chief, "admin")
    ended = give(chief, "admin", expiresAt=wire(timezone.now() + timedelta(days=1)))

    for response in (taken, ended):
        assert (response.status_code, response.data["code"]) == (409, "LAST_ADMIN")


def test_nobody_gives_or_takes_what_they_do_not_hold(
    give, take, client_for, holding, owner, roles_of
):
    clerk = client_for(holding("ROLE_ASSIGN", "USER_READ"))
    person = moderator()

    for response in (give(owner, "moderator", api=clerk), take(person, "moderator", api=clerk)):
        assert (response.status_code, response.data["code"]) == (403, "PERMISSION_ESCALATION")
    assert roles_of(owner) == {"user"}
    assert roles_of(person) == {"user", "moderator"}


def test_nobody_gives_or_takes_anything_where_somebody_holds_more(
    give, take, client_for, holding, make_role, roles_of
):
    make_role("clerks")
    person = moderator()
    RoleAssignment.objects.create(user=person, role=make_role("readers", "USER_READ"))
    clerk = client_for(holding("ROLE_ASSIGN", "USER_READ"))

    for response in (give(person, "clerks", api=clerk), take(person, "readers", api=clerk)):
        assert (response.status_code, response.data["code"]) == (403, "PERMISSION_ESCALATION")
    assert roles_of(person) == {"user", "moderator", "readers"}


def test_nobody_prolongs_what_they_hold_for_a_while(give, client_for, owner, stranger):
    tomorrow = timezone.now() + timedelta(days=1)
    give(owner, "admin", expiresAt=wire(tomorrow))
    deputy = client_for(owner)

    refused = [
        give(owner, "admin", api=deputy),
        give(owner, "moderator", api=deputy, expiresAt=wire(tomorrow + timedelta(seconds=1))),
    ]
    shortened = give(owner, "admin", api=deputy, expiresAt=wire(tomorrow - timedelta(hours=1)))
    to_others = give(stranger, "moderator", api=deputy)

    assert [response.data["code"] for response in refused] == ["PERMISSION_ESCALATION"] * 2
    assert (shortened.status_code, to_others.status_code) == (200, 200)


def test_a_deleted_account_keeps_its_roles_to_manage(give):
    response = give(UserFactory(deleted=True), "moderator")

    assert response.status_code == 200
