"""Caches that count exactly, and that may go away without taking a request with them."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any, Final

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

RETRY_AFTER: Final = 2.0  # seconds a cache that failed is left alone


class CacheDown(Exception):
    """The cache does not answer. Callers decide what that means for them."""


# Until when a server that failed is left alone. The process's: Django makes each thread a cache
# object of its own, and each of them would have to find out for itself.
_down_until: dict[str, float] = {}


class CountingRedisCache(RedisCache):
    """Django's Redis cache; counting is one round trip, and an outage costs one timeout, not many.

    django-ratelimit counts with `add` and then `incr`, two round trips. Here `add` does both in one
    (SET NX and INCR, pipelined) and `incr` says what was counted, so this cache is for counters
    alone. After a fault it is left alone for RETRY_AFTER seconds: every call raises CacheDown at
    once, so that a frozen Redis slows one request in two seconds rather than all of them.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._server = server
        self._counted = threading.local()

    def add(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        """Count one more under this key; was it the first?"""
        name = self.make_and_validate_key(key, version=version)
        lasts = self.get_backend_timeout(timeout)
        seconds = None if lasts is None else int(lasts)

        def ask() -> int:
            client = self._cache.get_client(name, write=True)
            with client.pipeline(transaction=False) as pipe:
                pipe.set(name, int(value) - 1, ex=seconds, nx=True)
                pipe.incr(name)
                return int(pipe.execute()[1])

        self._counted.value = self._guarded(ask)
        return bool(self._counted.value == value)

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """What the `add` just before has counted."""
        return int(self._counted.value)

    def ping(self) -> None:
        """Raises CacheDown."""
        self._guarded(lambda: self._cache.get_client(write=True).ping())

    def _guarded(self, ask: Any) -> Any:
        now = time.monotonic()
        down_until = _down_until.get(self._server)
        if down_until is not None:
            if now < down_until:
                raise CacheDown
            # One looks whether it is back; the others do not wait with it.
            _down_until[self._server] = now + RETRY_AFTER
        try:
            answer = ask()
        except (RedisError, OSError) as error:
            _down_until[self._server] = time.monotonic() + RETRY_AFTER
            logger.warning("The cache does not answer: %s", type(error).__name__)
            raise CacheDown from error
        if down_until is not None:
            _down_until.pop(self._server, None)
        return answer


class CountingLocalCache(LocMemCache):
    """The counters of a single process; `add` and `incr` hold Django's lock, so both are exact."""

    def ping(self) -> None:
        """Always there."""


def forget_faults() -> None:
    """For tests that take a cache away."""
    _down_until.clear()
