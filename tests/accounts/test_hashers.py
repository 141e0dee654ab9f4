"""The bounded queue in front of password hashing."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from accounts import hashers
from accounts.hashers import HashQueue
from config.common.errors import Busy
from tests.accounts.conftest import code_of
from tests.factories import PASSWORD


def queue_of(**limits):
    roomy = {"at_once": 1, "waiting": 8, "seconds": 5.0, "per_account": 8, "per_address": 8}
    return HashQueue(**roomy | limits)


@contextmanager
def occupied(queue, *, account="busy", address="10.0.0.1", waiting=0):
    """One hash that runs until the block ends, and so many that wait behind it."""
    started, release = threading.Event(), threading.Event()

    def work():
        started.set()
        assert release.wait(10)
        return "done"

    with ThreadPoolExecutor(waiting + 1) as pool:
        jobs = [pool.submit(queue.run, work, account=account, address=address)]
        assert started.wait(10)
        jobs += [
            pool.submit(queue.run, work, account=f"{account}{n}", address=f"10.1.0.{n}")
            for n in range(waiting)
        ]
        while queue._total < waiting + 1:  # each counted in before it waits
            threading.Event().wait(0.001)
        try:
            yield
        finally:
            release.set()
        assert [job.result(10) for job in jobs] == ["done"] * len(jobs)


def test_one_more_than_there_are_places_is_sent_away():
    queue = queue_of(waiting=2)

    with occupied(queue, waiting=2), pytest.raises(Busy) as refused:
        queue.run(lambda: None, account="x", address="y")

    assert refused.value.retry_after == 1
    assert queue.run(lambda: "again", account="x", address="y") == "again"


def test_who_waits_too_long_is_sent_away_and_never_hashed():
    queue, ran = queue_of(seconds=0.05), []

    with occupied(queue), pytest.raises(Busy):
        queue.run(lambda: ran.append(1), account="x", address="y")

    assert queue.run(lambda: "free", account="x", address="y") == "free"
    assert ran == []


def test_one_may_run_and_one_may_wait_for_an_account():
    queue = queue_of(per_account=1)

    with ThreadPoolExecutor(2) as pool, occupied(queue, account="ada"):
        second = pool.submit(queue.run, lambda: "second", account="ada", address="z")
        while queue._inside["account:ada"] < 2:
            threading.Event().wait(0.001)
        with pytest.raises(Busy):
            queue.run(lambda: None, account="ada", address="elsewhere")
        other = pool.submit(queue.run, lambda: "other", account="bob", address="w")

    assert (second.result(), other.result()) == ("second", "other")


def test_one_may_run_and_four_may_wait_for_an_address():
    queue = queue_of(per_address=4)
    home = "10.0.0.1"

    with ThreadPoolExecutor(4) as pool, occupied(queue, address=home):
        for number in range(4):
            pool.submit(queue.run, lambda: None, account=f"{number}", address=home)
        while queue._inside[f"address:{home}"] < 5:
            threading.Event().wait(0.001)
        with pytest.raises(Busy):
            queue.run(lambda: None, account="x", address=home)


def test_one_hash_runs_at_a_time():
    queue, running, most = queue_of(waiting=20), [], []

    def work():
        running.append(1)
        most.append(len(running))
        threading.Event().wait(0.002)
        running.pop()

    with ThreadPoolExecutor(8) as pool:
        jobs = [
            pool.submit(queue.run, work, account=f"{n}", address=f"10.0.0.{n}") for n in range(16)
        ]
        for job in jobs:
            job.result()

    assert max(most) == 1


@pytest.mark.parametrize("error", [ValueError, Busy, KeyboardInterrupt])
def test_nothing_stays_behind_after_an_exception(error):
    queue = queue_of(waiting=0, per_account=0, per_address=0)

    def fails():
        raise error

    for _ in range(5):
        with pytest.raises(error):
            queue.run(fails, account="x", address="y")

    assert queue.run(lambda: "fine", account="x", address="y") == "fine"
    assert (queue._total, dict(queue._inside)) == (0, {})


def test_as_shipped_one_hashes_eight_wait_five_seconds():
    from config.settings import base

    assert base.HASH_QUEUE == {
        "at_once": 1,
        "waiting": 8,
        "seconds": 5.0,
        "per_account": 1,
        "per_address": 4,
    }


# --- Over HTTP ------------------------------------------------------------------------------------


@pytest.fixture
def narrow(monkeypatch):
    """A queue with one place, and that one taken for a while."""
    queue = queue_of(waiting=0)
    monkeypatch.setattr(hashers, "queue", lambda: queue)
    return queue


@pytest.mark.parametrize("name", ["owner_of_it", "nobody"])
def test_a_login_in_a_storm_is_told_when_to_come_back(owner, api, narrow, name):
    with occupied(narrow):
        busy = api.post("auth/login", {"identifier": name, "password": PASSWORD})

    assert code_of(busy) == (503, "BUSY")
    assert busy.headers["Retry-After"] == "1"


def test_a_busy_login_is_no_failure_and_changes_nothing(owner, api, narrow):
    with occupied(narrow):
        for _ in range(6):
            api.post("auth/login", {"identifier": owner.email, "password": PASSWORD})

    assert api.sign_in(owner).status_code == 200


def test_a_busy_house_registers_nobody_and_the_rest_goes_on(owner, api, narrow):
    api.sign_in(owner)
    body = {"email": "ada@example.org", "username": "ada_l", "password": PASSWORD}

    with occupied(narrow):
        busy = api.post("auth/register", body)
        profile = api.get("users/profile")
        refreshed = api.post("auth/refresh", {"refreshToken": api.refresh_token})

    assert code_of(busy) == (503, "BUSY")
    assert profile.status_code == refreshed.status_code == 200
    assert api.post("auth/register", body).status_code == 201
