"""Failures from anywhere: 20 in an hour lock for everyone, 100 in a row turn the password off."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axes.models import AccessFailureLog
from django.core.management import call_command
from django.utils import timezone

from accounts.models import AccountLock
from audit.models import AuditEntry
from tests.accounts.conftest import HERE, code_of
from tests.factories import PASSWORD

LOCKED = (401, "ACCOUNT_LOCKED")
NEW = "Another-Horse8"


def minutes(number):
    return timedelta(minutes=number)


@pytest.fixture
def right(guess):
    return lambda name, ip=HERE, **body: guess(name, ip=ip, **{"password": PASSWORD} | body)


@pytest.fixture
def from_anywhere(guess):
    """So many failures, four from each network: none of them is locked by itself."""

    def fail(name, number, start=0):
        for turn in range(number):
            answer = guess(name, ip=f"198.18.{start}.{turn // 4}")
            assert code_of(answer) == (401, "INVALID_CREDENTIALS"), turn

    return fail


@pytest.fixture
def device_of(api):
    def token(user):
        api.sign_in(user)
        return api.device_token

    return token


@pytest.mark.parametrize("name", ["owner_of_it", "nobody_at_all"])
def test_twenty_in_an_hour_lock_for_everyone(owner, clock, guess, from_anywhere, name):
    from_anywhere(name, 19)
    assert not AccountLock.objects.exclude(locked_until=None).exists()
    from_anywhere(name, 1, start=1)

    answer = guess(name, ip="192.0.2.200", password=PASSWORD)

    assert code_of(answer) == LOCKED
    assert int(answer.headers["Retry-After"]) // 60 == 15
    locks = AuditEntry.objects.filter(action="ACCOUNT_LOCKED")
    assert [entry.details["scope"] for entry in locks] == ["everywhere"]


def test_twenty_in_more_than_an_hour_lock_nobody(owner, clock, right, from_anywhere):
    from_anywhere(owner.email, 10)
    clock.shift(minutes(61))
    from_anywhere(owner.email, 10, start=1)

    assert right(owner.email).status_code == 200


def test_it_ends_and_the_next_failure_locks_longer(owner, clock, guess, from_anywhere):
    from_anywhere(owner.email, 20)
    lengths = []
    for turn, length in enumerate((15, 30)):
        ip = f"192.0.2.{turn}"
        lengths.append(int(guess(owner.email, ip=ip).headers["Retry-After"]) // 60)
        clock.shift(minutes(length))
        assert code_of(guess(owner.email, ip=ip)) == (401, "INVALID_CREDENTIALS")

    assert lengths == [15, 30]
    assert int(guess(owner.email, ip="192.0.2.9").headers["Retry-After"]) // 60 == 60


def test_a_success_after_its_end_clears_the_count(owner, clock, guess, right, from_anywhere):
    from_anywhere(owner.email, 20)
    clock.shift(minutes(15))
    assert right(owner.email).status_code == 200

    guess(owner.email)

    assert right(owner.email).status_code == 200


def test_a_known_device_comes_in_and_the_lock_stays(owner, right, from_anywhere, device_of):
    token = device_of(owner)
    from_anywhere(owner.email, 20)

    known = right(owner.email, deviceToken=token)

    assert known.status_code == 200
    assert code_of(right(owner.email)) == LOCKED
    assert AccessFailureLog.objects.count() == 20


@pytest.mark.parametrize("how", ["forged", "another's", "old", "disowned"])
def test_a_device_token_that_is_not_theirs_opens_no_lock(
    owner, stranger, clock, right, from_anywhere, device_of, how
):
    token = device_of(stranger if how == "another's" else owner)
    if how == "forged":
        token = token[:-3] + "AAA"
    if how == "old":
        clock.shift(timedelta(days=366))
    if how == "disowned":
        clock.shift(1)
        type(owner).objects.filter(pk=owner.pk).update(devices_valid_from=timezone.now())
    from_anywhere(owner.email, 20)

    assert code_of(right(owner.email, deviceToken=token)) == LOCKED


def test_a_known_device_has_a_counter_of_its_own(owner, clock, guess, right, device_of):
    token = device_of(owner)
    guess(owner.email, times=5)
    with_token = {"deviceToken": token}
    assert right(owner.email, **with_token).status_code == 200
    guess(owner.email, times=5, **with_token)

    assert code_of(right(owner.email, **with_token)) == LOCKED
    assert code_of(right(owner.email, ip="192.0.2.1", **with_token)) == LOCKED
    assert right(owner.email, ip="192.0.2.1").status_code == 200  # the network's own count
    clock.shift(minutes(15))
    assert right(owner.email, **with_token).status_code == 200
    scopes = [entry.details["scope"] for entry in locks_in_order()]
    assert scopes == ["network", "device"]


def locks_in_order():
    return AuditEntry.objects.filter(action="ACCOUNT_LOCKED").order_by("pk")


def test_failures_of_a_known_device_count_to_the_account(owner, guess, right, device_of, clock):
    token = device_of(owner)
    for turn in range(4):
        guess(owner.email, times=4, ip=f"198.18.0.{turn}")

    guess(owner.email, times=4, deviceToken=token)

    assert code_of(right(owner.email)) == LOCKED
    assert right(owner.email, deviceToken=token).status_code == 200


# --- The way out by mail --------------------------------------------------------------------------


def test_the_mailed_link_lifts_it_for_whoever_has_it(api, owner, right, from_anywhere, link_token):
    from_anywhere(owner.email, 20)

    answer = api.post("auth/unlock", {"token": link_token("unlock", to=owner.email)})

    assert answer.status_code == 200
    assert right(owner.email).status_code == 200
    assert AuditEntry.objects.get(action="ADMIN_UNLOCKED").details == {"by": "link"}


def test_after_the_link_the_count_begins_anew(api, owner, guess, right, from_anywhere, link_token):
    from_anywhere(owner.email, 20)
    api.post("auth/unlock", {"token": link_token("unlock")})

    guess(owner.email, times=4)

    assert right(owner.email).status_code == 200


def test_the_link_works_once_and_for_a_day(api, owner, clock, guess, link_token):
    guess(owner.email, times=5)
    token = link_token("unlock")
    statuses = [code_of(api.post("auth/unlock", {"token": token})) for _ in range(2)]
    guess(owner.email, times=5)
    second = link_token("unlock")
    clock.shift(timedelta(hours=24))

    assert statuses == [(200, ""), (400, "TOKEN_INVALID")]
    assert second != token
    assert code_of(api.post("auth/unlock", {"token": second})) == (400, "TOKEN_EXPIRED")


@pytest.mark.parametrize("token", ["", "x", "\u00e4" * 50, None, 7, "x" * 5000])
def test_what_is_no_link(api, token):
    assert api.post("auth/unlock", {"token": token}).status_code in {400, 422}


# --- The password turned off ----------------------------------------------------------------------


@pytest.fixture
def turned_off(owner, clock, from_anywhere, device_of, guess):
    """99 failures long ago, then one more. Returns a device token from before them."""
    token = device_of(owner)
    guess(owner.email)
    AccountLock.objects.update(failures=99)
    clock.shift(timedelta(days=3))
    guess(owner.email, ip="192.0.2.1")
    return token


def test_a_hundred_in_a_row_turn_the_password_off(owner, clock, right, turned_off):
    clock.shift(timedelta(days=30))

    answer = right(owner.email)

    assert code_of(answer) == LOCKED
    assert int(answer.headers["Retry-After"]) > 0
    assert AccountLock.objects.get().password_off_at is not None
    assert locks_in_order().last().details == {"scope": "password_off"}


def test_known_devices_still_pass_and_it_stays_off(owner, right, turned_off):
    assert right(owner.email, deviceToken=turned_off).status_code == 200

    assert code_of(right(owner.email, ip="192.0.2.77")) == LOCKED


def test_the_unlock_link_does_not_turn_it_on(api, owner, right, turned_off, link_token):
    api.post("auth/unlock", {"token": link_token("unlock")})

    assert code_of(right(owner.email)) == LOCKED


def test_a_reset_turns_it_on(api, owner, right, turned_off, link_token):
    api.post("auth/forgot-password", {"email": owner.email})
    token = link_token("reset-password")

    api.post("auth/reset-password", {"token": token, "password": NEW, "confirmPassword": NEW})

    assert right(owner.email, password=NEW).status_code == 200


def test_unlock_at_the_console_turns_it_on(owner, right, turned_off):
    call_command("unlock", owner.email.upper())

    assert right(owner.email).status_code == 200


def test_ninety_nine_failures_and_a_success_begin_anew(owner, clock, guess, right):
    guess(owner.email)
    AccountLock.objects.update(failures=99)
    right(owner.email)

    guess(owner.email)

    lock = AccountLock.objects.get()
    assert (lock.failures, lock.password_off_at) == (1, None)
