"""Mails about joining."""

from __future__ import annotations

from notifications.services.email.writing import Page, tell
from notifications.services.recipients import Recipient


def verify_email(user: Recipient, *, token: str) -> None:
    """After sign-up, and when the person asks again."""
    tell("verify_email", user, page=Page.VERIFY_EMAIL, token=token)


def already_registered(user: Recipient) -> None:
    """Somebody tried to sign up with this person's address (PREVENT_ENUMERATION)."""
    tell("already_registered", user)


def invitation(user: Recipient, *, token: str, invited_by: str) -> None:
    """Staff made an account; its owner chooses the password."""
    tell(
        "invitation",
        user,
        page=Page.ACCEPT_INVITATION,
        token=token,
        invited_by=invited_by,
        username=user.username,
    )
