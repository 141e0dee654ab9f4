"""Run-time policy: what an operator may change while the program runs."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings


def registration_open() -> bool:
    return bool(settings.REGISTRATION_OPEN)


def require_verified_email() -> bool:
    return bool(settings.REQUIRE_VERIFIED_EMAIL or settings.PREVENT_ENUMERATION)


def prevent_enumeration() -> bool:
    return bool(settings.PREVENT_ENUMERATION)


def password_policy() -> str:
    """`composition` or `length`."""
    return str(settings.PASSWORD_POLICY)


def lockout_threshold() -> int:
    """Failures in a row from one network."""
    return int(settings.LOCKOUT_THRESHOLD)


def lockout_duration() -> timedelta:
    """The first lock; the next ones double, to four times this."""
    duration: timedelta = settings.LOCKOUT_DURATION
    return duration


def session_lifetime() -> timedelta:
    duration: timedelta = settings.SESSION_LIFETIME
    return duration


def audit_retention_days() -> int:
    return int(settings.AUDIT_RETENTION_DAYS)
