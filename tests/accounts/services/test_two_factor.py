"""What other stories ask of the second factor."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.errors import (
    InvalidCode,
    TwoFactorEnabled,
    TwoFactorNotEnabled,
    TwoFactorRequired,
)
from accounts.models import AccountLock, BackupCodeDevice, TotpDevice
from accounts.services import purge, two_factor
from audit.models import AuditEntry
from tests.accounts.authenticator import WRONG, turned_on

pytestmark = pytest.mark.usefixtures("clock")


def test_proof_asks_for_a_code(owner, meta):
    turned_on(owner)

    with pytest.raises(TwoFactorRequired):
        two_factor.prove(owner, "", meta=meta)


def test_without_a_factor_there_is_nothing_to_prove(owner, meta):
    with pytest.raises(TwoFactorNotEnabled):
        two_factor.prove(owner, "123456", meta=meta)


def test_codes_of_a_set_up_that_was_not_finished_prove_nothing(owner, meta):
    made = two_factor.set_up(owner)

    with pytest.raises(TwoFactorNotEnabled):
        two_factor.prove(owner, made.backup_codes[0], meta=meta)


@pytest.mark.django_db(transaction=True)
def test_a_failure_lasts(owner, meta):
    turned_on(owner)

    with pytest.raises(InvalidCode):
        two_factor.prove(owner, WRONG, meta=meta)

    assert AccountLock.objects.get(pk=owner.username).code_failures == 1
    entry = AuditEntry.objects.get(action="TWO_FACTOR_FAILED")
    assert (entry.user_id, entry.actor_id, entry.ip_address) == (owner.pk, None, meta.ip)


@pytest.mark.django_db(transaction=True)
def test_no_caller_can_roll_a_failure_back(owner, meta):
    turned_on(owner)

    with pytest.raises(RuntimeError), transaction.atomic():
        two_factor.prove(owner, WRONG, meta=meta)


def test_a_set_up_does_not_show_its_secrets_by_accident(owner):
    made = two_factor.set_up(owner)

    assert made.secret not in repr(made)
    assert made.backup_codes[0] not in repr(made)


def test_staff_remove_a_lost_factor_with_all_its_codes(owner, meta):
    turned_on(owner)

    two_factor.remove(owner)

    owner.refresh_from_db()
    assert not owner.has_two_factor
    assert not TotpDevice.objects.exists()
    assert not BackupCodeDevice.objects.exists()
    assert not AuditEntry.objects.exists()
    with pytest.raises(TwoFactorNotEnabled):
        two_factor.remove(owner)


def test_a_factor_that_is_on_is_not_set_up_anew(owner):
    turned_on(owner)

    with pytest.raises(TwoFactorEnabled):
        two_factor.set_up(owner)


def test_the_purge_takes_what_was_set_up_and_never_turned_on(owner, stranger):
    two_factor.set_up(owner)
    turned_on(stranger)
    two_days_ago = timezone.now() - timedelta(days=2)
    TotpDevice.objects.update(created_at=two_days_ago)
    BackupCodeDevice.objects.update(created_at=two_days_ago)

    purge.purge()

    assert TotpDevice.objects.get().user_id == stranger.pk
    assert BackupCodeDevice.objects.get().user_id == stranger.pk
