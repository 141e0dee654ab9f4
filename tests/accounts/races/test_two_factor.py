"""One code, many hands."""

from __future__ import annotations

import time
from functools import partial

import pytest
from django.utils import timezone
from django_otp.oath import TOTP

from accounts.errors import AccountLocked, InvalidCode, TwoFactorNotEnabled
from accounts.models import (
    AccountLock,
    BackupCode,
    BackupCodeDevice,
    OneTimeToken,
    Session,
    TotpDevice,
    User,
)
from accounts.services import challenges, login, sessions, two_factor
from accounts.services.login import SecondFactorNeeded, SignedIn
from audit.models import AuditEntry
from config.common.errors import TokenInvalid
from tests.accounts.authenticator import WRONG, turned_on
from tests.accounts.races.crowd import unexpected
from tests.factories import PASSWORD, UserFactory


@pytest.fixture(autouse=True)
def _time_stands_still(clock):
    """So that a code stays the code of this step."""


def proofs(user, code, count, meta):
    return [lambda: two_factor.prove(user, code, meta=meta) for _ in range(count)]


def challenge_of(user, meta):
    outcome = login.sign_in(user.email, PASSWORD, meta=meta)
    assert isinstance(outcome, SecondFactorNeeded)
    return outcome.challenge


def fetched_and_asked(model, user, code, verify):
    """As code does that fetches a device without a lock."""
    return lambda: verify(model.objects.get(user=user), code)


def stock_totp(device, token):
    """django-otp's `TOTPDevice.verify_token`: read, compare, save."""
    totp = TOTP(bytes.fromhex(device.seed), 30, 0, 6, 0)
    totp.time = time.time()
    verified = totp.verify(int(token), 1, device.last_step + 1)
    if verified:
        device.last_step = totp.t()
        device.save()
    return verified


def stock_static(device, token):
    """django-otp's `StaticDevice.verify_token`: read, compare, delete."""
    match = device.codes.filter(digest=device.digest(token), used_at=None).first()
    if match is None:
        return False
    match.delete()
    return True


@pytest.mark.parametrize("kind", ["totp", "backup code"])
def test_one_code_is_proof_once(crowd, meta, rounds, uses, kind):
    for _ in range(rounds):
        user = UserFactory()
        app = turned_on(user)
        code = app.code() if kind == "totp" else app.backup_codes[0]

        outcomes = crowd.at_once(proofs(user, code, uses, meta))

        assert unexpected(outcomes, InvalidCode, AccountLocked) == []
        assert outcomes.count(None) == 1
        used = 0 if kind == "totp" else 1
        assert BackupCode.objects.filter(device__user=user, used_at=None).count() == 10 - used
        assert AuditEntry.objects.filter(action="BACKUP_CODE_USED", user=user).count() == used


def test_one_app_code_is_taken_once_by_devices_that_nobody_locked(crowd, rounds, uses):
    for _ in range(rounds):
        user = UserFactory()
        ask = fetched_and_asked(TotpDevice, user, turned_on(user).code(), TotpDevice.verify_token)

        assert crowd.at_once([ask] * uses).count(True) == 1


def test_one_backup_code_is_taken_once_by_devices_that_nobody_locked(crowd, rounds, uses):
    for _ in range(rounds):
        user = UserFactory()
        code = turned_on(user).backup_codes[0]
        ask = fetched_and_asked(BackupCodeDevice, user, code, BackupCodeDevice.verify_token)

        assert crowd.at_once([ask] * uses).count(True) == 1


@pytest.mark.parametrize(
    ("model", "stock"),
    [(TotpDevice, stock_totp), (BackupCodeDevice, stock_static)],
    ids=["totp", "backup code"],
)
def test_the_stock_check_takes_one_code_several_times(naive_crowd, rounds, uses, model, stock):
    taken = 0
    for _ in range(rounds):
        user = UserFactory()
        app = turned_on(user)
        code = app.code() if model is TotpDevice else app.backup_codes[0]
        ask = fetched_and_asked(model, user, code, stock)
        taken = naive_crowd.at_once([ask] * uses).count(True)
        if taken > 1:
            break

    assert taken > 1


@pytest.mark.parametrize("kind", ["totp", "backup code"])
def test_one_challenge_and_one_code_open_one_session(crowd, meta, rounds, uses, kind):
    for _ in range(rounds):
        user = UserFactory()
        app = turned_on(user)
        token = challenge_of(user, meta)
        code = app.code() if kind == "totp" else app.backup_codes[0]

        outcomes = crowd.at_once(
            [lambda t=token, c=code: challenges.finish(t, c, meta=meta) for _ in range(uses)]
        )

        assert unexpected(outcomes, TokenInvalid) == []
        assert sum(isinstance(outcome, SignedIn) for outcome in outcomes) == 1
        assert Session.objects.filter(user=user).count() == 1
        # The losers met a spent challenge, and no code of theirs was looked at.
        assert not AccountLock.objects.filter(pk=user.username, code_failures__gt=0).exists()


def test_one_code_opens_one_of_many_challenges(crowd, meta, rounds):
    for _ in range(rounds):
        user = UserFactory()
        app = turned_on(user)
        tokens = [challenge_of(user, meta) for _ in range(8)]

        outcomes = crowd.at_once(
            [partial(challenges.finish, token, app.code(), meta=meta) for token in tokens]
        )

        assert unexpected(outcomes, InvalidCode) == []
        assert sum(isinstance(outcome, SignedIn) for outcome in outcomes) == 1


def test_of_wrong_codes_at_once_ten_are_looked_at(crowd, meta, rounds, uses):
    for _ in range(rounds):
        user = UserFactory()
        turned_on(user)

        outcomes = crowd.at_once(proofs(user, WRONG, uses, meta))

        assert unexpected(outcomes, InvalidCode, AccountLocked) == []
        assert sum(isinstance(outcome, InvalidCode) for outcome in outcomes) == 10
        assert AuditEntry.objects.filter(action="TWO_FACTOR_FAILED", user=user).count() == 10
        assert AuditEntry.objects.filter(action="ACCOUNT_LOCKED", user=user).count() == 1


def test_of_wrong_codes_at_once_a_challenge_lets_five_be_looked_at(crowd, meta, rounds, uses):
    for _ in range(rounds):
        user = UserFactory()
        turned_on(user)
        token = challenge_of(user, meta)

        outcomes = crowd.at_once(
            [lambda t=token: challenges.finish(t, WRONG, meta=meta) for _ in range(uses)]
        )

        assert unexpected(outcomes, InvalidCode, TokenInvalid) == []
        left = [o.data["attemptsLeft"] for o in outcomes if isinstance(o, InvalidCode)]
        assert sorted(left) == [0, 1, 2, 3, 4]
        assert AuditEntry.objects.filter(action="TWO_FACTOR_FAILED", user=user).count() == 5


def test_of_set_ups_at_once_one_is_there_at_the_end(crowd, rounds):
    for _ in range(rounds):
        user = UserFactory()

        outcomes = crowd.at_once([lambda u=user: two_factor.set_up(u)] * 8)

        assert unexpected(outcomes) == []
        secret = TotpDevice.objects.get(user=user).secret
        [kept] = [made for made in outcomes if made.secret == secret]
        # The codes of the same set-up, not of another one.
        device = BackupCodeDevice.objects.get(user=user)
        digests = set(BackupCode.objects.filter(device=device).values_list("digest", flat=True))
        assert digests == {device.digest(code) for code in kept.backup_codes}


def test_a_factor_is_turned_off_once(crowd, meta, rounds):
    for _ in range(rounds):
        user = UserFactory()
        codes = turned_on(user).backup_codes

        outcomes = crowd.at_once(
            [
                lambda u=user, c=code: two_factor.disable(u, c, keep=None, meta=meta)
                for code in codes
            ]
        )

        assert unexpected(outcomes, TwoFactorNotEnabled) == []
        assert outcomes.count(None) == 1
        assert AuditEntry.objects.filter(action="TWO_FACTOR_DISABLED", user=user).count() == 1


def test_no_login_slips_past_a_factor_that_is_being_turned_on(crowd, meta, rounds):
    """Whichever comes first: a session that no code opened does not outlive the moment."""
    for _ in range(rounds):
        user = UserFactory()
        keep = sessions.open_session(user, meta=meta)
        two_factor.set_up(user)
        seed = TotpDevice.objects.get(user=user)
        totp = TOTP(bytes.fromhex(seed.seed), 30, 0, 6, 0)
        totp.time = time.time()
        code = f"{totp.token():06}"

        outcomes = crowd.at_once(
            [
                lambda u=user, c=code, k=keep.pk: two_factor.enable(u, c, keep=k, meta=meta),
                *[lambda u=user: login.sign_in(u.email, PASSWORD, meta=meta) for _ in range(7)],
            ]
        )

        assert outcomes[0] is None
        user = User.objects.get(pk=user.pk)
        assert user.has_two_factor
        assert list(Session.objects.live().filter(user=user)) == [keep]


def test_a_proof_and_a_removal_by_staff_at_once_leave_no_half(crowd, meta, rounds):
    for _ in range(rounds):
        user = UserFactory()
        app = turned_on(user)
        token = challenge_of(user, meta)

        def remove_and_end(user=user):
            two_factor.remove(user)
            sessions.end_all(user)

        outcomes = crowd.at_once(
            [
                remove_and_end,
                partial(challenges.finish, token, app.code(), meta=meta),
            ]
        )

        assert unexpected(outcomes, TokenInvalid) == []
        assert not TotpDevice.objects.filter(user=user).exists()
        assert not OneTimeToken.objects.filter(
            user=user, used_at=None, expires_at__gt=timezone.now(), purpose="login_challenge"
        ).exists()
