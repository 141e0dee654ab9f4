"""Redis away: what guards a secret is counted in the database, the rest is let through."""

from __future__ import annotations

import socket
import threading
import time
from datetime import UTC, datetime

import pytest
import time_machine
from django.core.cache import caches
from django.test import Client

from accounts.models import RateCount
from config.common import cache as caching
from config.common.cache import CacheDown
from tests.config.caches import DEAD
from tests.config.routes import calls, names

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
GUARDED = [call for call in calls() if call.operation.limit.is_guarded]
FREE = [call for call in calls() if not call.operation.limit.is_guarded]


@pytest.fixture
def away(settings):
    settings.CACHES = {**settings.CACHES, "counters": DEAD}
    settings.RATE_LIMIT_DEFAULT = settings.RATE_LIMIT_AUTH = settings.RATE_LIMIT_UPLOAD = (2, 60)
    with time_machine.travel(NOON, tick=False):
        yield
    caching.forget_faults()


@pytest.mark.usefixtures("away")
@pytest.mark.parametrize(
    "call",
    [call for call in GUARDED if call.operation.is_public],
    ids=names([call for call in GUARDED if call.operation.is_public]),
)
def test_a_guarded_call_is_counted_in_the_database(api, call):
    answers = [api.call(call.method, call.url, {}).status_code for _ in range(4)]

    assert answers[2:] == [429, 429]
    assert 429 not in answers[:2]
    assert RateCount.objects.get().count == 4


@pytest.mark.usefixtures("away")
@pytest.mark.parametrize("call", FREE, ids=names(FREE))
def test_any_other_call_is_let_through(api, call):
    answers = {api.call(call.method, call.url, {}).status_code for _ in range(4)}

    assert 429 not in answers
    assert not any(status >= 500 for status in answers)
    assert not RateCount.objects.exists()


@pytest.mark.usefixtures("away")
def test_the_database_says_how_many_are_left(api):
    headers = [api.post("auth/forgot-password", {"email": "a@b.example"}).headers for _ in range(3)]

    assert [h["RateLimit-Remaining"] for h in headers] == ["1", "0", "0"]
    assert 0 < int(headers[2]["Retry-After"]) <= 60


@pytest.mark.usefixtures("away")
def test_a_new_window_starts_anew_there_too(api, settings):
    settings.RATE_LIMIT_AUTH = (1, 60)
    body = {"email": "a@b.example"}
    first, second = (api.post("auth/forgot-password", body).status_code for _ in range(2))

    with time_machine.travel(datetime(2026, 11, 23, 12, 1, tzinfo=UTC), tick=False):
        third = api.post("auth/forgot-password", body).status_code

    assert [first, second, third] == [200, 429, 200]


def test_every_call_that_takes_a_secret_is_guarded():
    """A password or a code in the body; refresh tokens are signed and cannot be guessed."""
    secrets = {"password", "code", "currentPassword", "token"}

    taking = {c.name for c in calls() if c.operation.body and secrets & set(fields(c))}

    assert taking - {c.name for c in GUARDED} == set()


def fields(call):
    return call.operation.body().fields


def test_one_timeout_is_paid_for_all_threads(settings):
    """A Redis that is frozen accepts connections and says nothing."""
    asked = []
    with socket.create_server(("127.0.0.1", 0)) as frozen:
        settings.CACHES = {
            **settings.CACHES,
            "counters": {**DEAD, "LOCATION": f"redis://127.0.0.1:{frozen.getsockname()[1]}/0"},
        }
        with pytest.raises(CacheDown):
            caches["counters"].add("key", 1, 60)
        frozen.settimeout(0)

        def ask():
            with pytest.raises(CacheDown):
                caches["counters"].add("key", 1, 60)
            asked.append(True)

        frozen.accept()[0].close()
        for _ in range(5):
            thread = threading.Thread(target=ask)
            thread.start()
            thread.join()

        with pytest.raises(BlockingIOError):
            frozen.accept()
    caching.forget_faults()
    assert len(asked) == 5


def test_a_cache_that_came_back_is_asked_again(settings):
    settings.CACHES = {**settings.CACHES, "counters": DEAD}
    with pytest.raises(CacheDown):
        caches["counters"].add("key", 1, 60)

    caching._down_until[DEAD["LOCATION"]] = time.monotonic() - 1
    answer = caches["counters"]._guarded(lambda: 7)

    caching.forget_faults()
    assert answer == 7


@pytest.mark.usefixtures("away", "db")
def test_one_timeout_is_not_paid_again_at_once(caplog):
    for _ in range(5):
        Client().post("/api/v1/auth/refresh", {}, "application/json")

    assert sum("cache does not answer" in r.message for r in caplog.records) == 1
