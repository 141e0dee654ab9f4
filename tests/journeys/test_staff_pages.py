"""Every page of the staff site and of the documentation, found by its links, as axe sees it."""

from __future__ import annotations

import pytest

from tests.journeys.looking import look_all_ways, walk

OWNER, PASSWORD = "owner", "Owner-of-it-all7"
ADA = {"email": "ada@example.org", "username": "ada", "password": "Correct-Horse7"}
# What has to be among the pages, so that a walk that finds no links proves something.
STAFF = {
    "/staff/",
    "/staff/settings/",
    "/staff/permissions/",
    "/staff/rbac/role/",
    "/staff/rbac/role/add/",
    "/staff/rbac/roleassignment/",
    "/staff/rbac/roleassignment/add/",
    "/staff/rbac/persongrant/",
    "/staff/audit/auditentry/",
    "/staff/notifications/outboxmail/",
    "/staff/notifications/notification/",
    "/staff/accounts/user/",
}


@pytest.fixture
def owner(visitor, site):
    """Somebody who may everything, on a site where something has happened."""
    answer = site.call("POST", "auth/login", {"identifier": OWNER, "password": PASSWORD})
    token = answer.data["tokens"]["accessToken"]

    def done(path, body):
        called = site.call("POST", path, body, token=token)
        assert called.status in {200, 201}, called.body
        return called.body.get("data")

    ada = done("auth/register", ADA)["user"]["id"]
    role = {"name": "support", "description": "Helps", "permissions": ["USER_READ", "AUDIT_READ"]}
    done(f"roles/user/{ada}/assign", {"roleId": done("roles", role)["id"]})
    done(f"roles/user/{ada}/grants", {"permission": "USER_MANAGE", "on": answer.data["user"]["id"]})
    one = visitor()
    one.sign_in(OWNER, PASSWORD)
    one.is_at("/account")
    return one


def test_no_page_of_the_staff_site_keeps_anybody_out(owner):
    wrong, seen = [], set()
    for path in walk(owner, start="/staff/"):
        seen.add(path)
        wrong += look_all_ways(owner, where=path)

    assert wrong == []
    assert seen >= STAFF


def test_neither_do_its_answers_to_what_goes_wrong(owner):
    wrong: list[str] = []

    def look(where: str) -> None:
        wrong.extend(look_all_ways(owner, where=where))

    owner.open("/staff/rbac/role/add/")
    owner.fill(name="No!")
    owner.press("Save")
    look("faults of a form")
    owner.open("/staff/settings/")
    owner.fill(lockout_threshold="1000")
    owner.press("Save")
    look("faults of the settings")
    owner.open("/staff/audit/auditentry/?person=nobody_here")
    look("faults of a filter")
    owner.open("/staff/rbac/persongrant/?q=nobody_here")
    look("nothing found")
    owner.open("/staff/rbac/role/?q=support")
    owner.press("support")
    owner.press("Delete")
    look("what cannot be deleted")
    owner.open("/staff/rbac/roleassignment/")
    owner.press("ada")
    owner.press("Delete")
    look("before something is deleted")
    owner.open("/staff/nothing-here/")
    look("no such page")
    owner.page.set_viewport_size({"width": 320, "height": 900})
    owner.open("/staff/")
    owner.page.locator("details.menu > summary").click()
    look("the menu of a narrow screen")

    assert wrong == []


def test_the_menu_of_a_narrow_screen_works_by_keyboard(owner):
    owner.page.set_viewport_size({"width": 320, "height": 900})
    owner.open("/staff/")
    keys, menu = owner.page.keyboard, owner.page.locator("details.menu")

    keys.press("Tab")
    keys.press("Tab")
    outline = owner.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    keys.press("Enter")
    opened = menu.evaluate("menu => menu.open")
    keys.press("Escape")

    assert outline != "none"
    assert opened
    assert not menu.evaluate("menu => menu.open")
    keys.press("Enter")
    menu.get_by_role("link", name="Settings").focus()
    keys.press("Enter")
    owner.is_at("/staff/settings/")


def test_settings_are_saved_without_scripts(visitor, site):
    one = visitor(java_script_enabled=False)
    one.sign_in(OWNER, PASSWORD)
    one.open("/staff/settings/")
    one.fill(lockout_threshold="7")
    one.press("Save")
    one.sees("The settings are saved.")
    one.sees("Set by owner")
    one.page.uncheck("#id_lockout_threshold_here")
    one.press("Save")

    assert one.page.input_value("#id_lockout_threshold") == "5"


def test_the_log_is_taken_along_as_a_file(owner):
    owner.open("/staff/audit/auditentry/?action=USER_REGISTERED")
    with owner.page.expect_download() as download:
        owner.press("CSV")

    lines = download.value.path().read_text().splitlines()
    assert len(lines) == 2
    assert "USER_REGISTERED" in lines[1]


def test_no_page_of_the_documentation_keeps_anybody_out(visitor):
    one = visitor()
    wrong, seen = [], set()
    for path in walk(one, start="/docs"):
        seen.add(path)
        wrong += look_all_ways(one, where=path)

    assert wrong == []
    assert {"/docs", "/docs/errors", "/docs/settings", "/docs/api/account"} <= seen
