"""What the program does itself raises no alarm, whenever it is checked."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection, transaction

from audit.kinds import Action
from audit.models import AuditEntry, Blanking, Seal
from audit.selectors import unsealed
from audit.services import erasure, retention, sealing, verifying
from audit.services.verifying import verify
from config.common.request_meta import RequestMeta
from config.settings.keys import private_pem
from tests.accounts.races.crowd import gathered, unexpected
from tests.audit.log import META, happened, seal_all
from tests.audit.sealing import fault, finding, seal_to_the_end, sealed_log, secrets

ON_POSTGRESQL = connection.vendor == "postgresql"
OLD = timedelta(days=60)


@pytest.mark.django_db
class TestErasure:
    @pytest.mark.parametrize("before", [True, False], ids=["before sealing", "after sealing"])
    def test_an_erased_person_leaves_a_log_that_is_whole(self, before):
        gone, other = uuid4(), uuid4()
        sealed_log(4, 3, people=(gone, other))
        happened(Action.ADMIN_SUSPENDED, actor=other, subject=gone, reason="spam")
        if not before:
            seal_all()

        erasure.anonymise(gone, pseudonym="erased-1")

        assert fault() == ("", None)
        seal_all() if before else None
        assert fault() == ("", None)
        assert not AuditEntry.objects.filter(user=gone).exists()

    def test_so_do_two_who_stand_in_one_entry(self):
        one, two = uuid4(), uuid4()
        entry = happened(Action.ADMIN_USER_UPDATED, actor=one, subject=two, new={"city": "York"})
        seal_all()

        for person in (one, two):
            erasure.anonymise(person, pseudonym=f"erased-{person.hex[:8]}")
            assert fault() == ("", None)

        entry.refresh_from_db()
        assert entry.salt is None
        assert len(entry.blanked["by"]) == 2
        assert {"user", "actor", "ip_address", "details.new"} <= set(entry.blanked["hashes"])

    def test_a_salt_stays_for_what_stays_and_for_nothing_else(self):
        gone = uuid4()
        entry = happened(actor=gone, subject=gone, method="password", attempts=3)
        seal_all()

        erasure.anonymise(gone, pseudonym="erased-1")

        entry.refresh_from_db()
        assert set(entry.blanked["salts"]) == {"details.attempts"}
        assert "ip_address" in entry.blanked["hashes"]

    def test_an_entry_that_names_nobody_is_left_alone(self):
        entry = happened(reason="password")

        erasure.anonymise(uuid4(), pseudonym="erased-1", mentioned=[entry.pk])

        assert AuditEntry.objects.get().salt == entry.salt
        assert not Blanking.objects.exists()

    def test_a_person_called_like_a_word_of_ours_changes_no_ones_names_of_details(self):
        entry = happened(fields=["city"], reason="password")
        seal_all()

        erasure.anonymise(uuid4(), pseudonym="erased-1", names=["fields"], mentioned=[entry.pk])

        assert set(AuditEntry.objects.get().details) == {"fields", "reason"}


@pytest.mark.django_db
class TestRetention:
    def clean_up(self, days=30):
        retention.clean_up(days=days, policy_days=days, meta=RequestMeta(), seconds=60)

    def test_old_entries_go_and_the_log_is_whole(self):
        for _ in range(3):
            happened(ago=OLD)
            happened(ago=OLD)
            seal_all()
        sealed_log(2)

        self.clean_up()

        assert fault() == ("", None)
        seal_all()
        assert fault() == ("", None)
        assert Seal.objects.filter(retired_at=None).count() == 2

    def test_erased_entries_go_as_well(self):
        gone = uuid4()
        happened(actor=gone, subject=gone, ago=OLD)
        seal_all()
        erasure.anonymise(gone, pseudonym="erased-1")

        self.clean_up()

        assert fault() == ("", None)

    def test_entries_that_went_before_the_first_seal_are_missed_by_nobody(self):
        happened(ago=OLD)
        self.clean_up()
        sealed_log(2)

        assert fault() == ("", None)


@pytest.mark.django_db
class TestKeys:
    def test_a_new_secret_knows_what_the_old_one_marked(self, settings):
        old = settings.SECRETS
        happened()
        with secrets(settings, "a-new-secret-that-is-long-enough-1", *old):
            happened()

            seal_all()

            assert fault() == ("", None)

    def test_a_secret_that_is_gone_is_not_needed_for_what_is_sealed(self, settings):
        sealed_log(2)
        with secrets(settings, "a-new-secret-that-is-long-enough-1"):
            assert fault() == ("", None)

            happened()
            seal_all()
            assert fault() == ("", None)

    def test_a_new_signing_key_goes_on_where_the_old_one_stopped(self, settings, tmp_path):
        gone = uuid4()
        sealed_log(2, people=(gone,))
        erasure.anonymise(gone, pseudonym="erased-1")
        new = tmp_path / "new.pem"
        new.write_text(private_pem(Ed25519PrivateKey.generate()))
        old = settings.AUDIT_SIGNING_KEY_FILES

        settings.AUDIT_SIGNING_KEY_FILES = [new, *old]
        sealed_log(2)
        assert fault() == ("", None)

        settings.AUDIT_SIGNING_KEY_FILES = [new]
        assert finding().fault == "seal"
        assert "not listed" in finding().text


@pytest.mark.django_db(transaction=True)
def test_it_checks_one_moment_while_the_program_goes_on(monkeypatch):
    """Entries, seals, erasures and retention from another connection, in the middle of a check."""
    gone = uuid4()
    happened(ago=OLD)
    seal_to_the_end()
    happened(actor=gone, subject=gone)
    happened()
    seal_to_the_end()
    monkeypatch.setattr(verifying, "STEP", 1)
    done = []

    def everything():
        with transaction.atomic():
            erasure.anonymise(gone, pseudonym="erased-1")
        happened()
        seal_to_the_end()
        retention.clean_up(days=30, policy_days=30, meta=META, seconds=60)
        return sealing.seal()

    with gathered(1) as crowd:

        def goes_on(what, _count):
            if what == "entries" and not done:
                done.append(crowd.at_once([everything]))

        report = verify(said=goes_on)

    assert unexpected(done[0]) == []
    assert report.finding is None
    assert report.entries == 3
    assert verify().finding is None


@pytest.mark.skipif(not ON_POSTGRESQL, reason="On SQLite one transaction writes at a time.")
@pytest.mark.django_db(transaction=True)
def test_an_entry_that_becomes_visible_late_is_sealed_and_raises_no_alarm():
    with gathered(1) as crowd, transaction.atomic():
        late = happened()
        # Somebody else writes after it, and is done before it.
        assert unexpected(crowd.at_once([happened])) == []
        crowd.at_once([sealing.seal])
        (report,) = crowd.at_once([verify])
        assert (report.finding, report.entries) == (None, 0)

    seal_to_the_end()
    report = verify()
    assert (report.finding, report.entries) == (None, 2)
    assert Seal.objects.first().first_id == late.pk


@pytest.mark.skipif(not ON_POSTGRESQL, reason="On SQLite one transaction writes at a time.")
@pytest.mark.django_db(transaction=True)
def test_nor_is_it_forgotten_where_a_seal_with_higher_keys_came_before_it():
    with gathered(1) as crowd:
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval(pg_get_serial_sequence('audit_auditentry', 'id'))")
            low = cursor.fetchone()[0]
        happened()
        seal_to_the_end()
        early = happened()
        tamper_key(early.pk, low)
        crowd.at_once([happened])
        seal_to_the_end()

    assert not unsealed().exists()
    assert verify().finding is None
    # Other databases of the cluster may hold the newest entry back, for a seal of its own.
    assert Seal.objects.filter(first_id=low).exists()


def tamper_key(old, new):
    """As if the transaction had drawn the lower key."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_auditentry SET id = %s WHERE id = %s", [new, old])


@pytest.mark.skipif(not ON_POSTGRESQL, reason="SQLite knows no such column.")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", [0, 1, 2**62])
def test_an_entry_that_is_hidden_from_sealing_is_named(number):
    happened()
    seal_to_the_end()
    hidden = happened()

    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE audit_auditentry SET written_in = %s WHERE id = %s", [number, hidden.pk]
        )
    sealing.seal()

    assert fault() == ("added", hidden.pk)
