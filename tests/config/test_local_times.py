"""Account pages show the times of the reader's own clock, and say which clock that is."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Profile, Session, User
from notifications.kinds import Kind
from notifications.models import Notification
from tests.accounts.web.acting import acting
from tests.factories import admin

# Late in the evening: the same moment is another day in Berlin, and another hour in summer.
WINTER = datetime(2026, 11, 30, 23, 5, tzinfo=UTC)
SUMMER = datetime(2026, 7, 30, 23, 5, tzinfo=UTC)
PAGES = ["/account", "/account/sessions", "/account/two-factor", "/account/notifications"]


@pytest.fixture
def browser(client, owner):
    """One in whose account everything happened at WINTER, except for what is in the inbox."""
    client.force_login(owner)
    User.objects.filter(pk=owner.pk).update(
        two_factor_enabled_at=WINTER, password_changed_at=WINTER
    )
    Session.objects.filter(user=owner).update(created_at=WINTER)
    notice = Notification.objects.create(
        user=owner, type=Kind.SECURITY_ALERT, title="Title", message="Text"
    )
    Notification.objects.filter(pk=notice.pk).update(created_at=SUMMER)
    return client


def lives_in(person: User, zone: str | None) -> None:
    Profile.objects.filter(user=person).update(timezone=zone)


def test_times_are_local_and_say_so(browser, owner):
    lives_in(owner, "Europe/Berlin")

    assert "since 12/01/2026 12:05 a.m. CET," in browser.get("/account/sessions").text
    assert "<dd>Dec. 1, 2026, 12:05 a.m. CET</dd>" in browser.get("/account/two-factor").text
    assert "07/31/2026 1:05 a.m. CEST<" in browser.get("/account/notifications").text
    assert "Last changed on Dec. 1, 2026." in browser.get("/account").text


@pytest.mark.parametrize("zone", [None, "", "Mars/Olympus", "../../etc/passwd", "America", "\x00"])
def test_without_a_zone_that_is_known_they_are_those_of_utc(browser, owner, zone):
    if zone == "\x00" and connection.vendor == "postgresql":
        pytest.skip("PostgreSQL stores no such text.")
    lives_in(owner, zone)

    assert "since 11/30/2026 11:05 p.m. UTC," in browser.get("/account/sessions").text
    assert "<dd>Nov. 30, 2026, 11:05 p.m. UTC</dd>" in browser.get("/account/two-factor").text
    assert "07/30/2026 11:05 p.m. UTC<" in browser.get("/account/notifications").text
    assert "Last changed on Nov. 30, 2026." in browser.get("/account").text


def test_what_happened_lately_says_it_too(browser, owner):
    lives_in(owner, "Asia/Kathmandu")
    browser.post("/account/profile", {"first_name": "Grace", "timezone": "Asia/Kathmandu"})

    times = re.findall(r"<time[^>]*>([^<]+)</time>", browser.get("/account").text)

    assert times
    assert all(time.endswith(" +0545") for time in times)


@pytest.mark.parametrize("path", PAGES)
def test_it_costs_no_query_and_ends_with_the_request(browser, owner, path):
    browser.get(path)
    counts = []
    for zone in (None, "Europe/Berlin"):
        lives_in(owner, zone)
        with CaptureQueriesContext(connection) as asked:
            browser.get(path)
        counts.append(len(asked))

    assert counts[0] == counts[1]
    assert timezone.get_current_timezone_name() == "UTC"


def test_who_acts_in_somebodys_place_reads_their_own_clock(owner):
    staff = admin()
    lives_in(staff, "Europe/Berlin")
    lives_in(owner, "Asia/Tokyo")
    User.objects.filter(pk=owner.pk).update(two_factor_enabled_at=WINTER)

    page = acting(staff, owner).get("/account/two-factor").text

    assert "<dd>Dec. 1, 2026, 12:05 a.m. CET</dd>" in page


def test_pages_of_staff_stay_in_utc(client):
    staff = admin()
    lives_in(staff, "Europe/Berlin")
    client.force_login(staff)
    User.objects.filter(pk=staff.pk).update(created_at=WINTER)

    page = client.get(f"/staff/accounts/user/{staff.pk}/change/").text

    assert "2026-11-30 23:05" in page
    assert "2026-12-01 00:05" not in page
