"""Two cleanups at once, and one beside whoever writes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction

from audit.kinds import Action
from audit.models import AuditEntry, DayCount, Seal
from audit.services import retention
from config.common.request_meta import RequestMeta
from tests.accounts.races.crowd import gathered, unexpected
from tests.audit.log import happened, seal_all

IS_POSTGRESQL = connection.vendor == "postgresql"
OLD = timedelta(days=31)


@pytest.fixture
def pair(transactional_db, monkeypatch):
    monkeypatch.setattr(retention, "STEP", 3)
    monkeypatch.setattr(retention, "REST", 0)
    with gathered(4) as crowd:
        yield crowd


def clean_up():
    return retention.clean_up(days=30, policy_days=30, meta=RequestMeta(), seconds=60)


@pytest.mark.parametrize("sealed", [True, False])
def test_two_at_once_take_everything_once(pair, sealed):
    for _ in range(10):
        happened(ago=OLD)
        happened(ago=OLD)
        if sealed:
            seal_all()
    happened()
    if sealed:
        seal_all()

    outcomes = pair.at_once([clean_up] * 4)

    assert unexpected(outcomes) == []
    assert sum(done.deleted for done in outcomes) == 20
    assert AuditEntry.objects.exclude(action=Action.AUDIT_CLEANUP).count() == 1
    if sealed:
        assert [row.count for row in DayCount.objects.all()] == [1]
        assert Seal.objects.filter(retired_at=None).count() == 1


@pytest.mark.skipif(not IS_POSTGRESQL, reason="On SQLite nobody holds single rows.")
def test_entries_that_an_erasure_holds_are_left_to_the_next_one(pair, monkeypatch):
    monkeypatch.setattr(retention, "LOCK_WAIT", "50ms")
    monkeypatch.setattr(retention, "STEP", 1)
    held = happened(ago=OLD)
    seal_all()
    happened(ago=OLD)
    seal_all()

    with transaction.atomic():
        AuditEntry.unlocked.select_for_update().get(pk=held.pk)
        (done,) = pair.at_once([clean_up])

    assert (done.deleted, done.more) == (1, True)
    assert clean_up().deleted == 1
