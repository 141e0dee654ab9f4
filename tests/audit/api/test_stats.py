"""GET /audit/stats: exact, whatever of it is sealed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from audit.kinds import Action
from audit.models import AuditEntry
from tests.audit.log import auditor, happened

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
