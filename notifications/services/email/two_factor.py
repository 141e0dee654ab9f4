"""Mails about the second factor."""

from __future__ import annotations

from datetime import datetime

from notifications.services.email.writing import Page, tell
from notifications.services.recipients import Recipient


def two_factor_enabled(user: Recipient) -> None:
    tell("two_factor_enabled", user)


def two_factor_disabled(user: Recipient) -> None:
    """By the person."""
    tell("two_factor_disabled", user)


def two_factor_disabled_by_staff(user: Recipient) -> None:
    """A lost factor was removed."""
    tell("two_factor_disabled_by_staff", user)


def backup_codes_regenerated(user: Recipient) -> None:
    """Ten new ones; the old ones are dead."""
    tell("backup_codes_regenerated", user)


def backup_code_used(user: Recipient, *, left: int) -> None:
    """One was spent. left: how many remain."""
    tell("backup_code_used", user, left=left)


def codes_locked(user: Recipient, *, until: datetime, is_app_off: bool, token: str) -> None:
    """Too many wrong codes. token: for "this wasn't me".

    until: no code is looked at before; is_app_off: nor one of the app after it.
    """
    tell(
        "codes_locked",
        user,
        page=Page.NOT_ME,
        token=token,
        until=until,
        is_app_off=is_app_off,
    )
