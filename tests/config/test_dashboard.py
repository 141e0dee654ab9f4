"""The staff site's first page tells what is there."""

from __future__ import annotations

import re
from datetime import UTC, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AccountLock, Figure, PeriodicTask, Session, User
from accounts.models.session import Kind
from accounts.services import hours, sessions
from audit.kinds import Action
from audit.models import AuditEntry
from audit.services.recording import draft, record_many
from config import health
from config.common.request_meta import RequestMeta
from notifications.models import OutboxMail
from tests.accounts.authenticator import turned_on
from tests.audit.sealing import seal_to_the_end
from tests.config.dashboard import happened, panel, table, tiles
from tests.factories import UserFactory, admin


@pytest.fixture(autouse=True)
def _well(monkeypatch) -> None:
    """The checks run in a thread of their own, which sees nothing of a test's transaction."""
    monkeypatch.setattr(health, "CHECKS", {"database": lambda: {"status": "up"}})


@pytest.fixture
def chief(client: Any) -> Any:
    client.force_login(admin(username="chief"))
    return client


def test_the_tiles_are_what_is_there(chief):
    UserFactory(suspended=True)
    UserFactory(unverified=True)
    old = UserFactory()
    User.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=12))
    UserFactory(username="locked_one")
    AccountLock.objects.create(key="locked_one", password_off_at=timezone.now())

    found = tiles(chief.get("/staff/"))

    assert found["People"] == (str(User.objects.count()), "4 may sign in")
    assert found["New in 7 days"] == ("4", "5 in 30 days")
    assert found["Live sessions"] == (str(Session.objects.live().count()), "1 in browsers")
    assert found["Confirmed"] == ("80 %", "4 of 5")
    assert found["Locked out"] == ("1", "1 suspended")
    assert found["Here today"] == ("1", "1 in 7 days")


def test_sessions_are_told_by_kind(chief):
    meta = RequestMeta(ip="192.0.2.1")
    for _ in range(3):
        sessions.open_session(UserFactory(), meta=meta, kind=Kind.API)
    dead = sessions.open_session(UserFactory(), meta=meta, kind=Kind.API)
    Session.objects.filter(pk=dead.pk).update(revoked_at=timezone.now())

    found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", panel(chief.get("/staff/"), "sessions"))

    assert found == [("Browsers", "1"), ("Apps", "3"), ("Impersonations", "0")]


def test_the_second_factors_share(chief):
    turned_on(UserFactory())
    for _ in range(2):
        UserFactory()

    html = panel(chief.get("/staff/"), "factors")

    assert re.findall(r"<dd>(.*?)</dd>", html) == ["1", "3"]
    assert '<text class="middle" x="21" y="21.8">25 %</text>' in html


@pytest.mark.django_db(transaction=True)
def test_sign_ups_are_those_that_were_sealed(chief):
    for days, times in ((0, 2), (1, 3), (89, 4), (90, 7)):
        happened_in_a_transaction(Action.USER_REGISTERED, timedelta(days=days), times)
    seal_to_the_end()

    answer = chief.get("/staff/")

    numbers = [number for [number] in table(panel(answer, "sign-ups"))]
    assert len(numbers) == 90
    assert (numbers[-1], numbers[-2], numbers[0]) == (2, 3, 4)
    since = timezone.now().astimezone(UTC).date() - timedelta(days=89)
    live = AuditEntry.objects.filter(action="USER_REGISTERED", timestamp__date__gte=since)
    assert sum(numbers) == live.count() == 9
    assert "9 in 90 days" in panel(answer, "sign-ups")


def happened_in_a_transaction(action: Action, ago: timedelta, times: int) -> None:
    from django.db import transaction

    with transaction.atomic():
        happened(action, ago=ago, times=times)


def test_sign_ins_and_failures_by_the_hour(chief):
    for hours_ago, logins, failures in ((0, 2, 1), (1, 3, 0), (47, 4, 5), (48, 9, 9)):
        happened(Action.USER_LOGIN, ago=timedelta(hours=hours_ago), times=logins)
        happened(Action.LOGIN_FAILED, ago=timedelta(hours=hours_ago), times=failures)
    happened(Action.USER_LOGOUT, ago=timedelta(0), times=5)
    hours.refresh()

    html = panel(chief.get("/staff/"), "sign-ins")

    numbers = table(html)
    assert len(numbers) == 48
    assert (numbers[-1], numbers[-2], numbers[0]) == ([2, 1], [3, 0], [4, 5])
    assert [sum(column) for column in zip(*numbers, strict=True)] == [9, 6]
    assert "9 sign-ins and 6 failures" in html


def test_roles_and_who_holds_them(chief):
    UserFactory()

    html = panel(chief.get("/staff/"), "roles")

    assert re.findall(r">(\w+)</a><b>(\d+)</b>", html) == [
        ("user", "2"),
        ("admin", "1"),
        ("moderator", "0"),
    ]


def test_who_is_locked_out(chief):
    now = timezone.now()
    for name, lock in (
        ("until_later", {"locked_until": now + timedelta(hours=2)}),
        ("until_reset", {"password_off_at": now}),
        ("not_any_more", {"locked_until": now - timedelta(hours=2)}),
        ("failed_once", {"failures": 1}),
    ):
        UserFactory(username=name)
        AccountLock.objects.create(key=name, **lock)
    AccountLock.objects.create(key="?nobody", password_off_at=now)

    html = panel(chief.get("/staff/"), "locked")

    assert "until_later" in html
    assert "until_reset" in html
    assert "until a reset" in html
    assert "not_any_more" not in html
    assert "failed_once" not in html
    assert "nobody" not in html


def test_the_newest_entries_with_whose_they_are(chief, owner):
    entry = draft(Action.ADMIN_SUSPENDED, actor=admin(username="boss"), subject=owner,
                  meta=RequestMeta(ip="192.0.2.9"))  # fmt: skip
    record_many([entry])

    html = panel(chief.get("/staff/"), "newest")

    assert "Suspended by staff" in html
    assert owner.username in html
    assert "by boss" in html
    assert "192.0.2.9" in html


def test_mail_and_machinery(chief):
    now = timezone.now()
    OutboxMail.objects.create(
        mail="x", payload={"to": "a"}, created_at=now - timedelta(minutes=40),
        next_attempt_at=now + timedelta(hours=1),
    )  # fmt: skip
    OutboxMail.objects.create(mail="x", payload={"to": "a"}, state="dead")
    PeriodicTask.objects.create(name="purge", finished_at=now, last_error="OSError")

    html = panel(chief.get("/staff/"), "machinery").replace("\N{NO-BREAK SPACE}", " ")

    said = dict(re.findall(r"<dt>(?:<a[^>]*>)?([^<]+).*?</dt><dd>(.*?)</dd>", html))
    assert said["Mails that wait"] == "1"
    assert said["The oldest for"] == "40 minutes"
    assert said["Mails given up"] == "1"
    assert said["Worker last seen"] == "just now"
    assert said["Failed last: purge"] == "OSError"
    assert '<li class="pill good">Database: up</li>' in html


def test_a_worker_that_was_never_seen_is_missed(chief):
    html = panel(chief.get("/staff/"), "machinery")

    assert '<div class="bad"><dt>Worker last seen</dt><dd>never</dd></div>' in html


def test_hours_that_are_over_are_not_counted_again(chief):
    happened(Action.USER_LOGIN, ago=timedelta(hours=20), times=3)
    hours.refresh()
    happened(Action.USER_LOGIN, ago=timedelta(hours=20), times=2)
    happened(Action.USER_LOGIN, ago=timedelta(minutes=61), times=4)
    with CaptureQueriesContext(connection) as queries:
        hours.refresh()

    kept = hours.last(48)
    assert kept is not None
    assert sum(kept.counts[Action.USER_LOGIN]) == 7
    assert len([q for q in queries if "audit_auditentry" in q["sql"]]) == 1
    hours.refresh(anew=True)
    again = hours.last(48)
    assert again is not None
    assert sum(again.counts[Action.USER_LOGIN]) == 9


def test_only_a_week_of_hours_is_kept(db):
    old = timezone.now().astimezone(UTC) - timedelta(days=9)
    Figure.objects.create(
        name=hours.NAME,
        value={f"{old:%Y-%m-%dT%H}": {"USER_LOGIN": 5}},
        counted_at=old,
    )
    happened(Action.USER_LOGIN, ago=timedelta(days=6))

    hours.refresh()

    assert list(Figure.objects.get(pk=hours.NAME).value.values()) == [{"USER_LOGIN": 1}]
