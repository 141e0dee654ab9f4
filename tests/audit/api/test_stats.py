"""GET /audit/stats: exact, whatever of it is sealed."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from random import Random

import pytest
import time_machine

from audit.kinds import Action
from audit.models import AuditEntry
from audit.selectors import figures
from audit.services import retention
from config.common.request_meta import RequestMeta
from tests.audit.log import auditor, happened, seal_all

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def reader(client_for):
    with time_machine.travel(NOW, tick=False):
        client = client_for(auditor())
        AuditEntry.unlocked.all().delete()
        yield client


def stats(reader, days):
    response = reader.get("audit/stats", {"days": days})
    assert response.status_code == 200, response.data
    return response.data["data"]


def test_the_period_is_whole_days_with_today_as_the_last(reader):
    happened(at=NOW)
    happened(at=datetime(2026, 11, 22, tzinfo=UTC))
    happened(Action.LOGIN_FAILED, at=datetime(2026, 11, 22, tzinfo=UTC), resource="session")
    happened(at=datetime(2026, 11, 21, 23, 59, 59, tzinfo=UTC))

    assert stats(reader, 2) == {
        "totalLogs": 3,
        "byAction": [{"action": "USER_LOGIN", "count": 2}, {"action": "LOGIN_FAILED", "count": 1}],
        "byResource": [{"resource": "user", "count": 2}, {"resource": "session", "count": 1}],
        "byDay": [{"date": "2026-11-22", "count": 2}, {"date": "2026-11-23", "count": 1}],
        "period": "2 days",
    }


def test_nothing_is_nothing_on_every_day(reader):
    found = stats(reader, 366)

    assert (found["totalLogs"], found["byAction"], len(found["byDay"])) == (0, [], 366)


def test_thirty_days_if_nothing_is_said(reader):
    response = reader.get("audit/stats")

    assert response.data["data"]["period"] == "30 days"
    assert len(response.data["data"]["byDay"]) == 30


@pytest.mark.parametrize("days", ["0", "367", "-1", "x", "1.5"])
def test_other_periods_are_refused(reader, days):
    response = reader.get("audit/stats", {"days": days})

    assert (response.status_code, response.data["errors"][0]["field"]) == (422, "days")


@pytest.mark.parametrize("chance", range(5))
def test_whatever_is_sealed_or_gone_the_figures_are_those_of_the_log(reader, monkeypatch, chance):
    monkeypatch.setattr(retention, "REST", 0)
    random = Random(chance)
    kinds = [Action.USER_LOGIN, Action.LOGIN_FAILED, Action.ROLE_ASSIGNED]

    def live_for_a_while():
        for _ in range(random.randint(1, 8)):
            happened(
                random.choice(kinds),
                at=NOW - DAY * random.random() * 40,
                resource=random.choice(["user", "session"]),
            )

    for _ in range(6):
        live_for_a_while()
        if random.random() < 0.6:
            seal_all()
        if random.random() < 0.3:
            retention.clean_up(days=20, policy_days=20, meta=RequestMeta(), seconds=60)
    days = random.randint(1, 40)

    found = stats(reader, days)

    since = datetime.combine(NOW.date() - DAY * (days - 1), time.min, tzinfo=UTC)
    counted = list(AuditEntry.objects.filter(timestamp__gte=since))
    assert found["totalLogs"] == len(counted)
    assert {row["action"]: row["count"] for row in found["byAction"]} == Counter(
        entry.action for entry in counted
    )
    assert {row["resource"]: row["count"] for row in found["byResource"]} == Counter(
        entry.resource for entry in counted
    )
    assert {row["date"]: row["count"] for row in found["byDay"] if row["count"]} == Counter(
        entry.timestamp.date().isoformat() for entry in counted
    )


def test_a_seal_that_comes_in_between_counts_nothing_twice(reader, monkeypatch):
    for _ in range(3):
        happened()
    live, sealed = figures._live, []

    def sealed_meanwhile(first):
        if not sealed:
            sealed.append(seal_all())
        return live(first)

    monkeypatch.setattr(figures, "_live", sealed_meanwhile)

    assert stats(reader, 1)["totalLogs"] == 3


def test_what_was_sealed_is_not_read_again(reader):
    happened()
    seal_all()

    found = figures.unsealed()

    assert list(found) == []
