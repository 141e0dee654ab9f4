"""The seals themselves: changed, taken out, put in, or said to be retired."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F

from audit.kinds import Action
from audit.models import AuditEntry, Seal
from audit.services import retention, seals
from audit.services.chain import Head
from audit.services.verifying import verify
from config.common.request_meta import RequestMeta
from tests.audit.log import happened, seal_all
from tests.audit.sealing import finding, sealed_log

pytestmark = pytest.mark.django_db

OLD = timedelta(days=60)


@pytest.fixture
def log():
    return sealed_log(2, 3, 2)


def found():
    told = finding()
    return (told.fault.value, told.seal) if told else ("", None)


@pytest.mark.parametrize(
    "columns",
    [
        {"first_id": 0},
        {"last_id": F("last_id") + 1},
        {"count": 2},
        {"ids_hash": bytes(32)},
        {"root": bytes(32)},
        {"previous": bytes(32)},
        {"unproven": [1]},
        {"newest": F("newest") - timedelta(days=900)},
        {"position": {"upto": 5}},
        {"key_id": "another"},
        {"signature": bytes(64)},
        {"sealed_at": F("sealed_at") - timedelta(days=1)},
        {"ids": b""},
        {"leaves": b""},
        {"ids": bytes(24)},
        {"leaves": bytes(96)},
        {"leaves": bytes(64)},
    ],
    ids=str,
)
def test_a_changed_seal_is_named(log, columns):
    Seal.objects.filter(pk=2).update(**columns)

    assert found() == ("seal", 2)


@pytest.mark.parametrize("number", [1, 2])
def test_a_missing_seal_is_named(log, number):
    Seal.objects.filter(pk=number).delete()

    assert found() == ("chain", number)


def test_a_chain_that_is_cut_in_the_middle_and_closed_up_is_named(log):
    Seal.objects.filter(pk=2).delete()
    Seal.objects.filter(pk=3).update(id=2)

    assert found() == ("seal", 2)


def test_seals_that_change_places_are_named(log):
    Seal.objects.filter(pk=2).update(id=9)
    Seal.objects.filter(pk=3).update(id=2)
    Seal.objects.filter(pk=9).update(id=3)

    assert found() == ("seal", 2)


def test_a_genuine_seal_of_another_chain_does_not_fit_in():
    """One that was made before the database was set back to an older copy, say."""
    sealed_log(1, 2)
    other = Seal.objects.get(pk=2)
    AuditEntry.unlocked.all().delete()
    Seal.objects.all().delete()
    sealed_log(1, 2, 1)
    Seal.objects.get(pk=2).delete()

    other.save(force_insert=True)

    assert seals.is_genuine(other)
    assert found() == ("chain", 2)


class TestCutAtTheEnd:
    """Who takes out the newest seals along with their entries leaves a log that is whole."""

    @pytest.fixture
    def cut(self, log):
        newest = Seal.objects.get(pk=3)
        kept = Head(3, seals.link(newest).hex())
        newest.delete()
        AuditEntry.unlocked.filter(pk__in=[entry.pk for entry in log[5:]]).delete()
        return kept

    def test_which_only_a_head_that_was_kept_shows(self, cut):
        assert verify().finding is None
        assert verify(head=cut).finding.fault == "head"

    def test_whatever_was_sealed_in_its_place(self, cut):
        happened()
        seal_all()

        told = verify(head=cut).finding

        assert (told.fault, told.seal) == ("head", 3)

    def test_and_the_head_that_is_there_fits(self, cut):
        there = Seal.objects.get(pk=2)

        assert verify(head=Head(2, seals.link(there).hex())).finding is None


class TestRetired:
    @pytest.fixture
    def old(self, log):
        return [happened(ago=OLD), happened(ago=OLD)]

    def clean_up(self):
        retention.clean_up(days=30, policy_days=30, meta=RequestMeta(), seconds=60)

    def test_by_retention_is_in_order(self, old):
        seal_all()
        self.clean_up()
        seal_all()

        assert found() == ("", None)
        assert not AuditEntry.objects.filter(pk__in=[entry.pk for entry in old]).exists()

    def test_by_somebody_else_is_named(self, old):
        seal_all()
        AuditEntry.unlocked.filter(pk__in=[entry.pk for entry in old]).delete()
        Seal.objects.filter(pk=4).update(retired_at=F("sealed_at"), ids=b"", leaves=b"")

        assert found() == ("retirement", 4)

    def test_what_is_put_where_its_leaves_were_is_named(self, old):
        seal_all()
        self.clean_up()

        Seal.objects.filter(pk=4).update(leaves=bytes(32))

        assert found() == ("seal", 4)

    def test_with_the_word_of_another_seal_is_named(self, old, log):
        seal_all()
        self.clean_up()
        word = Seal.objects.get(pk=4).retirement
        AuditEntry.unlocked.filter(pk__in=[entry.pk for entry in log[:2]]).delete()
        Seal.objects.filter(pk=1).update(
            retired_at=F("sealed_at"), retirement=word, ids=b"", leaves=b""
        )

        assert found() == ("retirement", 1)

    def test_an_entry_that_comes_back_is_named(self, old):
        seal_all()
        self.clean_up()
        happened()
        seal_all()

        old[0].pk, old[0]._state.adding = old[0].pk, True
        old[0].save()

        assert finding().fault == "added"
        assert finding().entry == old[0].pk

    def test_an_entry_that_comes_back_under_a_new_key_is_named(self, old):
        seal_all()
        self.clean_up()

        old[0].pk, old[0]._state.adding = None, True
        old[0].save()
        seal_all()

        assert (finding().fault, finding().entry) == ("unproven", old[0].pk)

    def test_retention_is_not_helped_into_it_by_an_older_date(self, old, log):
        seal_all()
        Seal.objects.filter(pk=1).update(newest=F("newest") - OLD)

        self.clean_up()

        assert AuditEntry.objects.filter(pk__in=[entry.pk for entry in log[:2]]).count() == 2
        assert Seal.objects.get(pk=1).retired_at is None

    def test_nor_by_the_entries_of_another_seal(self, old, log):
        seal_all()
        Seal.objects.filter(pk=4).update(ids=Seal.objects.get(pk=1).ids)

        self.clean_up()

        assert AuditEntry.objects.filter(pk__in=[entry.pk for entry in log[:2]]).count() == 2

    def test_what_was_kept_is_still_proven(self, old):
        kept = happened(Action.AUDIT_CLEANUP, ago=OLD)
        seal_all()
        self.clean_up()
        assert found() == ("", None)
        assert Seal.objects.get(pk=4).retirement["kept"] == [kept.pk]

        AuditEntry.unlocked.filter(pk=kept.pk).update(action="USER_LOGIN")

        assert (finding().fault, finding().entry) == ("changed", kept.pk)
