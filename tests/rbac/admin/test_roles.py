"""Roles in the staff site: every form calls the service that the API calls."""

import pytest

from audit.kinds import Action
from audit.models import AuditEntry
from rbac.models import Role, RoleAssignment
from rbac.permissions import Permission
from tests.factories import admin, moderator
from tests.rbac.admin.pages import ROLES, allowed, faults, role_named, said

pytestmark = pytest.mark.django_db


def test_roles_are_listed_with_how_many_have_them(chief):
    moderator()

    answer = chief.get(ROLES)

    rows = {role.name: role for role in answer.context["cl"].result_list}
    assert list(rows) == ["admin", "moderator", "user"]
    assert rows["user"].live_holders == 2


def test_a_role_is_made_from_the_matrix(chief):
    page = chief.get(f"{ROLES}add/").content.decode()
    given = {"name": "support", "description": "x", "allowed": ["USER_READ", "AUDIT_READ"]}

    answer = chief.post(f"{ROLES}add/", given)

    assert all(f'value="{name}"' in page for name in Permission.names)
    assert answer.status_code == 302
    assert allowed("support") == ["USER_READ", "AUDIT_READ"]
    entry = AuditEntry.objects.get(action=Action.ROLE_CREATED)
    assert entry.actor.username == "chief"
    assert entry.ip_address == "127.0.0.1"


@pytest.mark.parametrize("text", ["\u202ereversed", "a\x01b", "x" * 256])
def test_a_description_is_bounded_as_the_api_bounds_it(chief, client_for, text):
    given = {"name": "support", "description": text}

    page = chief.post(f"{ROLES}add/", {**given, "allowed": []})
    answer = client_for(admin()).post("roles", {**given, "permissions": []})

    assert len(faults(page)) == 1
    assert answer.status_code == 422
    assert Role.objects.count() == 3


def test_making_one_and_going_on_with_it_finds_it(chief):
    given = {"name": "support", "description": "", "allowed": [], "_continue": "1"}

    answer = chief.post(f"{ROLES}add/", given, follow=True)

    assert answer.context["original"] == role_named("support")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("moderator", "There is a role of this name already."),
        ("Support", "Only the letters a to z and “_” can be used here."),
        ("ab", "Ensure this value has at least 3 characters (it has 2)."),
    ],
)
def test_a_fault_is_told_in_the_form(chief, name, told):
    answer = chief.post(f"{ROLES}add/", {"name": name, "description": "", "allowed": []})

    assert faults(answer) == [told]
    assert Role.objects.count() == 3


def test_a_role_is_changed(chief):
    role = Role.objects.create(name="clerks")
    given = {"name": "helpers", "description": "Kind", "allowed": ["ROLE_READ"]}

    answer = chief.post(f"{ROLES}{role.pk}/change/", given)

    assert answer.status_code == 302
    assert allowed("helpers") == ["ROLE_READ"]
    details = AuditEntry.objects.get(action=Action.ROLE_UPDATED).details
    assert details["fields"] == ["name", "description", "permissions"]


def test_the_form_shows_what_the_role_allows(chief):
    page = chief.get(f"{ROLES}{role_named('moderator').pk}/change/")

    form = page.context["adminform"].form
    assert form["allowed"].initial == ["USER_READ", "USER_UPDATE", "AUDIT_READ"]


def test_what_the_system_keeps_cannot_be_changed_by_a_form_either(chief):
    given = {"name": "owners", "description": "All", "allowed": ["USER_READ"]}

    chief.post(f"{ROLES}{role_named('admin').pk}/change/", given)
    chief.post(f"{ROLES}{role_named('moderator').pk}/change/", given)

    assert allowed("admin") == Permission.names
    assert role_named("admin").description == "All"
    assert allowed("moderator") == ["USER_READ"]


def test_nobody_makes_or_changes_what_allows_more_than_they_may(browser_of):
    page = browser_of(Permission.ROLE_CREATE, Permission.ROLE_UPDATE, Permission.ROLE_READ)
    given = {"name": "support", "description": "", "allowed": ["AUDIT_READ"]}

    made = page.post(f"{ROLES}add/", given)
    changed = page.post(f"{ROLES}{role_named('user').pk}/change/", {**given, "name": "user"})

    for answer in (made, changed):
        assert faults(answer) == ["That takes a permission that you do not hold yourself."]
    assert allowed("user") == []
    assert Role.objects.filter(name="support").count() == 0


def test_a_role_is_deleted_with_its_entry(chief):
    role = Role.objects.create(name="clerks")

    asked = chief.get(f"{ROLES}{role.pk}/delete/").content.decode()
    answer = chief.post(f"{ROLES}{role.pk}/delete/", {"post": "yes"})

    assert "Yes, delete" in asked
    assert answer.status_code == 302
    assert not Role.objects.filter(name="clerks").exists()
    assert AuditEntry.objects.get(action=Action.ROLE_DELETED).actor.username == "chief"


def test_one_that_somebody_has_is_not_and_that_is_said(chief, owner):
    role = Role.objects.create(name="clerks")
    RoleAssignment.objects.create(user=owner, role=role)

    asked = chief.get(f"{ROLES}{role.pk}/delete/").content.decode()
    answer = chief.post(f"{ROLES}{role.pk}/delete/", {"post": "yes"}, follow=True)

    assert '<a href="/staff/accounts/user/?role=clerks">1 person has it</a>' in asked
    assert "Yes, delete" not in asked
    assert said(answer) == ["This role is still assigned. Remove it from everyone first."]
    assert Role.objects.filter(name="clerks").exists()


def test_roles_of_the_system_cannot_be_deleted(chief):
    answer = chief.post(f"{ROLES}{role_named('user').pk}/delete/", {"post": "yes"})

    assert answer.status_code == 403


def test_the_form_leads_to_who_has_the_role(chief, browser_of):
    moderator()
    form = f"{ROLES}{role_named('moderator').pk}/change/"

    page = chief.get(form).content.decode()
    without = browser_of(Permission.ROLE_READ).get(form).content.decode()

    assert '<a href="/staff/accounts/user/?role=moderator">1 person has it</a>' in page
    assert "1 person has it" in without
    assert "?role=moderator" not in without


@pytest.mark.parametrize(
    ("name", "told"),
    [("moderator", "Built in: it keeps its name"), ("admin", "This role always allows everything")],
)
def test_the_form_says_why_something_cannot_be_changed(chief, name, told):
    assert told in chief.get(f"{ROLES}{role_named(name).pk}/change/").content.decode()
