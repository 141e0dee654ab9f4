"""Run-time policy, and the one place that business code asks for it.

What staff set wins over the environment until they set it back. The table is read at most once a
request and kept no longer than that, so a change counts from the next request on, in every
process. Whoever asks while a request is answered thousands of times a second (profile, refresh)
does not ask here.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final, TypeVar

from django.conf import settings

from accounts.models import Setting
from accounts.services import options
from accounts.services.options import Option, Refused
from config.common import once

logger = logging.getLogger(__name__)

T = TypeVar("T")
_STORED: Final = "policy"


class Source(StrEnum):
    """Who said so."""

    SETTING = "setting"
    ENVIRONMENT = "environment"
    DEFAULT = "default"


def registration_open() -> bool:
    return _value(options.REGISTRATION_OPEN)


def require_verified_email() -> bool:
    return _value(options.REQUIRE_VERIFIED_EMAIL)


def prevent_enumeration() -> bool:
    """The environment's alone: it decides what the API tells strangers, and asks nothing."""
    return bool(settings.PREVENT_ENUMERATION)


def password_policy() -> str:
    """`composition` or `length`."""
    return _value(options.PASSWORD_POLICY)


def lockout_threshold() -> int:
    """Failures in a row from one network."""
    return _value(options.LOCKOUT_THRESHOLD)


def lockout_duration() -> timedelta:
    """The first lock; the next ones double, to four times this."""
    return _value(options.LOCKOUT_DURATION)


def session_lifetime() -> timedelta:
    """Of sessions that are opened now."""
    return _value(options.SESSION_LIFETIME)


def impersonation_reason_required() -> bool:
    return _value(options.IMPERSONATION_REASON_REQUIRED)


def audit_retention_days() -> int:
    return _value(options.AUDIT_RETENTION_DAYS)


def rows() -> dict[str, Any]:
    """What is set, by the options' names, as JSON, from the database. One statement."""
    return dict(Setting.objects.values_list("name", "value"))


def forget() -> None:
    """Something was set: the rest of this request asks again."""
    once.forget(_STORED)


def decided(option: Option[T], stored: Mapping[str, Any]) -> tuple[T, Source]:
    """What counts, and who says so. A row that an older version wrote may not be valid any more."""
    if not option.is_implied and option.name in stored:
        try:
            return option.read(stored[option.name]), Source.SETTING
        except Refused:
            logger.warning(
                "The setting %s does not hold what it may; the environment's counts.", option.name
            )
    is_told = option.is_implied or option.is_from_environment
    return without_setting(option), Source.ENVIRONMENT if is_told else Source.DEFAULT


def without_setting(option: Option[T]) -> T:
    """What counts while nothing is set."""
    if option.is_implied:
        implied: Any = True
        value: T = implied
        return value
    return option.fallback()


def _value(option: Option[T]) -> T:
    return decided(option, once.a_request(_STORED, rows))[0]
