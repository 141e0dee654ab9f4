"""The environment, read once and typed. Every variable the program knows is in `VARIABLES`."""

from __future__ import annotations

import ipaddress
import json
import os
import re
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Final, Literal

import environ
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR: Final = Path(__file__).resolve().parent.parent
DATA_DIR: Final = BASE_DIR / "data"

# Name -> default, as `.env.example` documents them. None: unset, or made in development.
VARIABLES: Final[dict[str, str | None]] = {
    "APP_ENV": "development",
    "HOST": "127.0.0.1",
    "PORT": "5001",
    "PUBLIC_URL": None,
    "LINK_BASE_URL": None,
    "ALLOWED_HOSTS": None,
    "CORS_ORIGINS": "",
    "TRUSTED_PROXIES": "",
    "DATABASE_URL": None,
    "DB_PREPARED": "on",
    "REDIS_URL": None,
    "REDIS_KEY_PREFIX": "muster",
    "SECRET_KEY": None,
    "JWT_ACCESS_SECRET": None,
    "JWT_REFRESH_SECRET": None,
    "FIELD_ENCRYPTION_KEYS": None,
    "JWT_ACCESS_EXPIRY": "15m",
    "JWT_REFRESH_EXPIRY": "7d",
    "JWT_ALGORITHM": "HS256",
    "JWT_SIGNING_KEY_FILE": None,
    "AUDIT_SIGNING_KEY_FILE": None,
    "SESSION_LIFETIME": "30d",
    "STAFF_IDLE": "1h",
    "STAFF_LIFETIME": "12h",
    "REAUTHENTICATION_WINDOW": "15m",
    "EMAIL_URL": "console:",
    "EMAIL_FROM": "noreply@localhost",
    "STORAGE_URL": None,
    "RATE_LIMIT_DEFAULT": "100/m",
    "RATE_LIMIT_AUTH": "10/m",
    "RATE_LIMIT_UPLOAD": "5/m",
    "PASSWORD_HASHER": "bcrypt",
    "LOCKOUT_THRESHOLD": "5",
    "LOCKOUT_DURATION": "15m",
    "PASSWORD_POLICY": "composition",
    "PREVENT_ENUMERATION": "off",
    "REQUIRE_VERIFIED_EMAIL": "off",
    "REGISTRATION_OPEN": "on",
    "AUDIT_RETENTION_DAYS": "365",
    "ADMIN_EMAIL": "admin@localhost",
    "ADMIN_USERNAME": "owner",
    "ADMIN_PASSWORD": None,
    "ADMIN_PASSWORD_FILE": None,
    "DEFAULT_LANGUAGE": "en",
    "BRAND_NAME": "Muster",
    "BRAND_COLOR": "#3b5bdb",
    "BRAND_LOGO": None,
    "LOG_FORMAT": None,
    "LOG_LEVEL": "INFO",
    "HEALTH_TOKEN": None,
    "SERVE_THREADS": "16",
}

MIN_SECRET_LENGTH: Final = 32
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_PERIODS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}

environ.Env.read_env(BASE_DIR / ".env")


def is_given(name: str) -> bool:
    """Does the environment say anything, or does the default count?"""
    return bool((os.environ.get(name) or "").strip())


def text(name: str) -> str:
    """The value, or its default; an unset variable without one is the empty string."""
    value = os.environ.get(name) or VARIABLES[name]
    return value.strip() if value else ""


def items(name: str) -> list[str]:
    """A comma-separated list, blanks dropped."""
    return [item.strip() for item in text(name).split(",") if item.strip()]


def flag(name: str) -> bool:
    """`on`/`off`, also true/false, yes/no and 1/0."""
    value = text(name).lower()
    if value in {"on", "true", "yes", "1"}:
        return True
    if value in {"off", "false", "no", "0"}:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}: say on or off.")


def number(name: str, *, least: int, most: int) -> int:
    """A whole number within its bounds."""
    value = text(name)
    if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
        raise ImproperlyConfigured(f"{name} is {value!r}: say a number from {least} to {most}.")
    return int(value)


def choice(name: str, *allowed: str) -> str:
    """One of the allowed words."""
    value = text(name)
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} is {value!r}: say one of {', '.join(allowed)}.")
    return value


def duration(name: str) -> timedelta:
    """A time such as `90s`, `15m`, `12h` or `30d`."""
    value = text(name)
    try:
        return span(value)
    except ValueError as error:
        raise ImproperlyConfigured(
            f"{name} is {value!r}: say a time such as 90s, 15m, 12h, 30d."
        ) from error


def span(value: str) -> timedelta:
    """`90s`, `15m`, `12h`, `30d`; more than nothing. Raises ValueError."""
    match = re.fullmatch(r"([0-9]{1,6})([smhd])", value)
    if not match or int(match[1]) == 0:
        raise ValueError(value)
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def optional_duration(name: str) -> timedelta | None:
    """As `duration`; `off` is None."""
    return None if text(name).lower() == "off" else duration(name)


def rate(name: str) -> tuple[int, int] | None:
    """`100/m` as (100, 60): so many in so many seconds. `off` is None."""
    value = text(name)
    if value.lower() == "off":
        return None
    match = re.fullmatch(r"([0-9]{1,9})/([smhd])", value)
    if not match or int(match[1]) == 0:
        raise ImproperlyConfigured(f"{name} is {value!r}: say a rate such as 100/m, or off.")
    return int(match[1]), _PERIODS[match[2]]


def networks(name: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Addresses and networks, comma-separated."""
    try:
        return [ipaddress.ip_network(item, strict=False) for item in items(name)]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}.") from error


def app_env() -> Literal["development", "production"]:
    """Which of the two the program runs as."""
    value = choice("APP_ENV", "development", "production")
    return "production" if value == "production" else "development"


def secret_list(name: str) -> list[str]:
    """The listed secrets, the first one in use. Development makes one and keeps it in `data/`.

    Raises ImproperlyConfigured for a missing or short one.
    """
    listed = items(name)
    if not listed and app_env() == "development":
        listed = [_kept_secret(name)]
    if not listed:
        raise ImproperlyConfigured(f"{name} is not set.")
    for secret in listed:
        if is_weak(secret):
            raise ImproperlyConfigured(
                f"{name} holds a weak secret: {MIN_SECRET_LENGTH} random characters or more."
            )
    return listed


def is_weak(secret: str) -> bool:
    """Too short, of too few characters, or a short text said over and over."""
    repeats = secret in (secret * 2)[1:-1]
    return len(secret) < MIN_SECRET_LENGTH or len(set(secret)) < 8 or repeats  # noqa: PLR2004


def stretch(secret: str, label: str) -> bytes:
    """32 bytes for one purpose out of any secret (HKDF-SHA256, RFC 5869)."""
    return HKDF(SHA256(), 32, salt=None, info=f"muster:{label}".encode()).derive(secret.encode())


def _kept_secret(name: str) -> str:
    """Development's own secret, made by whoever comes first and read by everybody else."""
    folder = DATA_DIR / "secrets"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name.lower()}.json"
    if not path.exists():
        draft = folder / f".{name.lower()}.{secrets.token_hex(8)}"
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(secrets.token_urlsafe(48)))
        try:
            # A link fails where the name is taken: two programs that start at once agree.
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return str(json.loads(path.read_text()))
