"""Counters' caches that tests put in place of the configured one."""

from __future__ import annotations

import os
from typing import Any
from uuid import uuid4

from django.conf import settings

LOCAL: dict[str, Any] = {
    "BACKEND": "config.common.cache.CountingLocalCache",
    "LOCATION": "counters of a test",
}
REDIS: dict[str, Any] = {
    "BACKEND": "config.common.cache.CountingRedisCache",
    "LOCATION": settings.REDIS_URL,
    "KEY_PREFIX": f"{os.environ.get('REDIS_KEY_PREFIX', 'muster')}:test",
    "OPTIONS": {"socket_timeout": 5, "socket_connect_timeout": 5},
}
# Nobody listens there.
DEAD: dict[str, Any] = {
    "BACKEND": "config.common.cache.CountingRedisCache",
    "LOCATION": "redis://127.0.0.1:1/0",
    "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
}


def fresh(cache: dict[str, Any]) -> dict[str, Any]:
    """The same with nothing in it. Not cleared: `clear()` would empty a Redis of others too."""
    return {**cache, "KEY_PREFIX": f"{cache.get('KEY_PREFIX', '')}:{uuid4().hex}"}
