"""What is sealed, when, and in which portions."""

from __future__ import annotations

import logging
import time
from collections import Counter
from datetime import UTC
from hashlib import sha256

import pytest
from django.db import DatabaseError, connection, transaction

from audit.models import AuditEntry, DayCount, Seal
from audit.selectors import sealed, stored, unsealed
from audit.services import merkle, sealing, seals
from audit.services.hashing import Crew, Pages
from audit.services.verifying import verify
from tests.accounts.races.crowd import gathered, unexpected
from tests.audit.log import happened, seal_all
from tests.audit.sealing import PATIENCE, seal_to_the_end, sql

ON_POSTGRESQL = connection.vendor == "postgresql"
only_postgresql = pytest.mark.skipif(not ON_POSTGRESQL, reason="SQLite counts no transactions.")


def keys_of_seals():
    return [sealed.unpacked(seal.ids).tolist() for seal in Seal.objects.order_by("pk")]


def everything():
    return sorted(AuditEntry.objects.values_list("pk", flat=True))


@pytest.mark.django_db(transaction=True)
def test_everything_is_sealed_once_in_portions(monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 3)
    with transaction.atomic():
        # One transaction, more entries than a portion.
        for _ in range(7):
            happened()
    for _ in range(2):
        happened()

    seal_to_the_end()

    portions = keys_of_seals()
    assert sorted(key for keys in portions for key in keys) == everything()
    assert max(len(keys) for keys in portions) == 3
    assert verify().finding is None
    assert not unsealed().exists()


@pytest.mark.django_db(transaction=True)
def test_what_comes_in_meanwhile_is_for_the_next_run(monkeypatch):
    store = sealing._store

    def busy(*args):
        happened()
        return store(*args)

    monkeypatch.setattr(sealing, "_store", busy)
    happened()
    deadline = time.monotonic() + PATIENCE
    while not (run := sealing.seal(seconds=PATIENCE)).seals:
        # Transactions of the rest of the server may hold it up.
        assert time.monotonic() < deadline

    assert (run.seals, run.entries, run.more) == (1, 1, False)
    assert unsealed().count() == 1


@pytest.mark.django_db(transaction=True)
def test_between_two_portions_the_rest_waits_and_what_is_sealed_does_not(monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 3)
    with transaction.atomic():
        for _ in range(7):
            happened()
    while not Seal.objects.exists():
        sealing.seal(seconds=0.001)
    while Seal.objects.count() > 1:
        Seal.objects.order_by("-pk")[0].delete()
    later = happened()

    waiting = set(unsealed().values_list("pk", flat=True))

    assert waiting == set(everything()) - set(keys_of_seals()[0])
    assert later.pk in waiting
    report = verify()
    assert (report.finding, report.entries, report.waiting) == (None, 3, 5)


@pytest.mark.django_db(transaction=True)
def test_with_nothing_new_no_seal_is_made():
    happened()
    seal_to_the_end()
    count = Seal.objects.count()

    run = sealing.seal()

    assert (run.seals, run.more, Seal.objects.count()) == (0, False, count)


@pytest.mark.django_db(transaction=True)
def test_a_run_ends_when_its_time_is_over_and_says_that_there_is_more():
    happened()

    assert sealing.seal(seconds=0) == sealing.Run(0, 0, 0, more=True)


@pytest.mark.django_db(transaction=True)
def test_of_several_who_seal_at_once_each_entry_is_in_one_seal(monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 5)
    for _ in range(40):
        happened()

    with gathered(4) as crowd:
        outcomes = crowd.at_once([sealing.seal] * 4)
    seal_to_the_end()

    assert unexpected(outcomes) == []
    assert sorted(key for keys in keys_of_seals() for key in keys) == everything()
    assert sum(DayCount.objects.values_list("count", flat=True)) == 40
    assert verify().finding is None


@pytest.mark.django_db(transaction=True)
def test_writers_beside_it_lose_nothing(monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 7)

    def write():
        for _ in range(15):
            with transaction.atomic():
                happened()
                happened()

    with gathered(4) as crowd:
        outcomes = crowd.at_once([write, write, write, lambda: [sealing.seal() for _ in range(20)]])
    seal_to_the_end()

    assert unexpected(outcomes) == []
    assert sorted(key for keys in keys_of_seals() for key in keys) == everything()
    assert len(everything()) == 90
    assert verify().finding is None


@pytest.mark.django_db
def test_a_seal_says_what_it_holds(caplog):
    entries = [happened() for _ in range(3)]

    with caplog.at_level(logging.INFO, "audit.services.sealing"):
        seal = seal_all()

    keys = [entry.pk for entry in entries]
    assert (seal.first_id, seal.last_id, seal.count) == (keys[0], keys[-1], 3)
    assert sealed.unpacked(seal.ids).tolist() == keys
    assert bytes(seal.ids_hash) == sha256(seal.ids).digest()
    assert merkle.root(merkle.split(seal.leaves)) == bytes(seal.root)
    assert seals.is_genuine(seal)
    assert f"Seal 1: 3 entries, head 1:{seals.link(seal).hex()}" in caplog.text


@pytest.mark.django_db
def test_what_is_sealed_is_counted_by_day():
    entries = [happened() for _ in range(3)]
    seal_all()

    counted = Counter(
        {(row.day, row.action, row.resource): row.count for row in DayCount.objects.all()}
    )

    assert counted == Counter(
        (entry.timestamp.astimezone(UTC).date(), entry.action, entry.resource) for entry in entries
    )


@only_postgresql
@pytest.mark.django_db(transaction=True)
class TestMoved:
    """A dump that is read into another server: its transactions are counted anew."""

    @pytest.fixture
    def moved(self, monkeypatch):
        """Two sealed entries and one that waits, of transactions far ahead of this count."""
        for _ in range(2):
            happened()
        seal_to_the_end()
        happened()
        sql("UPDATE audit_auditentry SET written_in = written_in + 1000000000")
        last = Seal.objects.order_by("-pk")[0]
        last.position["below"] += 1_000_000_000
        seals.sign(last)
        last.save()

    def test_what_waited_there_and_what_is_new_is_sealed_here(self, moved):
        assert verify().finding is None
        happened()
        self.seal()

        report = verify()
        assert (report.finding, report.entries, report.waiting) == (None, 4, 0)
        assert not unsealed().exists()
        happened()
        assert unsealed().count() == 1
        seal_to_the_end()
        assert verify().entries == 5

    def test_in_portions_with_a_stop_between_them(self, moved, monkeypatch):
        monkeypatch.setattr(sealing, "BATCH", 1)
        for _ in range(3):
            happened()
        number = Seal.objects.count()
        while Seal.objects.count() == number:
            sealing.seal(seconds=0.001)
        assert verify().finding is None
        happened()

        self.seal()

        report = verify()
        assert (report.finding, report.entries, report.waiting) == (None, 7, 0)
        assert sorted(key for keys in keys_of_seals() for key in keys) == everything()

    def test_a_server_whose_count_is_ahead_is_another_one_all_the_same(self, monkeypatch):
        happened()
        seal_to_the_end()
        happened()
        sql("UPDATE audit_auditentry SET written_in = 5")
        monkeypatch.setattr(stored, "cluster", lambda: "another")

        assert verify().finding is None
        self.seal()

        report = verify()
        assert (report.finding, report.entries, report.waiting) == (None, 2, 0)

    def seal(self):
        """Until what somebody else's transactions hold up is sealed too."""
        number, deadline = -1, time.monotonic() + PATIENCE
        while number != Seal.objects.count() or unsealed().exists():
            number = Seal.objects.count()
            sealing.seal()
            assert time.monotonic() < deadline


@pytest.mark.django_db
def test_a_log_from_the_other_kind_of_database_goes_on_here(monkeypatch):
    happened()
    seal_all()
    Seal.objects.update(position={**Seal.objects.get().position, "cluster": "elsewhere"})
    seal = Seal.objects.get()
    seals.sign(seal)
    seal.save()
    happened()

    until = stored.running()[0] if ON_POSTGRESQL else None
    batch = sealing._next(sealed.position(), Pages(Crew(cores=1)), until=until)

    assert [row[stored.ID] for row in batch.rows] == everything()[1:]


DEEP = ['{"deep": ' + "[" * size + "]" * size + "}" for size in (300, 700, 950, 2000)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "details",
    ['{"a": 1e400}', '"text"', "[1, 2]", "null", *DEEP],
    ids=["huge", "text", "list", "null", *"0123"],
)
def test_whatever_somebody_wrote_sealing_does_not_stop_at_it(details):
    entry = happened()
    try:
        sql("UPDATE audit_auditentry SET details = %s WHERE id = %s", details, entry.pk)
    except DatabaseError as error:
        pytest.skip(f"This database does not take it: {error}")

    seal_all()

    assert verify().finding.entry == entry.pk
