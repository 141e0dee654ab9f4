"""Hashing by several processes gives what one gives, and finds what one finds."""

from __future__ import annotations

import os

import pytest
from django.db import connection, transaction

from audit.kinds import Action
from audit.models import AuditEntry, Seal
from audit.selectors import stored
from audit.selectors.sealed import unpacked
from audit.services import hashing, merkle, sealing
from audit.services.hashing import Crew, leaves, proven_leaves
from audit.services.recording import draft, record_many
from audit.services.verifying import verify
from config.common.request_meta import RequestMeta
from tests.audit.sealing import seal_to_the_end

COUNT = 47


@pytest.fixture
def entries(transactional_db, person):
    someone = person()
    with transaction.atomic():
        record_many(
            draft(Action.USER_LOGIN, actor=someone, subject=someone, meta=RequestMeta(), number=n)
            for n in range(COUNT)
        )
    return stored.after(None, limit=COUNT)


@pytest.fixture
def small(monkeypatch):
    """Pages of a few entries, so that there is a next one to read ahead."""
    monkeypatch.setattr(sealing, "BATCH", 10)
    monkeypatch.setattr("audit.services.verifying.STEP", 10)


def process_of(rows):
    return [os.getpid()] * len(rows)


def tampered(key):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_auditentry SET resource = 'other' WHERE id = %s", [key])


def test_others_hash_as_one_does_and_in_order(entries):
    with Crew(alone=0, cores=3) as crew:
        assert crew.submit(leaves, entries)() == leaves(entries)
        assert crew.submit(proven_leaves, entries)() == proven_leaves(entries)
        assert crew.submit(leaves, [])() == []


def test_others_are_called_only_where_there_is_much(entries):
    with Crew(alone=COUNT, cores=2) as crew:
        first = crew.submit(process_of, entries)()
        second = crew.submit(process_of, entries)()

    assert set(first) == {os.getpid()}
    assert os.getpid() not in second


def test_nobody_is_called_on_one_core(entries):
    with Crew(alone=0, cores=1) as crew:
        assert set(crew.submit(process_of, entries)()) == {os.getpid()}
        assert not crew.is_called


def test_a_command_hashes_alone_where_nothing_can_be_forked(monkeypatch, entries):
    monkeypatch.setattr(hashing, "get_all_start_methods", lambda: ["spawn"])

    with hashing.crew() as crew:
        assert set(crew.submit(process_of, entries * 2000)()) == {os.getpid()}


def sealed_leaves():
    return {
        key: leaf
        for seal in Seal.objects.all()
        for key, leaf in zip(unpacked(seal.ids), merkle.split(seal.leaves), strict=True)
    }


@pytest.mark.usefixtures("small")
def test_leaves_are_the_same_by_many_hands(entries):
    seal_to_the_end()
    alone = sealed_leaves()
    Seal.objects.all().delete()

    with Crew(alone=0, cores=2) as crew:
        seal_to_the_end(crew=crew)
        assert crew.is_called

    assert len(alone) == COUNT
    assert sealed_leaves() == alone


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("place", [0, 9, 10, 25, COUNT - 1])
def test_what_was_changed_is_found_by_many_hands(entries, place):
    key = entries[place][stored.ID]
    with Crew(alone=0, cores=2) as crew:
        seal_to_the_end(crew=crew)
        assert verify(crew=crew).finding is None
        tampered(key)
        finding = verify(crew=crew).finding

    assert finding is not None
    assert finding.entry == key


@pytest.mark.usefixtures("small")
def test_what_nobody_wrote_is_unproven_by_many_hands(entries):
    AuditEntry.objects.bulk_create([AuditEntry(action="USER_LOGIN", resource="user")])

    with Crew(alone=0, cores=2) as crew:
        seal_to_the_end(crew=crew)

    assert sum(len(seal.unproven) for seal in Seal.objects.all()) == 1
