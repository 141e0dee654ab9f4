"""Whatever somebody does to the sealed log by SQL, checking names the entry."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db.models import F

from audit.models import AuditEntry, Blanking
from audit.selectors import stored
from audit.services import erasure
from audit.services.leaves import commitment, known, parsed
from audit.services.marking import is_marked, set_mark
from tests.audit.log import happened, seal_all
from tests.audit.sealing import fault, finding, put_in, sealed_log, tamper

pytestmark = pytest.mark.django_db

SOMEBODY = UUID("019aaf3e-5c1f-7c52-9d43-0c6f5a2b7e10")


@pytest.fixture
def log():
    """Seven entries under three seals."""
    return sealed_log(3, 3, 1, people=(uuid4(), uuid4()))


def test_an_untouched_log_is_whole(log):
    assert fault() == ("", None)


@pytest.mark.parametrize(
    "columns",
    [
        {"action": "USER_LOGIN"},
        {"resource": "session"},
        {"resource_id": "another"},
        {"user_id": SOMEBODY},
        {"user_id": None},
        {"actor_id": SOMEBODY},
        {"impersonating_id": SOMEBODY},
        {"ip_address": "203.0.113.8"},
        {"ip_address": None},
        {"user_agent": "Chrome"},
        {"user_agent": ""},
        {"request_id": "another"},
        {"salt": SOMEBODY},
        {"salt": None},
        {"timestamp": F("timestamp") + timedelta(microseconds=1)},
        {"details": {}},
        {"details": {"fields": ["city"], "old": {"city": "Leeds"}, "new": {"city": "York"}}},
        {"details": {"fields": ["city"], "old": {"city": "Leeds"}}},
        {"details": ["city"]},
        {"details": {"": 1, "fields": 10**30}},
        {"blanked": {"by": [], "salts": {}, "hashes": {}}},
        {"blanked": {"salts": 5}},
        {"blanked": ["anything"]},
        {"blanked": {}},
    ],
    ids=str,
)
def test_an_edit_is_named(log, columns):
    tamper(log[4], **columns)

    assert fault() == ("changed", log[4].pk)


def test_a_detail_that_is_added_is_named(log):
    tamper(log[4], details={**log[4].details, "reason": "forged"})

    assert fault() == ("changed", log[4].pk)


def test_a_long_number_is_read_to_its_last_digit():
    entry = happened(number=10**25)
    seal_all()

    tamper(entry, details={"number": 10**25 + 1})

    assert fault() == ("changed", entry.pk)


@pytest.mark.parametrize("place", [0, 2, 4, 6])
def test_an_entry_that_is_taken_out_is_named(log, place):
    AuditEntry.unlocked.filter(pk=log[place].pk).delete()

    assert fault() == ("removed", log[place].pk)


def test_the_first_of_several_is_named(log):
    AuditEntry.unlocked.filter(pk=log[5].pk).delete()
    tamper(log[1], action="USER_LOGIN")

    assert fault() == ("changed", log[1].pk)


def test_two_that_change_places_are_named(log):
    tamper(log[1], id=10**9)
    tamper(log[5], id=log[1].pk)
    tamper(10**9, id=log[5].pk)

    assert fault() == ("changed", log[1].pk)


def test_the_text_says_what_was_done_and_where(log):
    tamper(log[4], action="USER_LOGIN")

    assert finding().text == f"Entry {log[4].pk} was changed after it was sealed (seal 2)."


class TestAdded:
    """An entry that this program did not write."""

    def test_under_a_new_key(self, log):
        forged = put_in(log[4], salt=uuid4(), details={"forged": True})

        assert fault() == ("unproven", forged.pk)
        seal_all()
        assert fault() == ("unproven", forged.pk)

    def test_into_a_gap(self):
        first, gap, last = happened(), happened(), happened()
        AuditEntry.unlocked.filter(pk=gap.pk).delete()
        seal_all()
        assert fault() == ("", None)

        put_in(gap, pk=gap.pk)

        assert fault() == ("added", gap.pk)
        assert (first.pk, last.pk) == (gap.pk - 1, gap.pk + 1)

    @pytest.mark.parametrize("key", [0, -5])
    def test_before_all_others(self, log, key):
        put_in(log[4], pk=key, salt=uuid4())

        assert fault() == ("added", key)

    def test_of_long_ago(self, log):
        forged = put_in(log[4], salt=uuid4(), timestamp=log[0].timestamp - timedelta(days=90))
        seal_all()

        assert fault() == ("unproven", forged.pk)

    def test_with_the_mark_of_another_one(self, log):
        forged = put_in(log[4], details={"forged": True})
        seal_all()

        assert fault() == ("unproven", forged.pk)

    @pytest.mark.parametrize("waits", [True, False])
    def test_as_a_copy_of_one_that_is_there(self, log, waits):
        copy = put_in(log[4])
        assert is_marked(copy)
        if not waits:
            seal_all()

        assert fault() == ("unproven", copy.pk)

    def test_as_a_copy_of_one_that_waits_beside_it(self, log):
        original = happened()
        copy = put_in(original)
        seal_all()

        assert fault() == ("unproven", copy.pk)

    def test_as_a_copy_of_one_that_an_erasure_blanked_since(self, log):
        erasure.anonymise(log[4].user_id, pseudonym="erased-1")
        assert fault() == ("", None)

        copy = put_in(log[4])
        seal_all()

        assert fault() == ("unproven", copy.pk)

    def test_and_is_not_made_ours_by_an_erasure(self, log):
        forged = put_in(log[4], salt=uuid4(), details={"forged": True})

        erasure.anonymise(log[4].user_id, pseudonym="erased-1")
        seal_all()

        assert fault() == ("unproven", forged.pk)


@pytest.mark.parametrize("columns", [{"action": "USER_LOGOUT"}, {"details": {}}, {"mark": None}])
def test_an_edit_before_the_seal_is_named_before_and_after_it(log, columns):
    waiting = happened(reason="password")
    tamper(waiting, **columns)

    assert fault() == ("unproven", waiting.pk)
    seal_all()
    assert fault() == ("unproven", waiting.pk)


class TestBlanked:
    """What erasure may do and nobody else."""

    @pytest.fixture
    def blanked(self, log):
        erasure.anonymise(log[4].user_id, pseudonym="erased-1")
        assert fault() == ("", None)
        return log

    def test_a_blanking_that_keeps_the_leaf_needs_an_erasures_word(self, log):
        (row,) = stored.by_keys([log[4].pk])
        left = {"by": [uuid4().hex], "salts": {}, "hashes": {}}
        for name, salt, value in known(row, parsed(row[stored.DETAILS])):
            left["hashes"][name] = commitment(salt, value).hex()

        tamper(log[4], blanked=left, salt=None, user_id=None, actor_id=None, details={})

        assert fault() == ("blanked", log[4].pk)

    def test_nor_does_the_word_for_another_entry_do(self, blanked):
        word = Blanking.objects.get()
        (row,) = stored.by_keys([blanked[5].pk])
        left = {"by": [word.pk.hex], "salts": {}, "hashes": {}}
        for name, salt, value in known(row, parsed(row[stored.DETAILS])):
            left["hashes"][name] = commitment(salt, value).hex()

        tamper(blanked[5], blanked=left, salt=None, user_id=None, actor_id=None, details={})

        assert fault() == ("blanked", blanked[5].pk)

    @pytest.mark.parametrize(
        "columns",
        [
            {"details": {"erased": {"user": "erased-2"}}},
            {"resource_id": "erased-2"},
            {"user_agent": "forged"},
        ],
        ids=str,
    )
    def test_what_it_left_is_not_changed_either(self, blanked, columns):
        tamper(blanked[4], **columns)

        assert fault()[1] == blanked[4].pk

    @pytest.mark.parametrize("columns", [{"pseudonym": "x"}, {"ids": b""}, {"states": bytes(64)}])
    def test_its_word_is_not_changed(self, blanked, columns):
        Blanking.objects.update(**columns)

        assert fault() == ("blanked", blanked[0].pk)

    def test_nor_taken_out(self, blanked):
        Blanking.objects.all().delete()

        assert fault() == ("blanked", blanked[0].pk)

    def test_what_went_does_not_come_back(self, blanked):
        was = blanked[4]
        tamper(
            was,
            blanked=None,
            salt=was.salt,
            user_id=was.user_id,
            actor_id=was.actor_id,
            details=was.details,
            resource_id=was.resource_id,
            ip_address=was.ip_address,
            user_agent=was.user_agent,
            request_id=was.request_id,
        )

        assert fault() == ("unblanked", was.pk)


def test_whoever_holds_the_secret_can_write_but_not_change_what_is_sealed(log):
    forged = AuditEntry.objects.get(pk=log[4].pk)
    forged.action = "USER_LOGIN"
    set_mark(forged)

    tamper(forged, action=forged.action, mark=forged.mark)

    assert fault() == ("changed", forged.pk)
