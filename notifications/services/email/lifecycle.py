"""Mails about an account going and coming back."""

from __future__ import annotations

from datetime import datetime

from notifications.services.email.writing import tell
from notifications.services.recipients import Recipient


def account_deactivated(user: Recipient) -> None:
    """The person switched the account off."""
    tell("account_deactivated", user)


def account_reactivated(user: Recipient) -> None:
    """The account is on again, by its owner or by staff."""
    tell("account_reactivated", user)


def account_deleted(user: Recipient, *, deadline: datetime) -> None:
    """Deleted by its owner or by staff. deadline: until when it can come back."""
    tell("account_deleted", user, deadline=deadline)


def account_recovered(user: Recipient) -> None:
    """The owner brought a deleted account back."""
    tell("account_recovered", user)


def account_restored(user: Recipient) -> None:
    """Staff brought a deleted account back."""
    tell("account_restored", user)


def account_suspended(user: Recipient, *, reason: str = "") -> None:
    """Staff suspended the account. reason: shown to the person where there is one."""
    tell("account_suspended", user, reason=reason)


def account_unsuspended(user: Recipient) -> None:
    """Staff lifted the suspension."""
    tell("account_unsuspended", user)
