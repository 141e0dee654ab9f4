"""Alive, ready, well: what load balancers and people on call are told."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connections
from django.utils import timezone

from accounts.models import PeriodicTask
from config import health
from tests.config.caches import DEAD

OUTSIDE = {"REMOTE_ADDR": "203.0.113.9"}
CHECKS = ["database", "cache", "migrations", "tasks", "storage", "mail"]
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


@pytest.fixture
def well(monkeypatch):
    """Every check passes, and says how often it was asked."""
    asked = dict.fromkeys(CHECKS, 0)

    def check(name):
        def ask():
            asked[name] += 1
            return {"status": "up"}

        return ask

    for name in CHECKS:
        monkeypatch.setitem(health.CHECKS, name, check(name))
    health.forget()
    return asked


def failing(monkeypatch, name, error=None, **result):
    def check():
        if error:
            raise error
        return result

    monkeypatch.setitem(health.CHECKS, name, check)


def test_live_touches_nothing(api, well, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = api.get("/live")

    assert (response.status_code, response.data) == (200, {"alive": True})
    assert sum(well.values()) == 0


def test_health_says_ok_and_when(api, well, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = api.get("/health")

    assert set(response.data) == {"status", "timestamp"}
    assert response.data["status"] == "ok"
    assert re.fullmatch(TIME, response.data["timestamp"])


@pytest.mark.usefixtures("well")
def test_ready_is_one_word(api):
    response = api.get("/ready")

    assert (response.status_code, response.data) == (200, {"ready": True})


@pytest.mark.usefixtures("well")
@pytest.mark.parametrize("name", ["database", "migrations"])
def test_it_is_not_ready_without(api, monkeypatch, name):
    failing(monkeypatch, name, status="down")

    response = api.get("/ready")

    assert (response.status_code, response.data) == (503, {"ready": False})
    assert int(response.headers["Retry-After"]) > 0


@pytest.mark.usefixtures("well")
@pytest.mark.parametrize("name", ["cache", "tasks", "storage", "mail"])
def test_it_is_ready_without(api, monkeypatch, name):
    failing(monkeypatch, name, status="down")

    assert api.get("/ready").status_code == 200


@pytest.mark.usefixtures("well")
def test_details_for_everybody_are_names_and_words(api):
    response = api.get("/health/detailed", **OUTSIDE)

    assert response.status_code == 200
    assert set(response.data) == {"status", "timestamp", "checks"}
    assert response.data["status"] == "healthy"
    assert response.data["checks"] == {name: {"status": "up"} for name in CHECKS}


@pytest.mark.usefixtures("well")
@pytest.mark.parametrize("name", ["database", "migrations", "cache"])
def test_what_is_vital_makes_it_a_503(api, monkeypatch, name):
    failing(monkeypatch, name, OperationalError("the password is hunter2"))

    response = api.get("/health/detailed", **OUTSIDE)

    assert response.status_code == 503
    assert response.data["status"] == "degraded"
    assert response.data["checks"][name] == {"status": "down"}
    assert "Retry-After" in response.headers
    assert "hunter2" not in response.content.decode()


@pytest.mark.usefixtures("well")
@pytest.mark.parametrize("name", ["tasks", "storage", "mail"])
@pytest.mark.parametrize("status", ["down", "degraded"])
def test_any_other_fault_is_a_degraded_200(api, monkeypatch, name, status):
    failing(monkeypatch, name, status=status)

    response = api.get("/health/detailed", **OUTSIDE)

    assert response.status_code == 200
    assert response.data["status"] == "degraded"


def test_results_are_kept_for_ten_seconds(api, well, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(health.time, "monotonic", lambda: now[0])

    for path in ["/ready", "/health/detailed", "/ready"]:
        api.get(path)
    now[0] += 9.9
    api.get("/health/detailed")
    kept = dict(well)
    now[0] += 0.2
    api.get("/health/detailed")

    assert kept == dict.fromkeys(CHECKS, 1)
    assert well == dict.fromkeys(CHECKS, 2)


def test_those_who_ask_at_once_wait_for_one_check(well, monkeypatch):
    started, go_on = threading.Event(), threading.Event()

    def slow():
        well["database"] += 1
        started.set()
        go_on.wait(timeout=30)
        return {"status": "up"}

    monkeypatch.setitem(health.CHECKS, "database", slow)
    monkeypatch.setattr(health, "PATIENCE", 30.0)

    with ThreadPoolExecutor(8) as pool:
        asking = [pool.submit(health.results) for _ in range(8)]
        started.wait(timeout=30)
        go_on.set()
        answers = [future.result() for future in asking]

    assert well == dict.fromkeys(CHECKS, 1)
    assert all(answer == answers[0] for answer in answers)


def test_a_check_that_hangs_is_given_up_and_the_next_one_runs(api, well, monkeypatch):
    go_on = threading.Event()

    def stuck():
        go_on.wait(timeout=30)
        return {"status": "up"}

    monkeypatch.setitem(health.CHECKS, "storage", stuck)
    monkeypatch.setattr(health, "PATIENCE", 0.2)

    response = api.get("/health/detailed")
    go_on.set()

    assert response.status_code == 200
    assert response.data["checks"]["storage"]["status"] == "down"
    assert response.data["checks"]["mail"]["status"] == "up"
    assert well["mail"] == 1


@pytest.mark.django_db(transaction=True)
def test_the_real_checks_pass_where_a_worker_was_seen(api):
    PeriodicTask.objects.create(name="health-test", finished_at=timezone.now())

    response = api.get("/health/detailed")

    assert response.data["checks"]["database"]["status"] == "up"
    assert {check["status"] for check in response.data["checks"].values()} == {"up"}
    assert response.data["status"] == "healthy"


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_nobody_saw_is_missed(api):
    response = api.get("/health/detailed")

    assert response.status_code == 200
    assert response.data["checks"]["tasks"]["status"] == "down"


@pytest.mark.django_db(transaction=True)
def test_a_task_that_fails_is_told(api):
    PeriodicTask.objects.create(name="seal", finished_at=timezone.now(), last_error="OSError")

    response = api.get("/health/detailed")

    assert response.data["checks"]["tasks"]["status"] == "degraded"
    assert response.data["checks"]["tasks"]["failing"] == 1


@pytest.mark.django_db(transaction=True)
def test_a_missing_migration_is_down(api, monkeypatch):
    monkeypatch.setattr(health.MigrationExecutor, "migration_plan", lambda *_: [("a", False)])

    response = api.get("/health/detailed")

    assert response.status_code == 503
    assert response.data["checks"]["migrations"]["missing"] == 1


def test_a_cache_that_is_configured_and_away_is_down(api, settings, well, monkeypatch):
    settings.REDIS_URL = DEAD["LOCATION"]
    settings.CACHES = {**settings.CACHES, "counters": DEAD}
    monkeypatch.setitem(health.CHECKS, "cache", health._cache)

    response = api.get("/health/detailed", **OUTSIDE)

    assert response.status_code == 503
    assert response.data["checks"]["cache"] == {"status": "down"}


def test_one_that_is_not_configured_is_not_missed(settings):
    settings.REDIS_URL = ""

    assert health._cache()["status"] == "up"


def test_a_check_leaves_no_connection_behind(api, monkeypatch, well):
    held = []

    def check():
        held.append(connections["default"])
        connections["default"].ensure_connection()
        return {"status": "up"}

    monkeypatch.setitem(health.CHECKS, "database", check)

    api.get("/ready")

    assert held[0].connection is None
