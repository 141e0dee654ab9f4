"""What staff do to somebody's account, in a real browser, and what that person sees of it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.journeys.chromium import Visitor
from tests.journeys.test_accessibility import look
from tests.servers import MailServer, Program, text_of

BOSS, BOSS_PASSWORD = "owner", "Owner-of-it-all7"
ADA, PASSWORD = "ada@example.org", "Correct-Horse7"
PERSON = re.compile(r"/staff/accounts/user/[0-9a-f-]{36}/change/")


@pytest.fixture
def ada(visitor: Any, site: Program) -> Visitor:
    """Somebody among others, who is signed in."""
    for name in ("ada", "adam", "ida"):
        body = {"email": f"{name}@example.org", "username": name, "password": PASSWORD}
        assert site.call("POST", "auth/register", {**body, "firstName": name.title()}).status == 201
    browser: Visitor = visitor()
    browser.sign_in("ada", PASSWORD)
    browser.sees("Hello, Ada")
    return browser


@pytest.fixture
def boss(visitor: Any, ada: Visitor) -> Visitor:
    """Staff, at Ada's page in the staff site, which they found by a part of her address."""
    browser: Visitor = visitor()
    browser.sign_in(BOSS, BOSS_PASSWORD)
    browser.is_at("/account")
    browser.open("/staff/")
    browser.page.locator("a[href='/staff/accounts/user/']:visible").first.click()
    browser.page.locator("[name=q]").fill("ada@exam")
    browser.page.get_by_role("button", name="Find").click()
    browser.page.wait_for_url("**q=ada**")
    assert browser.page.locator("tbody tr").count() == 1
    browser.page.locator("tbody tr a").first.click()
    browser.page.wait_for_url(PERSON)
    return browser


def act(boss: Visitor, name: str, reason: str = "") -> None:
    """Press a button of the person's page; with a reason, where it asks for one."""
    boss.page.get_by_role("button", name=name, exact=True).click()
    if reason:
        boss.page.locator("[name=reason]").fill(reason)
        boss.page.locator("form.card").get_by_role("button", name=name, exact=True).click()
    boss.page.wait_for_url(PERSON)


def begin(boss: Visitor, reason: str) -> None:
    boss.page.get_by_role("link", name="Impersonate", exact=True).click()
    boss.page.wait_for_url("**/impersonate/**")
    assert look(boss, where="the form") == []
    boss.fill(reason=reason)
    boss.press("Impersonate")
    boss.is_at("/account")


def banner(boss: Visitor) -> str:
    return " ".join(boss.page.get_by_role("region", name="Impersonation").inner_text().split())


def test_suspended_at_once_and_let_in_again(boss, ada, mail_server: MailServer):
    act(boss, "Suspend", "Sends advertisements.")
    boss.sees("Suspended")

    ada.open("/account/profile")
    ada.is_at("/login?next=%2Faccount%2Fprofile")
    ada.sees("Your session has ended.")
    ada.sign_in("ada", PASSWORD)
    ada.sees("suspended")
    assert "Sends advertisements." in text_of(mail_server.wait_for(ADA, "suspended"))

    act(boss, "Let in again")
    ada.sign_in("ada", PASSWORD)
    ada.sees("Hello, Ada")


def test_in_somebodys_place_and_back(boss, ada, mail_server: MailServer):
    page_of_ada = boss.page.url
    begin(boss, "She cannot find her city.")

    boss.sees("Hello, Ada")
    assert banner(boss).startswith("You are looking at Muster as Ada.")
    assert "She cannot find her city. 15 minutes left. Back to my account" in banner(boss)
    assert look(boss, where="the banner") == []

    # The profile can be changed; what is not theirs to change is not there.
    boss.open("/account/profile")
    boss.fill(city="London")
    boss.press("Save")
    boss.sees("Your profile is saved.")
    assert boss.page.get_by_role("link", name="Your data").count() == 0
    boss.open("/account/password")
    boss.sees("That cannot be done in somebody else's place.")
    boss.open("/staff/")
    boss.sees("That cannot be done in somebody else's place.")
    assert "Ada" in banner(boss)

    # Ada is told at once, and sees who it is.
    told = text_of(mail_server.wait_for(ADA, "An administrator used"))
    assert "She cannot find her city." in told
    ada.open("/account/sessions")
    ada.sees("Impersonation by owner")
    ada.open("/account/notifications")
    ada.sees("An administrator uses your account")
    ada.open("/account/profile")
    assert ada.page.locator("#id_city").input_value() == "London"

    # One click, and staff are where they came from.
    boss.page.get_by_role("button", name="Back to my account").click()
    boss.page.wait_for_url(page_of_ada.partition("?")[0])
    boss.sees("yourself again")
    boss.page.get_by_role("link", name="Activity").click()
    boss.sees("Impersonation ended")
    boss.open("/account")
    assert boss.page.get_by_role("region", name="Impersonation").count() == 0
    boss.sees("Hello, owner")


def test_the_person_ends_it(boss, ada):
    begin(boss, "A look around.")
    ada.open("/account/sessions")
    ada.page.get_by_role("button", name="Sign out Impersonation by owner").click()
    ada.sees("The device is signed out.")

    boss.open("/account/profile")

    boss.page.wait_for_url(PERSON)
    boss.sees("yourself again")


def test_in_and_back_by_keyboard_alone(boss):
    keys = boss.page.keyboard

    def tab_to(name: str) -> None:
        for _ in range(60):
            keys.press("Tab")
            focused = boss.page.evaluate(
                "(document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim()"
            )
            if focused == name:
                outline = boss.page.evaluate(
                    "getComputedStyle(document.activeElement).outlineStyle"
                )
                assert outline != "none", f"{name} is focused and does not look so"
                return
        pytest.fail(f"{name} cannot be reached by keyboard")

    tab_to("Impersonate")
    keys.press("Enter")
    boss.page.wait_for_url("**/impersonate/**")
    tab_to("Reason")
    keys.type("By keyboard.")
    keys.press("Enter")
    boss.is_at("/account")
    tab_to("Back to my account")
    keys.press("Enter")
    boss.page.wait_for_url(PERSON)
    boss.sees("yourself again")
