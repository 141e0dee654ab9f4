"""Roles in the staff site: every form calls the service that the API calls."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from audit.kinds import Action
from audit.models import AuditEntry
from rbac.models import PersonGrant, Role, RoleAssignment
from rbac.permissions import Permission
from tests.factories import UserFactory, admin, moderator
from tests.staff import holding

pytestmark = pytest.mark.django_db
ROLES, ASSIGNMENTS, GRANTS = (
    f"/staff/rbac/{model}/" for model in ("role", "roleassignment", "persongrant")
)


@pytest.fixture
def chief(client):
    """A browser of somebody who may everything."""
    client.force_login(admin(username="chief"))
    return client


@pytest.fixture
def browser_of(client):
    """A browser of somebody who may open the staff site and do what is named."""

    def sign_in(*permissions):
        client.force_login(holding(Permission.ADMIN_ACCESS, *permissions))
        return client

    return sign_in


@pytest.fixture(autouse=True)
def _django_keeps_no_log_of_its_own():
    yield
    assert not LogEntry.objects.exists()


def role_named(name):
    return Role.objects.get(name=name)


def allowed(name):
    held = set(role_named(name).permissions.values_list("codename", flat=True))
    return [permission.name for permission in Permission if permission.value in held]


def faults(answer):
    """What the form says is wrong, each field's and the form's own."""
    assert answer.status_code == 200, answer
    form = answer.context["adminform"].form
    return [str(fault) for listed in form.errors.values() for fault in listed]


def said(answer):
    """The last that the next page says."""
    return [str(message) for message in answer.context["messages"]][-1:]


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

    answer = chief.post(f"{ROLES}{role.pk}/delete/", {"post": "yes"})

    assert answer.status_code == 302
    assert not Role.objects.filter(name="clerks").exists()
    assert AuditEntry.objects.get(action=Action.ROLE_DELETED).actor.username == "chief"


def test_one_that_somebody_has_is_not_and_that_is_said(chief, owner):
    role = Role.objects.create(name="clerks")
    RoleAssignment.objects.create(user=owner, role=role)

    answer = chief.post(f"{ROLES}{role.pk}/delete/", {"post": "yes"}, follow=True)

    assert said(answer) == ["This role is still assigned. Remove it from everyone first."]
    assert Role.objects.filter(name="clerks").exists()


def test_roles_of_the_system_cannot_be_deleted(chief):
    answer = chief.post(f"{ROLES}{role_named('user').pk}/delete/", {"post": "yes"})

    assert answer.status_code == 403


def test_a_role_is_given_by_name_of_the_person(chief, owner):
    tomorrow = timezone.now() + timedelta(days=1)
    given = {
        "user": owner.email.upper(),
        "role": str(role_named("moderator").pk),
        "expires_at_0": f"{tomorrow:%Y-%m-%d}",
        "expires_at_1": f"{tomorrow:%H:%M:%S}",
    }

    answer = chief.post(f"{ASSIGNMENTS}add/", given)

    assert answer.status_code == 302
    made = RoleAssignment.objects.get(user=owner, role__name="moderator")
    assert made.assigned_by.username == "chief"
    assert made.expires_at.date() == tomorrow.date()
    assert AuditEntry.objects.get(action=Action.ROLE_ASSIGNED).user == owner


def test_who_has_it_already_and_who_is_nobody_is_told_in_the_form(chief):
    given = {"role": str(role_named("moderator").pk), "expires_at_0": "", "expires_at_1": ""}

    again = chief.post(f"{ASSIGNMENTS}add/", {**given, "user": moderator().username})
    nobody = chief.post(f"{ASSIGNMENTS}add/", {**given, "user": "nobody_here"})

    assert faults(again) == ["This person has this role already."]
    assert faults(nobody) == ["There is nobody of this email, username or id."]


def test_an_assignment_gets_another_end_and_loses_it(chief, owner):
    made = RoleAssignment.objects.create(user=owner, role=role_named("moderator"))
    page = f"{ASSIGNMENTS}{made.pk}/change/"
    later = {"expires_at_0": "2199-01-01", "expires_at_1": "12:00:00"}

    chief.post(page, later)
    made.refresh_from_db()
    first = made.expires_at
    chief.post(page, later)
    chief.post(page, {"expires_at_0": "", "expires_at_1": ""})
    made.refresh_from_db()

    assert (first.year, made.expires_at) == (2199, None)
    assert AuditEntry.objects.filter(action=Action.ROLE_ASSIGNED).count() == 2


def test_an_end_in_the_past_is_told_in_the_form(chief, owner):
    made = RoleAssignment.objects.create(user=owner, role=role_named("moderator"))
    given = {"expires_at_0": "2020-01-01", "expires_at_1": "12:00:00"}

    answer = chief.post(f"{ASSIGNMENTS}{made.pk}/change/", given)

    assert faults(answer) == ["This has to be in the future."]


def test_an_assignment_is_taken_out_and_the_last_one_is_not(chief, owner):
    more = RoleAssignment.objects.create(user=owner, role=role_named("moderator"))
    last = RoleAssignment.objects.get(user=owner, role__name="user")

    taken = chief.post(f"{ASSIGNMENTS}{more.pk}/delete/", {"post": "yes"})
    kept = chief.post(f"{ASSIGNMENTS}{last.pk}/delete/", {"post": "yes"}, follow=True)

    assert taken.status_code == 302
    assert said(kept) == ["Everyone keeps at least one role without an end."]
    assert list(RoleAssignment.objects.filter(user=owner)) == [last]
    assert AuditEntry.objects.get(action=Action.ROLE_REMOVED).user == owner


def test_the_last_admin_is_not_taken_out(chief):
    last = RoleAssignment.objects.get(role__name="admin")

    answer = chief.post(f"{ASSIGNMENTS}{last.pk}/delete/", {"post": "yes"}, follow=True)

    assert said(answer) == ["This is the last active admin. Make somebody else one first."]
    assert RoleAssignment.objects.filter(pk=last.pk).exists()


def test_assignments_are_found_by_whose_they_are(chief, owner):
    for term in (owner.username, owner.email, str(owner.pk)):
        answer = chief.get(ASSIGNMENTS, {"q": term})
        assert [one.user for one in answer.context["cl"].result_list] == [owner]
    assert not chief.get(ASSIGNMENTS, {"q": "owner"}).context["cl"].result_list


def test_a_permission_on_one_person_is_granted_and_taken_back(chief, owner):
    helper = UserFactory()
    given = {"user": helper.username, "what": "USER_MANAGE", "on": owner.username}

    granted = chief.post(f"{GRANTS}add/", given)
    made = PersonGrant.objects.get()
    listed = chief.get(GRANTS).content.decode()
    shown = chief.get(f"{GRANTS}{made.pk}/change/").content.decode()
    taken = chief.post(f"{GRANTS}{made.pk}/delete/", {"post": "yes"})

    assert (granted.status_code, taken.status_code) == (302, 302)
    assert made.user == helper
    assert owner.username in listed
    assert owner.username in shown
    assert not PersonGrant.objects.exists()
    actions = AuditEntry.objects.filter(resource="grant").order_by("pk")
    assert [entry.action for entry in actions] == ["PERMISSION_GRANTED", "PERMISSION_REVOKED"]


def test_the_same_grant_again_is_told_in_the_form(chief, owner):
    given = {"user": UserFactory().username, "what": "USER_READ", "on": owner.username}
    chief.post(f"{GRANTS}add/", given)

    answer = chief.post(f"{GRANTS}add/", given)

    assert faults(answer) == ["This person holds this permission on that person already."]


def test_a_grant_cannot_be_changed(chief, owner):
    chief.post(
        f"{GRANTS}add/",
        {"user": UserFactory().username, "what": "USER_READ", "on": owner.username},
    )
    made = PersonGrant.objects.get()

    answer = chief.post(f"{GRANTS}{made.pk}/change/", {"user": "chief"})

    assert answer.status_code == 403


def test_grants_want_a_session_that_proved_itself_lately(chief, owner):
    given = {"user": UserFactory().username, "what": "USER_READ", "on": owner.username}
    chief.post(f"{GRANTS}add/", given)
    made = PersonGrant.objects.get()

    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        answers = [
            chief.post(f"{GRANTS}add/", {**given, "what": "USER_MANAGE"}),
            chief.post(f"{GRANTS}{made.pk}/delete/", {"post": "yes"}),
        ]
        seen = chief.get(GRANTS)

    assert [answer.url.partition("?")[0] for answer in answers] == ["/confirm", "/confirm"]
    assert seen.status_code == 200
    assert list(PersonGrant.objects.all()) == [made]


PAGES = {
    "role": {
        "view": Permission.ROLE_READ,
        "add": Permission.ROLE_CREATE,
        "change": Permission.ROLE_UPDATE,
        "delete": Permission.ROLE_DELETE,
    },
    "roleassignment": {
        "view": Permission.ROLE_READ,
        "add": Permission.ROLE_ASSIGN,
        "change": Permission.ROLE_ASSIGN,
        "delete": Permission.ROLE_ASSIGN,
    },
    "persongrant": {
        "view": Permission.ROLE_ASSIGN,
        "add": Permission.ROLE_ASSIGN,
        "change": None,
        "delete": Permission.ROLE_ASSIGN,
    },
}


@pytest.mark.parametrize("permission", list(Permission), ids=lambda permission: permission.name)
def test_each_page_is_opened_by_its_permission_and_by_no_other(
    browser_of, owner, permission, chief_made
):
    page = browser_of(permission)

    for model, rows in chief_made.items():
        needs = PAGES[model]
        home = f"/staff/rbac/{model}/"
        answers = {
            "view": page.get(home),
            "add": page.post(f"{home}add/"),
            "change": page.post(f"{home}{rows}/change/"),
            "delete": page.post(f"{home}{rows}/delete/"),
        }
        opened = {what for what, answer in answers.items() if answer.status_code != 403}
        # Who may change may see what they change.
        expected = {what for what, needed in needs.items() if needed == permission}
        if "change" in expected:
            expected.add("view")
        assert opened == expected, model


@pytest.fixture
def chief_made(owner):
    """A row of each kind to ask for."""
    from guardian.shortcuts import assign_perm

    role = Role.objects.create(name="clerks")
    return {
        "role": role.pk,
        "roleassignment": RoleAssignment.objects.create(user=owner, role=role).pk,
        "persongrant": assign_perm("user_read", owner, UserFactory()).pk,
    }


@pytest.mark.parametrize("model", PAGES)
def test_nothing_is_done_to_many_at_once(chief, chief_made, model):
    before = [kind.objects.count() for kind in (Role, RoleAssignment, PersonGrant)]
    action = {"action": "delete_selected", "_selected_action": [str(chief_made[model])]}

    chief.post(f"/staff/rbac/{model}/", {**action, "post": "yes", "index": "0"})

    assert [kind.objects.count() for kind in (Role, RoleAssignment, PersonGrant)] == before


@pytest.mark.parametrize("model", PAGES)
def test_what_is_not_there_is_no_error(chief, model):
    for key in ("abc", "0", "019aaf3e-5c1f-7c52-9d43-0c6f5a2b7e10"):
        for what in ("change", "delete", "history"):
            answer = chief.get(f"/staff/rbac/{model}/{key}/{what}/")
            assert answer.status_code in {302, 404}


def test_who_only_reads_sees_forms_without_anything_to_save(browser_of, chief_made):
    page = browser_of(Permission.ROLE_READ)

    role = page.get(f"{ROLES}{chief_made['role']}/change/")
    assignment = page.get(f"{ASSIGNMENTS}{chief_made['roleassignment']}/change/")

    for answer in (role, assignment):
        assert answer.status_code == 200
        assert 'name="_save"' not in answer.content.decode()


def test_a_page_costs_the_same_few_statements_however_many_rows_it_has(
    chief, owner, django_assert_max_num_queries
):
    from guardian.shortcuts import assign_perm

    for _ in range(15):
        assign_perm("user_read", moderator(), owner)
    chief.get(GRANTS)

    for page in (ROLES, ASSIGNMENTS, GRANTS):
        with django_assert_max_num_queries(12):
            assert chief.get(page).status_code == 200
