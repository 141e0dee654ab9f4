"""What holds for each of these pages."""

import pytest
from guardian.shortcuts import assign_perm

from rbac.models import PersonGrant, Role, RoleAssignment
from rbac.permissions import Permission
from tests.factories import moderator
from tests.rbac.admin.pages import ASSIGNMENTS, GRANTS, ROLES

pytestmark = pytest.mark.django_db


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
OF_PEOPLE = ("roleassignment", "persongrant")


@pytest.mark.parametrize("permission", list(Permission), ids=lambda permission: permission.name)
def test_each_page_is_opened_by_its_permission_and_by_no_other(browser_of, permission, made):
    page = browser_of(Permission.USER_READ, permission)

    for model, rows in made.items():
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


@pytest.mark.parametrize("model", OF_PEOPLE)
def test_who_may_not_read_people_is_shown_none(browser_of, owner, made, model):
    page = browser_of(*(set(Permission) - {Permission.USER_READ}))
    home = f"/staff/rbac/{model}/"
    row = f"{home}{made[model]}/"

    answers = [
        page.get(home, {"q": owner.pk}),
        page.get(f"{home}add/"),
        page.post(f"{home}add/", {"user": owner.pk}),
        page.get(f"{row}change/"),
        page.get(f"{row}delete/"),
    ]

    assert [answer.status_code for answer in answers] == [403] * len(answers)
    assert not any(owner.username in answer.content.decode() for answer in answers)
    menu = page.get("/staff/").content.decode()
    assert home not in menu
    assert ROLES in menu


@pytest.mark.parametrize("model", PAGES)
def test_nothing_is_done_to_many_at_once(chief, made, model):
    before = [kind.objects.count() for kind in (Role, RoleAssignment, PersonGrant)]
    action = {"action": "delete_selected", "_selected_action": [str(made[model])]}

    chief.post(f"/staff/rbac/{model}/", {**action, "post": "yes", "index": "0"})

    assert [kind.objects.count() for kind in (Role, RoleAssignment, PersonGrant)] == before


@pytest.mark.parametrize("model", PAGES)
def test_what_is_not_there_is_no_error(chief, model):
    for key in ("abc", "0", "019aaf3e-5c1f-7c52-9d43-0c6f5a2b7e10"):
        for what in ("change", "delete", "history"):
            answer = chief.get(f"/staff/rbac/{model}/{key}/{what}/")
            assert answer.status_code in {302, 404}


def test_who_only_reads_sees_forms_without_anything_to_save(browser_of, made):
    page = browser_of(Permission.ROLE_READ, Permission.USER_READ)

    role = page.get(f"{ROLES}{made['role']}/change/")
    assignment = page.get(f"{ASSIGNMENTS}{made['roleassignment']}/change/")

    for answer in (role, assignment):
        assert answer.status_code == 200
        assert 'name="_save"' not in answer.content.decode()


def test_a_page_costs_the_same_few_statements_however_many_rows_it_has(
    chief, owner, django_assert_max_num_queries
):
    for _ in range(15):
        assign_perm("user_read", moderator(), owner)
    chief.get(GRANTS)

    for page in (ROLES, ASSIGNMENTS, GRANTS):
        with django_assert_max_num_queries(12):
            assert chief.get(page).status_code == 200
