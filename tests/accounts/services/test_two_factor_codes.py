"""Each code once: the devices themselves, whoever calls them."""

from __future__ import annotations

import time

import pytest
import time_machine
from django.db import connection
from django_otp import devices_for_user, match_token
from django_otp.oath import TOTP

from accounts.models import BackupCode, BackupCodeDevice, TotpDevice
from accounts.models.two_factor import ALPHABET, as_app_code, as_backup_code, new_backup_code
from tests.accounts.authenticator import turned_on

pytestmark = pytest.mark.usefixtures("clock")


def stored(model, column):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {model._meta.db_table}")  # noqa: S608
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.parametrize(
    ("moment", "code"),
    # RFC 6238, appendix B, SHA-1: the last six of its eight digits.
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_rfc(owner, moment, code):
    seed = b"12345678901234567890".hex()
    device = TotpDevice.objects.create(user=owner, seed=seed)

    with time_machine.travel(moment, tick=False):
        assert device.verify_token(code)


@pytest.mark.parametrize(("step", "taken"), [(-2, False), (-1, True), (0, True), (1, True)])
def test_a_code_counts_one_step_to_either_side(owner, step, taken):
    app = turned_on(owner)

    assert owner.totp_device.verify_token(app.code(step)) is taken


def test_a_code_of_two_steps_ahead_is_too_early(owner):
    app = turned_on(owner)

    assert not owner.totp_device.verify_token(app.code(2))


def test_a_code_is_taken_once_by_however_old_an_instance(owner):
    app = turned_on(owner)
    first, second = (TotpDevice.objects.get(user=owner) for _ in range(2))

    assert first.verify_token(app.code())
    assert not second.verify_token(app.code())


def test_the_stock_check_takes_a_code_again_from_an_older_instance(owner):
    """What the test above guards against: `TOTPDevice.verify_token` as django-otp ships it."""
    app = turned_on(owner)
    first, second = (TotpDevice.objects.get(user=owner) for _ in range(2))

    def stock_verify_token(device, token):
        totp = TOTP(bytes.fromhex(device.seed), 30, 0, 6, 0)
        totp.time = time.time()
        verified = totp.verify(int(token), 1, device.last_step + 1)
        if verified:
            device.last_step = totp.t()
            device.save()
        return verified

    assert stock_verify_token(first, app.code())
    assert stock_verify_token(second, app.code())


def test_after_a_code_earlier_ones_are_dead(owner):
    app = turned_on(owner)

    assert owner.totp_device.verify_token(app.code(0))
    assert not owner.totp_device.verify_token(app.code(-1))
    assert owner.totp_device.verify_token(app.code(1))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("012345", "012345"),
        ("012 345", "012345"),
        ("012-345", "012345"),
        ("12345", None),
        ("0123456", None),
        ("-12345", None),
        ("12345x", None),
        ("\u0660\u0661\u0662\u0663\u0664\u0665", None),  # Arabic digits, which int() takes
        ("\u00b2\u00b2\u00b2\u00b2\u00b2\u00b2", None),
        ("", None),
        (None, None),
    ],
)
def test_an_app_code_is_six_digits(typed, meant):
    assert as_app_code(typed) == meant


def test_a_backup_code_holds_eighty_bits():
    codes = {new_backup_code() for _ in range(500)}

    assert len(codes) == 500
    assert len(ALPHABET) == 32
    assert all(len(code) == 19 and code.count("-") == 3 for code in codes)
    assert {letter for code in codes for letter in code} == {*ALPHABET, "-"}


@pytest.mark.parametrize(
    "typed",
    ["1O0A-BCDE-FGHJ-KMNP", "100a bcde fghj kmnp", "lo0abcdefghjkmnp", "I00A-BCDE-FGHJ-KMNP"],
)
def test_a_backup_code_may_be_typed_as_it_looks(typed):
    assert as_backup_code(typed) == "100ABCDEFGHJKMNP"


@pytest.mark.parametrize("typed", ["", "123456", "100A-BCDE-FGHJ-KMN", "100A-BCDE-FGHJ-KMN!", None])
def test_what_is_no_backup_code(typed):
    assert as_backup_code(typed) is None


def test_a_backup_code_is_taken_once_by_however_old_an_instance(owner):
    codes = turned_on(owner).backup_codes
    first, second = (BackupCodeDevice.objects.get(user=owner) for _ in range(2))

    assert first.verify_token(codes[0])
    assert not second.verify_token(codes[0])
    assert second.verify_token(codes[1].lower().replace("-", " "))


def test_nobody_elses_backup_code_is_taken(owner, stranger):
    codes = turned_on(owner).backup_codes
    turned_on(stranger)

    assert not stranger.backup_code_device.verify_token(codes[0])


def test_django_otp_finds_both_devices_and_matches_their_codes(owner):
    app = turned_on(owner)

    assert {type(device) for device in devices_for_user(owner)} == {TotpDevice, BackupCodeDevice}
    assert match_token(owner, app.code()) == owner.totp_device
    assert match_token(owner, app.code()) is None
    assert match_token(owner, app.backup_codes[3]) == owner.backup_code_device


def test_what_is_stored_tells_neither_the_secret_nor_a_code(owner):
    app = turned_on(owner)
    device = TotpDevice.objects.get(user=owner)

    [seed] = stored(TotpDevice, "seed")
    [key] = stored(BackupCodeDevice, "key")
    digests = stored(BackupCode, "digest")

    assert device.seed not in seed
    assert device.secret not in seed
    assert BackupCodeDevice.objects.get().key not in key
    assert len(set(digests)) == 10
    for code in app.backup_codes:
        assert not any(code in digest or code.replace("-", "") in digest for digest in digests)
