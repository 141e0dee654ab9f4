"""Rate limits: one counter a request, counted exactly by django-ratelimit in one round trip."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Any, Final, Literal

from django.conf import settings
from django.utils.module_loading import import_string
from django_ratelimit.core import get_usage

from config.common.cache import CacheDown
from config.common.errors import RateLimited
from config.common.request_meta import client_ip, network_of

logger = logging.getLogger(__name__)

Rate = tuple[int, int]

LARGEST_BLOCK: Final = 10
MOST_LEASES: Final = 100_000


@dataclass(frozen=True, slots=True)
class Limit:
    """So many calls in so much time, by address or by account.

    name: calls of one name share a counter; rate: which setting says how many; times: how often
    that much. is_guarded: checks a secret, so it is counted in the database where the cache is
    away; everything else is let through then.
    """

    name: str
    rate: Literal["default", "auth", "upload"] = "default"
    by: Literal["address", "user"] = "user"
    times: int = 1
    is_guarded: bool = False

    def allowance(self) -> Rate | None:
        """(calls, seconds), or None where the operator lifted it."""
        rate: Rate | None = {
            "default": settings.RATE_LIMIT_DEFAULT,
            "auth": settings.RATE_LIMIT_AUTH,
            "upload": settings.RATE_LIMIT_UPLOAD,
        }[self.rate]
        return (rate[0] * self.times, rate[1]) if rate else None


GENERAL: Final = Limit("general")


def auth(name: str) -> Limit:
    """10 a minute an address, for a call that anyone may make."""
    return Limit(name, "auth", "address", is_guarded=True)


def proof(name: str) -> Limit:
    """10 a minute an account, for a signed-in call that checks a password or a code."""
    return Limit(name, "auth", "user", is_guarded=True)


CHECKS: Final = Limit("check", "auth", "address", times=3)


@dataclass(frozen=True, slots=True)
class Usage:
    """What one counter says now. reset: seconds until it starts anew."""

    limit: int
    remaining: int
    reset: int

    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
        }


def count(limit: Limit, request: Any, *, who: str = "") -> Usage | None:
    """Count this request; None where no limit applies. Raises RateLimited past it.

    who: the account or session; the client's address where it is empty.
    """
    rate = limit.allowance()
    if rate is None:
        return None
    value = who if who and limit.by == "user" else f"address:{network_of(client_ip(request))}"
    try:
        number, reset = _leases.take(request, limit, value, rate)
    except CacheDown:
        if not limit.is_guarded:
            return None
        number, reset = _count_in_database(limit.name, value, rate[1])
    usage = Usage(rate[0], max(0, rate[0] - number), max(1, int(reset)))
    request.rate_limit = usage
    if number > rate[0]:
        raise RateLimited(retry_after=usage.reset)
    return usage


class Leases:
    """Takes permits from the shared counter in blocks, where the limit is high enough.

    A block is at most a hundredth of the limit and at most ten: at 100 a minute every request is
    a round trip to the cache, at 1,000 and more every tenth. A process that leaves permits of its
    block unused makes the others stop that much early; never more are let through.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # (name, who) -> the window's end, the numbers that were leased and not taken yet
        self._open: dict[tuple[str, str], tuple[float, deque[int]]] = {}

    def forget(self) -> None:
        with self._lock:
            self._open.clear()

    def take(self, request: Any, limit: Limit, who: str, rate: Rate) -> tuple[int, float]:
        """The number of this request in its window, and the seconds left. Raises CacheDown."""
        block = 1 if limit.is_guarded else max(1, min(LARGEST_BLOCK, rate[0] // 100))
        key = (limit.name, who)
        now = time.time()
        if block > 1:
            with self._lock:
                lease = self._open.get(key)
                if lease and lease[0] > now and lease[1]:
                    return lease[1].popleft(), lease[0] - now
        # django-ratelimit counts blocks, not requests.
        used = get_usage(
            request,
            group=limit.name,
            key=lambda *_: who,
            rate=(rate[0] // block, rate[1]),
            increment=True,
        )
        # Its windows hold through the second that it calls their end.
        left = used["time_left"] + 1
        last = used["count"] * block
        first = last - block + 1
        if block > 1:
            self._keep(key, ends=now + left, numbers=range(first + 1, last + 1), now=now)
        return first, left

    def _keep(self, key: tuple[str, str], *, ends: float, numbers: range, now: float) -> None:
        """Beside what another thread has just leased, not instead of it."""
        with self._lock:
            lease = self._open.get(key)
            if lease is None or lease[0] <= now:
                if len(self._open) >= MOST_LEASES:
                    self._open.clear()
                lease = self._open[key] = (ends, deque())
            lease[1].extend(numbers)


_leases = Leases()


def forget_leases() -> None:
    """For tests that begin with fresh counters."""
    _leases.forget()


def _count_in_database(name: str, value: str, period: int) -> tuple[int, float]:
    """Slower, but there whenever the password itself can be checked."""
    now = time.time()
    window = int(now // period)
    key = hashlib.sha256(f"{name}:{value}:{window}".encode()).hexdigest()
    ends = (window + 1) * period
    return import_string(settings.RATE_LIMIT_FALLBACK)(key, ends=ends), ends - now
