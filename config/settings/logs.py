"""LOG_FORMAT and LOG_LEVEL as Django's logging settings."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured

from config import env


def logging_settings() -> dict[str, Any]:
    """One line a record on standard error: JSON in production, plain text in development."""
    style = env.text("LOG_FORMAT") or ("json" if env.app_env() == "production" else "console")
    if style not in {"console", "json"}:
        raise ImproperlyConfigured(f"LOG_FORMAT is {style!r}: say console or json.")
    level = env.choice("LOG_LEVEL", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {"()": "config.common.logs.JSONFormatter"},
            "console": {"()": "config.common.logs.ConsoleFormatter"},
        },
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": style,
            }
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Our own access line tells of every answer; Django's would say it twice.
            "django.request": {"level": "CRITICAL"},
            "django.server": {"level": "WARNING"},
            "axes": {"level": "WARNING"},
            # SQL at DEBUG would print bound values, hashes among them.
            "django.db.backends": {"level": "INFO"},
        },
    }
