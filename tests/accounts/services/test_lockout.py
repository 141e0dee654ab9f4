"""The lockout rule of one network: five in a row, then 15, 30, 60 minutes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axes.models import AccessAttempt, AccessFailureLog

from accounts.api.login import LoginViewSet
from accounts.models import AccountLock
from audit.models import AuditEntry
from tests.accounts.conftest import HERE, code_of
from tests.accounts.work import counted
from tests.factories import PASSWORD

LOCKED = (401, "ACCOUNT_LOCKED")
WRONG = (401, "INVALID_CREDENTIALS")
ELSEWHERE = "198.51.100.9"


def minutes(number):
    return timedelta(minutes=number)


@pytest.fixture
def right(guess):
    return lambda name, ip=HERE, **body: guess(name, ip=ip, password=PASSWORD, **body)


@pytest.mark.parametrize("name", ["owner_of_it", "nobody_at_all", "nobody@example.org"])
def test_the_fifth_failure_locks_for_a_quarter_of_an_hour(owner, guess, clock, name):
    answers = [code_of(guess(name)) for _ in range(5)]
    locked = guess(name)
    clock.shift(minutes(15) - timedelta(seconds=1))
    almost = guess(name)

    assert answers == [WRONG] * 5
    assert code_of(locked) == code_of(almost) == LOCKED
    assert 900 <= int(locked.headers["Retry-After"]) <= 901
    assert 1 <= int(almost.headers["Retry-After"]) <= 2


def test_the_right_password_is_refused_while_locked_and_not_even_hashed(owner, guess, right, clock):
    guess(owner.email, times=5)

    with counted() as work:
        answer = right(owner.email)

    assert code_of(answer) == LOCKED
    assert work.hashes == 0


def test_failures_while_locked_are_not_counted(owner, guess, right, clock):
    guess(owner.email, times=5)
    before = list(AccessAttempt.objects.values())
    guess(owner.email, times=10)

    assert list(AccessAttempt.objects.values()) == before
    assert AccountLock.objects.get().failures == 5
    assert AccessFailureLog.objects.count() == 5
    clock.shift(minutes(15))
    assert right(owner.email).status_code == 200


@pytest.mark.parametrize("name", ["owner_of_it", "nobody_at_all"])
def test_each_failure_after_a_locks_end_locks_again_and_longer(owner, guess, clock, name):
    guess(name, times=5)
    lengths = []
    for expected in (15, 30, 60, 60):
        lengths.append(int(guess(name).headers["Retry-After"]) // 60)
        clock.shift(minutes(expected) - timedelta(seconds=2))
        assert code_of(guess(name)) == LOCKED
        clock.shift(2)
        assert code_of(guess(name)) == WRONG  # the one that locks again

    assert lengths == [15, 30, 60, 60]


def test_a_locks_end_keeps_the_count_and_a_success_clears_it(owner, guess, right, clock):
    guess(owner.email, times=5)
    clock.shift(minutes(15))
    assert right(owner.email).status_code == 200

    guess(owner.email, times=4)

    assert right(owner.email).status_code == 200


def test_four_failures_then_a_success_begin_anew(owner, guess, right, clock):
    for _ in range(5):
        guess(owner.email, times=4)
        assert right(owner.email).status_code == 200

    assert not AccessAttempt.objects.exists()


def test_email_and_username_in_any_spelling_are_one_key(owner, guess, right):
    for name in (owner.email, owner.username, owner.email.upper(), " Owner_Of_It ", owner.username):
        guess(name)

    assert code_of(right(owner.email)) == code_of(right(owner.username)) == LOCKED


@pytest.mark.parametrize(
    "spellings",
    [
        ["Nobody@Example.org", "nobody@example.org", " NOBODY@example.org"],
        ["NoBody_1", "nobody_1", "\tnobody_1".strip()],
    ],
)
def test_spellings_of_an_unknown_name_are_one_key(db, guess, spellings):
    for turn in range(5):
        guess(spellings[turn % 3])

    assert code_of(guess(spellings[0])) == LOCKED


def test_another_name_and_another_network_go_on(owner, stranger, guess, right):
    guess(owner.email, times=5)

    assert right(stranger.email).status_code == 200
    assert right(owner.email, ip=ELSEWHERE).status_code == 200
    assert code_of(right(owner.email)) == LOCKED


@pytest.mark.parametrize(
    ("ips", "locked"),
    [
        (["2001:db8::1", "2001:db8::ffff", "2001:db8:0:0:9::1"], True),  # one /64
        (["2001:db8:0:1::1", "2001:db8:0:2::1", "2001:db8:0:3::1"], False),
        (["203.0.113.7", "::ffff:203.0.113.7"], True),  # one address, spelled twice
        (["203.0.113.7", "203.0.113.8"], False),
    ],
)
def test_a_network_is_an_ipv4_address_or_an_ipv6_64(owner, guess, right, ips, locked):
    for turn in range(5):
        guess(owner.email, ip=ips[turn % len(ips)])

    assert (code_of(right(owner.email, ip=ips[0])) == LOCKED) is locked


def test_a_forwarded_address_counts_from_nobody(owner, api, guess, right):
    for number in range(5):
        api.post(
            "auth/login",
            {"identifier": owner.email, "password": "Wrong-Horse9"},
            REMOTE_ADDR=HERE,
            HTTP_X_FORWARDED_FOR=f"10.0.0.{number}",
        )

    assert code_of(right(owner.email)) == LOCKED


def test_threshold_and_time_are_settings(owner, guess, right, clock, settings):
    settings.LOCKOUT_THRESHOLD, settings.LOCKOUT_DURATION = 2, minutes(1)

    guess(owner.email, times=2)

    assert code_of(right(owner.email)) == LOCKED
    clock.shift(minutes(1))
    assert right(owner.email).status_code == 200


def test_each_failure_is_an_entry_and_so_is_the_lock(owner, guess):
    guess(owner.email, times=6)

    failed = AuditEntry.objects.filter(action="LOGIN_FAILED", user_id=owner.pk)
    assert [entry.details for entry in failed] == [{"reason": "password"}] * 5
    lock = AuditEntry.objects.get(action="ACCOUNT_LOCKED")
    assert (lock.user_id, lock.actor_id, lock.details) == (owner.pk, None, {"scope": "network"})
    assert lock.ip_address == HERE


def test_what_was_typed_for_a_name_is_kept_nowhere(db, guess):
    typed = "my_secret_password"

    guess(typed, times=6)

    entries = AuditEntry.objects.filter(action__in=["LOGIN_FAILED", "ACCOUNT_LOCKED"])
    hashes = {entry.details["nameHash"] for entry in entries}
    assert entries.count() == 6
    assert len(hashes) == 1
    for model in (AuditEntry, AccessAttempt, AccessFailureLog, AccountLock):
        assert typed not in str(list(model.objects.values()))


def test_the_owner_is_mailed_once_while_the_link_is_good(owner, guess, mails, clock):
    guess(owner.email, times=5)
    clock.shift(minutes(15))
    guess(owner.email)
    guess(owner.email, times=5, ip=ELSEWHERE)

    assert [message.to for message in mails()] == [[owner.email]]
    assert AuditEntry.objects.filter(action="ACCOUNT_LOCKED").count() == 3


def test_locks_cost_the_same_for_names_that_do_not_exist(owner, guess, clock):
    for wait in (0, 0, 0, 0, 0, 16, 31, 61):
        clock.shift(minutes(wait))
        with counted() as for_known:
            guess(owner.username)
        with counted() as for_unknown:
            guess("nobody_at_all")

        assert for_known.cost == for_unknown.cost


def test_a_failure_is_kept_though_the_request_fails_after_it(owner, api, monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError("after the failure was told")

    monkeypatch.setattr(LoginViewSet, "finalize_response", broken)
    api.raise_request_exception = False
    answer = api.post("auth/login", {"identifier": owner.email, "password": "Wrong-Horse9"})

    assert answer.status_code == 500
    assert AccessAttempt.objects.get().failures_since_start == 1


def test_a_right_password_of_a_closed_account_clears_nothing(owner, guess, right):
    type(owner).objects.filter(pk=owner.pk).update(suspended_at="2026-11-23T10:00:00Z")
    guess(owner.email, times=4)
    assert code_of(right(owner.email)) == (401, "ACCOUNT_SUSPENDED")

    guess(owner.email)

    assert code_of(right(owner.email)) == LOCKED
