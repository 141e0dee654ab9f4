"""Staff at work in a real browser: finding people, doing something to them, taking them along."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.journeys.test_accessibility import OWNER, PASSWORD, look

PEOPLE = "/staff/accounts/user/"


def invite(staff, name: str) -> None:
    staff.open(f"{PEOPLE}add/")
    staff.fill(email=f"{name}@example.org", username=name, first_name=name.title())
    staff.press("Send the invitation")
    staff.sees("The invitation is on its way.")


def test_a_day_of_staff(visitor, mail_server):
    staff = visitor(accept_downloads=True)
    staff.sign_in(OWNER, PASSWORD)
    for name in ("ada", "grace"):
        invite(staff, name)
        mail_server.wait_for(f"{name}@example.org", "invited")

    # Found by a part of a name.
    staff.open(PEOPLE)
    staff.page.fill("#filter_q", "ADA@")
    staff.press("Find")
    staff.sees("1 person")

    # Everybody chosen at once, oneself among them: two are done, one is named with the reason.
    staff.open(PEOPLE)
    staff.page.check("[data-choose-all]")
    staff.sees("3 chosen")
    staff.page.select_option("#action", "suspend")
    staff.press("Go on")
    staff.fill(reason="A test.")
    staff.press("Suspend")
    staff.sees("Done for 2 people.")
    staff.sees("That cannot be done to oneself.")

    # One of them, on her own page, tab by tab.
    staff.press("Back")
    staff.page.get_by_role("link", name="Ada").click()
    staff.sees("A test.")
    staff.press("Let in again")
    staff.sees("The account is open again.")
    staff.page.get_by_role("button", name="Copy").click()
    staff.sees("Copied")
    staff.press("Activity")
    staff.sees("Newest in the audit log")

    # All as a file, with its progress.
    staff.open(f"{PEOPLE}export/")
    with staff.page.expect_download() as saved:
        staff.page.get_by_role("button", name="Download").click()
    staff.sees("Done: 3 people.")
    with Path(saved.value.path()).open(newline="") as file:
        assert {row["username"] for row in csv.DictReader(file)} == {"owner", "ada", "grace"}


def test_the_file_is_saved_without_scripts_too(visitor):
    staff = visitor(java_script_enabled=False, accept_downloads=True)
    staff.sign_in(OWNER, PASSWORD)
    staff.open(f"{PEOPLE}export/")

    with staff.page.expect_download() as saved:
        staff.page.get_by_role("button", name="Download").click()

    assert saved.value.suggested_filename.startswith("people-")
    assert Path(saved.value.path()).read_text().count("\n") == 2


def test_a_file_that_breaks_off_is_not_saved(visitor):
    staff = visitor()
    staff.sign_in(OWNER, PASSWORD)
    staff.open(f"{PEOPLE}export/")
    staff.page.route("**/export/file/**", lambda route: route.fulfill(status=503, body="away"))

    staff.page.get_by_role("button", name="Download").click()

    staff.sees("The export broke off.")
    staff.faults = [fault for fault in staff.faults if "status of 503" not in fault]


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_of_staff_keeps_anybody_out(visitor, scheme, width):
    staff = visitor(color_scheme=scheme, viewport={"width": width, "height": 900})
    staff.sign_in(OWNER, PASSWORD)
    invite(staff, "ada")
    person = staff.page.url.partition("?")[0]
    wrong: list[str] = []
    for path in (
        PEOPLE,
        f"{PEOPLE}?q=ada&status=inactive",
        f"{PEOPLE}?status=happy",
        f"{PEOPLE}add/",
        f"{PEOPLE}export/",
        *(f"{person}?tab={tab}" for tab in ("profile", "roles", "sessions", "activity", "factors")),
        f"{person}?tab=roles&permission=USER_READ",
        "/staff/accounts/session/",
    ):
        staff.open(path)
        wrong += look(staff, where=path.replace(person, "person"))
    staff.open(person)
    staff.press("Suspend")
    wrong += look(staff, where="before it is done")
    staff.open(f"{PEOPLE}add/")
    staff.press("Send the invitation")
    wrong += look(staff, where="faults of a form")

    assert wrong == []
