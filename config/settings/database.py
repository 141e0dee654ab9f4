"""DATABASE_URL as Django's database settings."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from config import env


def database_settings() -> dict[str, Any]:
    """`sqlite:///file`, or `postgresql://user:pass@host:5432/name?sslmode=…` with libpq's options.

    Raises ImproperlyConfigured for anything else.
    """
    url = env.text("DATABASE_URL") or f"sqlite:///{env.DATA_DIR / 'muster.sqlite3'}"
    if urlsplit(url).scheme not in {"sqlite", "postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL: say postgresql://… or sqlite:///file.")
    database: dict[str, Any] = dict(environ.Env.db_url_config(url))
    return _sqlite(database) if "sqlite" in database["ENGINE"] else _postgresql(database)


def _sqlite(database: dict[str, Any]) -> dict[str, Any]:
    env.DATA_DIR.mkdir(exist_ok=True)
    # A relative path means the same from whichever folder the program is started.
    database["NAME"] = str(env.BASE_DIR / database["NAME"])
    database["OPTIONS"] = {
        "timeout": 20,
        # A transaction that reads first and writes later is told "locked" at once otherwise.
        "transaction_mode": "IMMEDIATE",
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
            "PRAGMA mmap_size=134217728; PRAGMA cache_size=-20000"
        ),
    }
    return database


def _postgresql(database: dict[str, Any]) -> dict[str, Any]:
    is_prepared = env.flag("DB_PREPARED")
    database["ENGINE"] = "config.common.postgresql"
    database["CONN_MAX_AGE"] = None
    # Costs no round trip: config.common.postgresql looks whether the server hung up.
    database["CONN_HEALTH_CHECKS"] = True
    database["OPTIONS"] = {
        **database.get("OPTIONS", {}),
        "server_side_binding": is_prepared,
        "prepare_threshold": 1 if is_prepared else None,
        "connect_timeout": 3,
        "application_name": "muster",
        # A host that vanished is noticed within half a minute, not after the kernel's two hours.
        "keepalives_idle": 15,
        "keepalives_interval": 5,
        "keepalives_count": 3,
    }
    return database
