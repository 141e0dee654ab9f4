"""Secrets rotate, and nobody loses the second factor by it."""

from __future__ import annotations

from django.conf import settings
from django.core.management import call_command

from accounts.services import two_factor
from tests.accounts.authenticator import turned_on

NEW = "a-new-key-for-tests-0123456789abcdef"


def prove_both(owner, app, nth, meta):
    two_factor.prove(owner, app.code(nth), meta=meta)
    two_factor.prove(owner, app.backup_codes[nth], meta=meta)


def test_codes_work_under_a_list_of_keys_and_after_rotation_under_the_new_one(
    owner, keys, clock, meta
):
    app = turned_on(owner)

    with keys(FIELD_ENCRYPTION_KEYS=[NEW, *settings.FIELD_ENCRYPTION_KEYS]):
        prove_both(owner, app, 0, meta)
        call_command("rotate_keys")
    with keys(FIELD_ENCRYPTION_KEYS=[NEW]):
        prove_both(owner, app, 1, meta)


def test_backup_codes_outlive_another_secret_key(owner, keys, clock, meta):
    app = turned_on(owner)

    with keys(SECRETS=[NEW]):
        prove_both(owner, app, 0, meta)
