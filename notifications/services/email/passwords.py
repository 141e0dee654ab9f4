"""Mails about passwords."""

from __future__ import annotations

from notifications.services.email.writing import Page, tell
from notifications.services.recipients import Recipient


def reset_password(user: Recipient, *, token: str) -> None:
    """The person asked for a new password."""
    tell("reset_password", user, page=Page.RESET_PASSWORD, token=token)


def reset_while_suspended(user: Recipient) -> None:
    """What a suspended person gets in place of a reset link."""
    tell("reset_while_suspended", user)


def password_changed(user: Recipient, *, token: str) -> None:
    """After a change or a reset. token: for "this wasn't me"."""
    tell("password_changed", user, page=Page.NOT_ME, token=token)


def temporary_password_set(user: Recipient) -> None:
    """Staff set a password for one sign-in. The mail does not hold it."""
    tell("temporary_password_set", user)


def password_reset_by_staff(user: Recipient, *, token: str) -> None:
    """Staff switched the password off. token: for choosing a new one."""
    tell("password_reset_by_staff", user, page=Page.RESET_PASSWORD, token=token)
