"""Tests: fixed secrets, a fast hasher, mail in memory, everything of one's own."""

import os

# Which database and cache to test on is said on the command line; nothing else is taken from
# outside, so that a developer's own .env changes no test.
_given = {
    name: os.environ.get(name, "") for name in ("DATABASE_URL", "REDIS_URL", "REDIS_KEY_PREFIX")
}

from config.env import VARIABLES  # noqa: E402  reads the .env file

for _name in VARIABLES:
    os.environ.pop(_name, None)
os.environ.update({name: value for name, value in _given.items() if value})
for _name in ("SECRET_KEY", "JWT_ACCESS_SECRET", "JWT_REFRESH_SECRET", "FIELD_ENCRYPTION_KEYS"):
    os.environ[_name] = f"for-tests-only-{_name.lower()}-0123456789abcdef"
os.environ["LOG_LEVEL"] = "WARNING"

from config.settings.base import *  # noqa: E402, F403
from config.settings.base import CACHES, DATA_DIR, DATABASES, INSTALLED_APPS  # noqa: E402

INSTALLED_APPS = [*INSTALLED_APPS, "accounts.demo"]

PASSWORD_HASHERS = [
    "tests.hashers.FastPasswordHasher",
    "accounts.hashers.BCrypt12PasswordHasher",
    "accounts.hashers.Argon2idPasswordHasher",
]
# Wide: races are about the database. One test of its own proves the queue.
HASH_QUEUE = {
    "at_once": 64,
    "waiting": 1000,
    "seconds": 30.0,
    "per_account": 1000,
    "per_address": 1000,
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Limits have tests of their own, which set them; elsewhere they would only be in the way.
RATE_LIMIT_DEFAULT = RATE_LIMIT_AUTH = RATE_LIMIT_UPLOAD = None
_worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
for _cache in CACHES.values():
    _cache["KEY_PREFIX"] = f"{_cache.get('KEY_PREFIX', 'muster')}:test:{_worker}:{os.getpid()}"
DATABASES["default"]["CONN_MAX_AGE"] = 0
if "sqlite" in DATABASES["default"]["ENGINE"]:
    # A file, so that threads have connections of their own, as they have in the server; and each
    # run has its own, so that two runs at once do not meet.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / f"test-{os.getpid()}.sqlite3")}
