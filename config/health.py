"""Is it alive, is it ready, how is it? For load balancers and for people on call."""

from __future__ import annotations

import hmac
import os
import resource
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

from django.conf import settings
from django.core.cache import caches
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, InterfaceError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.authentication import authenticate_token
from accounts.models import PeriodicTask
from config import __version__
from config.common.errors import DomainError
from config.common.request_meta import client_ip, from_trusted_proxy
from config.common.times import wire
from notifications.services import outbox

KEPT: Final = 10.0  # seconds a result is good for
PATIENCE: Final = 2.0  # seconds a check may take
LATE: Final = timedelta(minutes=5)  # a worker that has not been seen for so long is missed
OLD_MAIL: Final = 900  # seconds a mail may wait
_FORWARDED: Final = frozenset(
    {"HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_REAL_IP", "HTTP_FORWARDED"}
)
STARTED: Final = time.monotonic()

_one_at_a_time = threading.Lock()
_known: dict[str, Any] = {}
_pool = ThreadPoolExecutor(1, "health")


def _database() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return {"status": "up"}


def _migrations() -> dict[str, Any]:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return {"status": "down", "missing": len(missing)} if missing else {"status": "up"}


def _cache() -> dict[str, Any]:
    if not settings.REDIS_URL:
        return {"status": "up", "kind": "local"}
    caches["counters"].ping()  # type: ignore[attr-defined]
    return {"status": "up"}


def _tasks() -> dict[str, Any]:
    rows = PeriodicTask.objects.values_list("finished_at", "last_error")
    seen = [finished for finished, _error in rows if finished]
    if not seen or timezone.now() - max(seen) > LATE:
        return {"status": "down", "reason": "No worker has been seen for five minutes."}
    failing = sum(1 for _finished, error in rows if error)
    return {"status": "degraded", "failing": failing} if failing else {"status": "up"}


def _storage() -> dict[str, Any]:
    name = default_storage.save(f"health/{uuid4().hex}", ContentFile(b"ok"))
    default_storage.delete(name)
    return {"status": "up"}


def _mail() -> dict[str, Any]:
    figures = outbox.figures()
    is_bad = bool(figures.dead) or figures.oldest > OLD_MAIL
    return {
        "status": "degraded" if is_bad else "up",
        "waiting": figures.depth,
        "oldestSeconds": figures.oldest,
        "givenUp": figures.dead,
    }


CHECKS: Final[dict[str, Callable[[], dict[str, Any]]]] = {
    "database": _database,
    "cache": _cache,
    "migrations": _migrations,
    "tasks": _tasks,
    "storage": _storage,
    "mail": _mail,
}
VITAL: Final = frozenset({"database", "cache", "migrations"})


def _closing(check: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return check()
    finally:
        # The pool's thread keeps no connection: a dead one would fail the next check as well.
        connections.close_all()


def _run(check: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    started = time.perf_counter()
    future = _pool.submit(_closing, check)
    try:
        result = future.result(PATIENCE)
    except FutureTimeout:
        future.cancel()
        result = {"status": "down", "reason": "No answer in two seconds."}
    except Exception as error:  # noqa: BLE001  whatever it is, it is not well
        result = {"status": "down", "reason": type(error).__name__}
    return {**result, "latencyMs": round((time.perf_counter() - started) * 1000, 1)}


def results() -> dict[str, dict[str, Any]]:
    """Kept for ten seconds, so that asking often costs nothing; made by one caller at a time."""
    global _pool  # noqa: PLW0603
    with _one_at_a_time:
        if not _known or time.monotonic() - _known["at"] > KEPT:
            checks = {}
            for name, check in CHECKS.items():
                checks[name] = _run(check)
                if checks[name].get("reason") == "No answer in two seconds.":
                    # Its thread is stuck; the next check gets another.
                    _pool = ThreadPoolExecutor(1, "health")
            _known.update(at=time.monotonic(), checks=checks, moment=timezone.now())
        return dict(_known["checks"])


def forget() -> None:
    """For tests."""
    _known.clear()


@require_safe
def health(_request: HttpRequest) -> HttpResponse:
    """`GET /health`"""
    return _open({"status": "ok", "timestamp": wire(timezone.now())})


@require_safe
def detailed(request: HttpRequest) -> HttpResponse:
    """`GET /health/detailed`: 503 where something vital is down, `degraded` for other faults."""
    checks = results()
    down = [name for name, result in checks.items() if result["status"] != "up"]
    is_down = any(checks[name]["status"] == "down" for name in VITAL)
    is_insider = _is_insider(request)
    body: dict[str, Any] = {
        "status": "degraded" if down else "healthy",
        "timestamp": wire(_known["moment"]),
        "checks": {
            name: result if is_insider else {"status": result["status"]}
            for name, result in checks.items()
        },
    }
    if is_insider:
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        body["version"] = __version__
        body["uptime"] = round(time.monotonic() - STARTED, 1)
        body["memory"] = {"peakBytes": used * 1024, "process": os.getpid()}
    response = _open(body, status=503 if is_down else 200)
    if is_down:
        response.headers["Retry-After"] = str(int(KEPT))
    return response


@require_safe
def ready(_request: HttpRequest) -> HttpResponse:
    """`GET /ready`: may traffic come?"""
    checks = results()
    is_ready = all(checks[name]["status"] == "up" for name in ("database", "migrations"))
    response = _open({"ready": is_ready}, status=200 if is_ready else 503)
    if not is_ready:
        response.headers["Retry-After"] = "5"
    return response


@require_safe
def live(_request: HttpRequest) -> HttpResponse:
    """`GET /live`: touches nothing."""
    return _open({"alive": True})


def _open(body: dict[str, Any], status: int = 200) -> HttpResponse:
    response = JsonResponse(body, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _is_insider(request: HttpRequest) -> bool:
    """Loopback, whoever knows HEALTH_TOKEN, or ADMIN_ACCESS."""
    if client_ip(request) in {"127.0.0.1", "::1"} and not _is_forwarded(request):
        return True
    scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    given = token if scheme.lower() == "bearer" else request.META.get("HTTP_X_HEALTH_TOKEN", "")
    if not given:
        return False
    expected = settings.HEALTH_TOKEN
    if expected and hmac.compare_digest(given.encode(), expected.encode()):
        return True
    # Health is asked most when the database is away; it must not fail with it.
    with suppress(DomainError, DatabaseError, InterfaceError):
        principal = authenticate_token(given)
        is_oneself = principal.actor_id is None
        return is_oneself and principal.user.has_perm("rbac.admin_access")
    return False


def _is_forwarded(request: HttpRequest) -> bool:
    """A proxy on this machine that is not named makes the whole world look like loopback."""
    return not _FORWARDED.isdisjoint(request.META) and not from_trusted_proxy(request)
