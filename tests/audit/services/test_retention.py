"""Old entries go, in steps that can be stopped anywhere."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from audit.errors import RetentionPolicy
from audit.kinds import Action
from audit.models import AuditEntry, DayCount, Seal
from audit.services import retention
from audit.services.retention import clean_up
from config.common.request_meta import RequestMeta
from tests.audit.log import happened, seal_all

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
DAY = timedelta(days=1)
META = RequestMeta()


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr(retention, "REST", 0)
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def run(days=30, **given):
    return clean_up(days=days, policy_days=30, meta=META, **{"seconds": 60, **given})


def kept():
    entries = AuditEntry.objects.exclude(action=Action.AUDIT_CLEANUP)
    return set(entries.values_list("pk", flat=True))


def cleanups():
    entries = AuditEntry.objects.filter(action=Action.AUDIT_CLEANUP).order_by("pk")
    return [entry.details for entry in entries]


def counted():
    return sum(DayCount.objects.values_list("count", flat=True))


def test_what_was_never_sealed_goes_by_its_time():
    happened(ago=31 * DAY)
    young = happened(ago=29 * DAY)

    done = run()

    assert (done.deleted, done.more) == (1, False)
    assert kept() == {young.pk}


def test_a_batch_goes_when_its_newest_entry_is_old_enough(clock):
    old = [happened(ago=32 * DAY), happened(ago=31 * DAY)]
    seal_all()
    mixed = [happened(ago=33 * DAY), happened(ago=29 * DAY)]
    seal_all()

    first = run()
    assert first.deleted == len(old)
    assert kept() == {entry.pk for entry in mixed}

    clock.shift(DAY + timedelta(seconds=1))
    assert run().deleted == len(mixed)


def test_its_header_stays():
    happened(ago=31 * DAY)
    seal_all()

    run()

    seal = Seal.objects.get()
    assert seal.retired_at == NOW
    assert seal.count == 1


def test_what_is_not_sealed_yet_waits_for_its_seal():
    happened(ago=60 * DAY)
    seal_all()
    waiting = happened(ago=60 * DAY)

    run()

    assert kept() == {waiting.pk}


def test_the_counts_follow():
    happened(ago=31 * DAY)
    happened(Action.LOGIN_FAILED, ago=31 * DAY)
    seal_all()
    happened(ago=2 * DAY)
    seal_all()

    run()

    assert counted() == 1
    assert DayCount.objects.get().action == "USER_LOGIN"


def test_no_cleanup_takes_a_cleanups_entry(clock):
    happened(ago=31 * DAY)
    seal_all()
    run()
    happened()
    seal_all()

    clock.shift(400 * DAY)
    run()

    assert kept() == set()
    assert len(cleanups()) == 2
    assert counted() == 1


def test_nor_where_nothing_was_ever_sealed(clock):
    happened(ago=31 * DAY)
    run()

    clock.shift(400 * DAY)

    assert run().deleted == 0
    assert len(cleanups()) == 1


def test_a_cleanup_of_one_step_is_one_entry(owner):
    happened(ago=31 * DAY)

    run(days=20, force=True, by=owner)

    entry = AuditEntry.objects.get()
    assert (entry.resource, entry.actor) == ("audit", owner)
    assert entry.details == {
        "retentionDays": 20,
        "before": "2026-11-03T10:00:00.000Z",
        "forced": True,
        "deletedCount": 1,
    }


def test_one_of_many_steps_tells_of_each_and_how_much_it_was_in_all(monkeypatch, owner):
    monkeypatch.setattr(retention, "STEP", 2)
    for _ in range(5):
        happened(ago=31 * DAY)

    run(by=owner)

    first, *later = AuditEntry.objects.filter(action=Action.AUDIT_CLEANUP).order_by("pk")
    assert [(told.get("deletedCount"), told.get("deletedInAll")) for told in cleanups()] == [
        (2, None),
        (2, None),
        (1, None),
        (None, 5),
    ]
    assert "continues" not in first.details
    assert {entry.details["continues"] for entry in later} == {first.pk}
    assert {entry.actor for entry in (first, *later)} == {owner}


@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize("after", [1, 2, 3])
def test_killed_between_two_steps_what_is_gone_is_told(monkeypatch, sealed, after):
    """Between them it rests; no more than that is needed to lose what was only remembered."""
    monkeypatch.setattr(retention, "STEP", 2)
    for _ in range(4):
        happened(ago=31 * DAY)
        happened(ago=31 * DAY)
        if sealed:
            seal_all()
    rests = []

    def dies(_seconds):
        rests.append(1)
        if len(rests) == after:
            raise KeyboardInterrupt

    monkeypatch.setattr(retention.time, "sleep", dies)
    with pytest.raises(KeyboardInterrupt):
        run()

    assert [told["deletedCount"] for told in cleanups()] == [2] * after
    assert len(kept()) == 8 - 2 * after
    run()
    assert sum(told.get("deletedCount", 0) for told in cleanups()) == 8


def test_the_schedule_says_nothing_about_nothing_and_staff_do(owner):
    run()
    assert cleanups() == []

    run(by=owner)
    assert [told["deletedInAll"] for told in cleanups()] == [0]


def test_fewer_days_than_the_policys_need_force():
    happened(ago=25 * DAY)

    with pytest.raises(RetentionPolicy) as refused:
        run(days=20)

    assert refused.value.data == {"retentionDays": 30}
    assert len(kept()) == 1
    assert cleanups() == []
    assert run(days=20, force=True).deleted == 1


def test_it_stops_when_its_time_is_over_and_says_that_there_is_more(monkeypatch):
    monkeypatch.setattr(retention, "STEP", 2)
    for _ in range(5):
        happened(ago=31 * DAY)

    first = run(seconds=-1)
    second = run()

    assert (first.deleted, first.more) == (2, True)
    assert (second.deleted, second.more) == (3, False)


@pytest.mark.parametrize("sealed", [True, False])
def test_killed_half_way_it_leaves_whole_steps_and_goes_on(monkeypatch, sealed):
    monkeypatch.setattr(retention, "STEP", 2)
    for _ in range(3):
        happened(ago=31 * DAY)
        happened(ago=31 * DAY)
        if sealed:
            seal_all()
    delete, calls = retention._delete, []

    def dies_at_the_second(keys):
        counts = delete(keys)
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return counts

    monkeypatch.setattr(retention, "_delete", dies_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        run()

    assert len(kept()) == 4
    assert [told["deletedCount"] for told in cleanups()] == [2]
    if sealed:
        assert counted() == 4
        assert Seal.objects.filter(retired_at=None).count() == 2
    assert run().deleted == 4
    assert kept() == set()


def test_a_batch_that_misses_an_entry_stays_as_evidence(caplog):
    robbed = [happened(ago=31 * DAY), happened(ago=31 * DAY)]
    seal = seal_all()
    happened(ago=31 * DAY)
    seal_all()
    AuditEntry.unlocked.filter(pk=robbed[0].pk).delete()

    with caplog.at_level(logging.WARNING):
        done = run()

    assert (done.deleted, done.more) == (1, False)
    assert kept() == {robbed[1].pk}
    assert Seal.objects.get(retired_at=None) == seal
    assert "audit_verify" in caplog.text


def test_small_batches_go_together(monkeypatch, django_assert_max_num_queries):
    for _ in range(20):
        happened(ago=31 * DAY)
        seal_all()

    with django_assert_max_num_queries(30):
        assert run().deleted == 20
