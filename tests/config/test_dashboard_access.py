"""The staff site's first page: for whom it is, and how little it asks of the database."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Figure
from accounts.services import figures, hours
from audit.kinds import Action
from audit.services.recording import draft, record_many
from config import health
from config.common.request_meta import RequestMeta
from rbac.permissions import Permission
from tests.config.dashboard import happened, panel, tiles
from tests.factories import UserFactory, admin
from tests.staff import holding

PANELS = {
    "sign-ins": Permission.AUDIT_READ,
    "sign-ups": Permission.AUDIT_READ,
    "newest": Permission.AUDIT_READ,
    "roles": Permission.ROLE_READ,
    "machinery": Permission.ADMIN_ACCESS,
    "sessions": Permission.ADMIN_ACCESS,
    "factors": Permission.ADMIN_ACCESS,
    "locked": Permission.USER_READ,
}
UNCOUNTED = "Not counted yet"
# However many people, entries and mails there are. The page's own: session, user, permissions.
STATEMENTS = 32


@pytest.fixture(autouse=True)
def _well(monkeypatch) -> None:
    """The checks run in a thread of their own, which sees nothing of a test's transaction."""
    monkeypatch.setattr(health, "CHECKS", {"database": lambda: {"status": "up"}})


@pytest.fixture
def chief(client: Any) -> Any:
    client.force_login(admin(username="chief"))
    return client


@pytest.mark.parametrize("allowed", [None, *Permission], ids=str)
def test_each_panel_is_for_who_may_see_it(client, allowed):
    extra = [allowed] if allowed else []
    client.force_login(holding(Permission.ADMIN_ACCESS, *extra))

    answer = client.get("/staff/")

    shown = {name for name in PANELS if panel(answer, name)}
    assert shown == {
        name for name, needed in PANELS.items() if needed in {Permission.ADMIN_ACCESS, allowed}
    }
    assert tiles(answer)


def test_links_lead_only_where_one_may_go(client):
    client.force_login(holding(Permission.ADMIN_ACCESS, Permission.ROLE_READ))

    answer = client.get("/staff/")

    for url in set(re.findall(r'href="(/staff/[^"]*)"', answer.content.decode())):
        assert client.get(url).status_code == 200, url


def test_who_may_not_enter_sees_nothing(client, owner):
    client.force_login(owner)

    assert client.get("/staff/").status_code == 302


def test_where_nobody_has_counted_it_says_so(chief, monkeypatch):
    monkeypatch.setattr(figures, "SMALL", 0)

    answer = chief.get("/staff/")

    assert answer.status_code == 200
    assert answer.context["tiles"] == []
    for name in ("sign-ins", "sign-ups", "sessions", "factors"):
        assert UNCOUNTED in panel(answer, name), name
    assert answer.content.decode().count(UNCOUNTED) == 5


def test_old_figures_say_when_they_were_counted(chief, monkeypatch):
    figures.refresh()
    hours.refresh()
    monkeypatch.setattr(figures, "SMALL", 0)
    assert "Last counted" not in chief.get("/staff/").content.decode()

    Figure.objects.update(counted_at=timezone.now() - timedelta(hours=3))

    answer = chief.get("/staff/")
    assert answer.content.decode().count("Last counted") == 2


def test_figures_of_an_older_version_lack_what_they_did_not_know(chief, monkeypatch):
    monkeypatch.setattr(figures, "SMALL", 0)
    Figure.objects.create(name=figures.PEOPLE, value={"total": 7, "with2FA": 3})

    answer = chief.get("/staff/")

    assert tiles(answer)["People"][0] == "7"
    assert UNCOUNTED in panel(answer, "sessions")


def test_nothing_is_counted_in_the_log_and_the_work_is_always_the_same(chief, monkeypatch):
    def look() -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            assert chief.get("/staff/").status_code == 200
        return [query["sql"] for query in queries]

    monkeypatch.setattr(figures, "SMALL", 0)
    figures.refresh()
    hours.refresh()
    few = look()
    for _ in range(20):
        UserFactory()
    happened(Action.LOGIN_FAILED, ago=timedelta(hours=1), times=200)
    many = look()

    assert len(many) == len(few) <= STATEMENTS
    log = [sent for sent in many if "audit_auditentry" in sent]
    assert len(log) == 1
    assert "LIMIT 12" in log[0]
    assert not re.search(r"count\(|sum\(|group by", log[0], re.IGNORECASE)
    people = [
        sent for sent in many if re.search(r"count\(.*FROM .?accounts_user", sent, re.IGNORECASE)
    ]
    # Is it more than few: as many rows are looked at as the bound says, and one.
    assert all("LIMIT 1" in sent for sent in people)


def test_all_pages_are_listed(chief):
    html = chief.get("/staff/").content.decode()

    pages = html.partition('<section class="pages"')[2]
    for path in ("/staff/rbac/role/", "/staff/audit/auditentry/"):
        assert f'href="{path}"' in pages


def test_names_are_text(chief):
    UserFactory(username="plain", first_name="<script>")
    entry = draft(Action.USER_LOGIN, actor=None, subject=None, meta=RequestMeta())
    entry.action = "<b>NEW</b>"
    record_many([entry])

    html = chief.get("/staff/").content.decode()

    assert "<b>NEW" not in html
    assert "&lt;b&gt;NEW" in html


def test_no_style_stands_in_the_page(chief):
    happened(Action.USER_LOGIN, ago=timedelta(hours=1))
    hours.refresh()

    html = chief.get("/staff/").content.decode()

    assert not re.search(r"<style|\sstyle=|\son\w+=", html)


def test_the_page_is_in_the_language_of_its_reader(client):
    client.force_login(admin(language="de"))
    hours.refresh()

    answer = client.get("/staff/")

    assert '<html lang="de"' in answer.content.decode()
