"""Who may what, at a glance."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rbac.admin.matrix import GROUPS
from rbac.models import Role
from rbac.permissions import DEFAULT_ROLES, Permission
from tests.factories import moderator
from tests.rbac.admin.pages import role_named

pytestmark = pytest.mark.django_db
PAGE = "/staff/permissions/"


def test_all_permissions_stand_in_it_once():
    assert [one for group in GROUPS.values() for one in group] == list(Permission)


def test_each_role_shows_what_it_allows_and_leads_to_its_form(chief):
    moderator()

    answer = chief.get(PAGE)

    names = [one["role"].name for one in answer.context["roles"]]
    rows = [row for _title, rows in answer.context["groups"] for row in rows]
    for place, name in enumerate(names):
        held = {one for one, _more, cells in rows if cells[place]}
        assert held == DEFAULT_ROLES[name].permissions
    page = answer.content.decode()
    assert f"/staff/rbac/role/{role_named('moderator').pk}/change/" in page
    assert [one["number"] for one in answer.context["roles"]] == [1, 1, 2]
    # For who does not see colours or ticks.
    assert len(re.findall(r">yes</span>", page)) == 14 + 3
    assert len(re.findall(r">no</span>", page)) == 11 + 14


def test_it_takes_the_same_statements_for_many_roles(chief, django_assert_num_queries):
    chief.get(PAGE)
    with CaptureQueriesContext(connection) as few:
        chief.get(PAGE)
    Role.objects.bulk_create([Role(name=f"role_{letter}") for letter in "abcdefgh"])

    with django_assert_num_queries(len(few)):
        chief.get(PAGE)


def test_who_may_not_see_roles_does_not_find_it(browser_of):
    page = browser_of(*(set(Permission) - {Permission.ROLE_READ}))

    assert page.get(PAGE).status_code == 403
    assert PAGE not in page.get("/staff/").content.decode()


def test_the_form_says_what_each_permission_is_for(chief):
    page = chief.get(f"/staff/rbac/role/{role_named('admin').pk}/change/").content.decode()

    assert page.count("<legend>") == 3
    assert page.count(" disabled>") >= 14
    assert "Also ends sessions and removes a lost factor." in page
