"""The frame of the staff site: its menu, and pages of no model."""

from __future__ import annotations

import re

import pytest

from config.common.staff import PAGES
from rbac.permissions import Permission
from tests.factories import admin
from tests.staff import holding

pytestmark = pytest.mark.django_db


def menu(page):
    listed = re.search(r'<aside class="side">(.*?)</aside>', page.content.decode(), re.DOTALL)
    assert listed
    return re.findall(r'<a href="([^"]+)"( aria-current="\w+")?', listed[1])


def test_everything_that_somebody_may_open_stands_in_the_menu_in_its_order(client):
    client.force_login(admin())

    paths = [path for path, _current in menu(client.get("/staff/"))]

    apps = [path.split("/")[2] for path in paths if path.count("/") == 4]
    assert apps == sorted(apps, key=["accounts", "rbac", "audit", "notifications"].index)
    assert {f"/staff/{page.path}" for page in PAGES} <= set(paths)
    assert all(client.get(path).status_code == 200 for path in paths)


def test_who_may_little_sees_little(client):
    client.force_login(holding(Permission.ADMIN_ACCESS, Permission.ADMIN_SETTINGS))

    assert [path for path, _current in menu(client.get("/staff/"))] == [
        "/staff/",
        "/staff/settings/",
    ]


def test_the_menu_says_where_one_is(client):
    client.force_login(admin())

    here = {path: current for path, current in menu(client.get("/staff/rbac/role/add/")) if current}

    assert here == {"/staff/rbac/role/": ' aria-current="true"'}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_of_no_model_is_for_who_holds_its_permission(client, page):
    others = [one for one in Permission if one.perm != page.needs]
    client.force_login(holding(*others))

    assert client.get(f"/staff/{page.path}").status_code == 403


def test_a_page_that_is_not_there_leads_back_to_the_staff_site(client):
    client.force_login(admin())

    answer = client.get("/staff/nothing-here/")

    assert answer.status_code == 404
    assert 'href="/staff/"' in answer.content.decode()
