"""POST /audit/cleanup, and the same by the schedule."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.services import purge
from audit.models import AuditEntry
from audit.services import retention
from rbac.permissions import Permission
from tests.audit.log import happened, holder

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def policy(settings, monkeypatch):
    monkeypatch.setattr(retention, "REST", 0)
    settings.AUDIT_RETENTION_DAYS = 30


@pytest.fixture
def keeper(client_for):
    client = client_for(holder(Permission.SYSTEM_MANAGE, username="keeper"))
    AuditEntry.unlocked.all().delete()
    return client


def clean(keeper, **body):
    response = keeper.post("audit/cleanup", body)
    return response.status_code, response.data.get("data", response.data.get("code"))


def actions():
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def test_the_policys_days_hold_if_nothing_is_said(keeper):
    happened(ago=31 * DAY)
    happened(ago=29 * DAY)

    assert clean(keeper) == (200, {"deletedCount": 1, "more": False})
    assert actions() == ["USER_LOGIN", "AUDIT_CLEANUP"]
    entry = AuditEntry.objects.get(action="AUDIT_CLEANUP")
    assert entry.actor.username == "keeper"
    assert entry.ip_address == "127.0.0.1"


def test_more_days_than_the_policys_are_anybodys_right(keeper):
    happened(ago=31 * DAY)

    assert clean(keeper, retentionDays=60) == (200, {"deletedCount": 0, "more": False})


def test_fewer_are_refused_and_say_how_many_it_is(keeper):
    happened(ago=25 * DAY)

    response = keeper.post("audit/cleanup", {"retentionDays": 20})

    assert (response.status_code, response.data["code"]) == (400, "RETENTION_POLICY")
    assert response.data["data"] == {"retentionDays": 30}
    assert actions() == ["USER_LOGIN"]


def test_unless_forced(keeper):
    happened(ago=25 * DAY)

    assert clean(keeper, retentionDays=20, force=True) == (200, {"deletedCount": 1, "more": False})
    assert AuditEntry.objects.get().details["forced"] is True


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("retentionDays", 0),
        ("retentionDays", -1),
        ("retentionDays", 36_501),
        ("retentionDays", "x"),
        ("retentionDays", None),
        ("force", "yes"),
    ],
)
def test_what_is_no_number_of_days_is_a_fault(keeper, field, value):
    response = keeper.post("audit/cleanup", {"force": True, field: value})

    assert (response.status_code, response.data["errors"][0]["field"]) == (422, field)
    assert actions() == []


def test_the_schedule_keeps_to_the_policy(db):
    happened(ago=31 * DAY)
    young = happened(ago=29 * DAY)

    gone = purge.purge()

    assert gone["audit entries"] == 1
    entry = AuditEntry.objects.get(action="AUDIT_CLEANUP")
    assert entry.actor is None
    assert entry.details["forced"] is False
    assert AuditEntry.objects.filter(pk=young.pk).exists()
