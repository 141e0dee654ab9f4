"""A role is changed, or deleted."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.kinds import Action
from audit.models import AuditEntry
from rbac.models import Role, RoleAssignment
from rbac.permissions import Permission
from tests.factories import UserFactory, admin

pytestmark = pytest.mark.django_db


@pytest.fixture
def chief(client_for):
    return client_for(admin())


def role_named(name):
    return Role.objects.get(name=name)


def allowed(role):
    return set(role.permissions.values_list("codename", flat=True))


def test_what_is_given_changes_and_the_rest_stays(chief, make_role):
    role = make_role("clerks", "USER_READ", description="As before")

    response = chief.put(f"roles/{role.pk}", {"name": "helpers", "permissions": ["AUDIT_READ"]})

    data = response.data["data"]
    assert response.status_code == 200
    assert (data["name"], data["description"]) == ("helpers", "As before")
    assert data["permissions"] == ["AUDIT_READ"]


def test_the_entry_tells_field_by_field_what_was_and_what_is(chief, make_role):
    role = make_role("clerks", "USER_READ", description="As before")

    chief.put(
        f"roles/{role.pk}",
        {"name": "clerks", "description": "Otherwise", "permissions": ["USER_READ", "AUDIT_READ"]},
    )

    entry = AuditEntry.objects.get(action=Action.ROLE_UPDATED)
    assert (entry.resource, entry.resource_id) == ("role", str(role.pk))
    assert entry.details == {
        "role": "clerks",
        "fields": ["description", "permissions"],
        "old": {"description": "As before", "permissions": ["USER_READ"]},
        "new": {"description": "Otherwise", "permissions": ["USER_READ", "AUDIT_READ"]},
    }


def test_the_same_again_is_no_change(chief, make_role):
    role = make_role("clerks", "USER_READ")

    response = chief.put(f"roles/{role.pk}", {"name": "clerks", "permissions": ["USER_READ"]})

    assert response.status_code == 200
    assert Role.objects.get(pk=role.pk).updated_at == role.updated_at
    assert not AuditEntry.objects.filter(action=Action.ROLE_UPDATED).exists()


def test_the_time_of_the_change_is_kept_when_only_permissions_change(chief, make_role):
    role = make_role("clerks", "USER_READ")

    chief.put(f"roles/{role.pk}", {"permissions": []})

    assert Role.objects.get(pk=role.pk).updated_at > role.updated_at


def test_whoever_holds_it_may_do_more_or_less_from_the_next_request_on(
    chief, client_for, holding, make_role
):
    user = holding("USER_READ")
    role = Role.objects.get(name__startswith="held_")
    holder = client_for(user)
    target = f"roles/user/{user.pk}"
    assert holder.get(target).status_code == 200

    chief.put(f"roles/{role.pk}", {"permissions": ["ROLE_READ"]})

    assert holder.get(target).status_code == 403
    assert holder.get("roles").status_code == 200
    chief.put(f"roles/{role.pk}", {"permissions": []})
    assert holder.get("roles").status_code == 403


def test_a_name_that_another_role_has_is_refused(chief, make_role):
    role = make_role("clerks")

    response = chief.put(f"roles/{role.pk}", {"name": "moderator"})

    assert response.status_code == 409
    assert response.data["code"] == "ROLE_EXISTS"


@pytest.mark.parametrize("name", ["admin", "moderator", "user"])
def test_roles_of_the_system_keep_their_names(chief, name):
    role = role_named(name)

    refused = chief.put(f"roles/{role.pk}", {"name": "another"})
    kept = chief.put(f"roles/{role.pk}", {"name": name, "description": "In other words"})

    assert (refused.status_code, refused.data["code"]) == (400, "SYSTEM_ROLE")
    assert kept.data["data"]["description"] == "In other words"


@pytest.mark.parametrize("permissions", [[], ["USER_READ"], Permission.names[:-1]])
def test_admin_allows_everything_and_always_will(chief, permissions):
    response = chief.put(f"roles/{role_named('admin').pk}", {"permissions": permissions})

    assert (response.status_code, response.data["code"]) == (400, "SYSTEM_ROLE")
    assert len(allowed(role_named("admin"))) == len(Permission)


def test_what_the_other_roles_of_the_system_allow_is_staffs_to_change(chief):
    response = chief.put(f"roles/{role_named('moderator').pk}", {"permissions": ["USER_READ"]})

    assert response.status_code == 200
    assert allowed(role_named("moderator")) == {"user_read"}


def test_an_unknown_permission_changes_nothing(chief, make_role):
    role = make_role("clerks", "USER_READ")

    response = chief.put(f"roles/{role.pk}", {"name": "helpers", "permissions": ["FLY"]})

    assert (response.status_code, response.data["code"]) == (400, "UNKNOWN_PERMISSION")
    assert Role.objects.get(pk=role.pk).name == "clerks"


@pytest.mark.parametrize(
    ("before", "change"),
    [
        (["USER_READ"], {"permissions": ["USER_READ", "AUDIT_READ"]}),
        (["USER_READ", "AUDIT_READ"], {"permissions": ["USER_READ"]}),
        (["AUDIT_READ"], {"description": "Mine now"}),
    ],
    ids=["adds it", "takes it out", "has it"],
)
def test_a_permission_that_one_lacks_closes_a_role(client_for, holding, make_role, before, change):
    role = make_role("clerks", *before)
    clerk = client_for(holding("ROLE_UPDATE", "ROLE_DELETE", "USER_READ"))

    response = clerk.put(f"roles/{role.pk}", change)

    assert (response.status_code, response.data["code"]) == (403, "PERMISSION_ESCALATION")
    assert allowed(role) == {Permission[name].value for name in before}


def test_deleting_one(chief, make_role):
    role = make_role("clerks", "USER_READ")

    response = chief.delete(f"roles/{role.pk}")

    assert response.status_code == 200
    assert not Role.objects.filter(pk=role.pk).exists()
    entry = AuditEntry.objects.get(action=Action.ROLE_DELETED)
    assert (entry.resource, entry.resource_id) == ("role", str(role.pk))
    assert entry.details == {"name": "clerks", "description": "", "permissions": ["USER_READ"]}
    assert chief.get(f"roles/{role.pk}").status_code == 404


@pytest.mark.parametrize("name", ["admin", "moderator", "user"])
def test_roles_of_the_system_stay(chief, name):
    response = chief.delete(f"roles/{role_named(name).pk}")

    assert (response.status_code, response.data["code"]) == (400, "SYSTEM_ROLE")


def test_one_that_somebody_has_stays(chief, make_role, holding):
    holding("USER_READ")
    role = Role.objects.get(name__startswith="held_")

    response = chief.delete(f"roles/{role.pk}")

    assert (response.status_code, response.data["code"]) == (400, "ROLE_IN_USE")


def test_who_had_it_until_yesterday_does_not_hold_it_back(chief, make_role):
    role, owner = make_role("clerks"), UserFactory()
    yesterday = timezone.now() - timedelta(days=1)
    RoleAssignment.objects.create(user=owner, role=role, expires_at=yesterday)

    response = chief.delete(f"roles/{role.pk}")

    assert response.status_code == 200
    assert AuditEntry.objects.filter(action=Action.ROLE_EXPIRED, user=owner).count() == 1


def test_one_that_allows_what_one_lacks_is_not_ones_to_delete(client_for, holding, make_role):
    role = make_role("clerks", "AUDIT_READ")
    clerk = client_for(holding("ROLE_DELETE", "USER_READ"))

    response = clerk.delete(f"roles/{role.pk}")

    assert (response.status_code, response.data["code"]) == (403, "PERMISSION_ESCALATION")
    assert Role.objects.filter(pk=role.pk).exists()
