"""Sixty at once: exactly as many pass as may, wherever they are counted."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
import time_machine
from django.conf import settings as configured
from django.db import connection
from django.test import Client

from config.common.api import throttling
from config.common.api.throttling import GENERAL, auth, count
from config.common.cache import CountingLocalCache, forget_faults
from config.common.errors import RateLimited
from tests.config.caches import DEAD, LOCAL, REDIS, fresh

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
CACHES = [pytest.param(LOCAL, id="in the process")]
if configured.REDIS_URL:
    CACHES.append(pytest.param(REDIS, id="in Redis"))


@pytest.fixture(params=CACHES)
def counters(request, settings):
    settings.CACHES = {**settings.CACHES, "counters": fresh(request.param)}
    throttling.forget_leases()
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def no_counters(settings):
    settings.CACHES = {**settings.CACHES, "counters": DEAD}
    with time_machine.travel(NOON, tick=False):
        yield
    forget_faults()


def at_once(task, people=60):
    barrier = Barrier(people)

    def run(_number):
        try:
            barrier.wait(timeout=30)
            return task()
        finally:
            connection.close()

    with ThreadPoolExecutor(people) as pool:
        return list(pool.map(run, range(people)))


def refresh():
    body = {"refreshToken": "nonsense"}
    return Client().post("/api/v1/auth/refresh", body, "application/json").status_code


@pytest.mark.usefixtures("counters", "db")
def test_exactly_so_many_calls_pass(settings):
    settings.RATE_LIMIT_DEFAULT = (20, 60)

    answers = at_once(refresh)

    assert answers.count(401) == 20
    assert answers.count(429) == 40


@pytest.mark.usefixtures("counters")
def test_blocks_of_permits_let_through_exactly_as_many(settings, rf):
    settings.RATE_LIMIT_DEFAULT = (1000, 60)

    def task():
        passed = 0
        for _ in range(20):
            try:
                count(GENERAL, rf.get("/"))
                passed += 1
            except RateLimited:
                pass
        return passed

    assert sum(at_once(task)) == 1000


@pytest.mark.usefixtures("counters")
def test_a_limit_that_blocks_do_not_divide_is_exact_as_well(settings, rf):
    settings.RATE_LIMIT_DEFAULT = (255, 60)
    used = [count(GENERAL, rf.get("/")) for _ in range(255)]

    with pytest.raises(RateLimited):
        count(GENERAL, rf.get("/"))

    assert [usage.remaining for usage in used] == list(range(254, -1, -1))


@pytest.mark.usefixtures("no_counters")
@pytest.mark.django_db(transaction=True)
def test_the_database_counts_as_exactly(settings, rf):
    settings.RATE_LIMIT_AUTH = (10, 60)

    def task():
        try:
            count(auth("login"), rf.post("/"))
        except RateLimited:
            return False
        return True

    assert at_once(task, people=30).count(True) == 10


def test_the_race_is_real(settings, rf, monkeypatch):
    """The same with a counter that reads, adds and writes: too many pass."""

    def naive(cache, key, _delta=1, version=None):
        number = cache.get(key, version=version)
        time.sleep(0.001)
        cache.set(key, number + 1, version=version)
        return number + 1

    monkeypatch.setattr(CountingLocalCache, "incr", naive)
    settings.CACHES = {**settings.CACHES, "counters": fresh(LOCAL)}
    settings.RATE_LIMIT_AUTH = (5, 60)

    def task():
        try:
            count(auth("login"), rf.post("/"))
        except RateLimited:
            return False
        return True

    with time_machine.travel(NOON, tick=False):
        passed = at_once(task).count(True)

    assert passed > 5
