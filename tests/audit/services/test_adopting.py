"""Entries that this program did not write, taken over as they are found."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from audit.kinds import Action
from audit.models import AuditEntry, Seal
from audit.services import adopting, chain, retention
from audit.services.verifying import verify
from config.common.request_meta import RequestMeta
from tests.audit.log import happened, seal_all
from tests.audit.sealing import fault, sealed_log, secrets, tamper

ON_POSTGRESQL = connection.vendor == "postgresql"
OLD = timedelta(days=60)


@pytest.mark.django_db
class TestAdopted:
    @pytest.fixture
    def foreign(self):
        """An entry of before there were marks, and one of ours."""
        entry = happened()
        tamper(entry, mark=None)
        happened()
        seal_all()
        assert fault() == ("unproven", entry.pk)
        return entry

    def test_it_raises_no_alarm_any_more(self, foreign):
        assert adopting.adopt().entries == 1

        report = verify()
        assert (report.finding, report.adopted) == (None, 1)
        seal_all()
        assert verify().finding is None

    def test_but_an_edit_does(self, foreign):
        adopting.adopt()

        tamper(foreign, action="USER_LOGOUT")

        assert fault() == ("changed", foreign.pk)

    def test_and_so_does_the_next_one(self, foreign):
        adopting.adopt()
        seal_all()
        entry = happened()
        tamper(entry, mark=None)
        seal_all()

        assert fault() == ("unproven", entry.pk)

    def test_it_is_an_entry_that_outlives_the_secret(self, foreign, settings):
        adopting.adopt()
        seal_all()

        with secrets(settings, "a-new-secret-that-is-long-enough-1"):
            assert verify().finding is None

        entry = AuditEntry.objects.get(action=Action.AUDIT_ADOPTED)
        assert entry.details == {"entries": 1, "seals": [1]}

    def test_it_outlives_retention_as_a_foreign_entry_does_that_no_cleanup_takes(self, foreign):
        cleanup = happened(Action.AUDIT_CLEANUP)
        tamper(cleanup, mark=None)
        seal_all()
        adopting.adopt()
        seal_all()

        with time_machine.travel(timezone.now() + OLD):
            retention.clean_up(days=30, policy_days=30, meta=RequestMeta(), seconds=60)

        assert verify().finding is None
        assert AuditEntry.objects.filter(pk=cleanup.pk).exists()
        assert not AuditEntry.objects.filter(pk=foreign.pk).exists()

    def test_nobody_else_can_write_that_entry(self, foreign):
        entry = happened(Action.AUDIT_ADOPTED, seals=[1])
        tamper(entry, mark=None)

        assert fault() == ("unproven", foreign.pk)
        assert chain.adopted() == set()
        seal_all()
        assert chain.adopted() == set()

    def test_it_is_believed_no_more_under_a_seal_that_was_changed(self, foreign, settings):
        adopting.adopt()
        seal_all()
        Seal.objects.filter(pk=2).update(leaves=bytes(32))

        with secrets(settings, "a-new-secret-that-is-long-enough-1"):
            assert adopting.adopt().seals == [1]

    def test_where_there_is_nothing_foreign_it_writes_nothing(self):
        sealed_log(2)

        assert adopting.adopt().entries == 0
        assert not AuditEntry.objects.filter(action=Action.AUDIT_ADOPTED).exists()
