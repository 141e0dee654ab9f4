"""Mails about changing the address that mails go to."""

from __future__ import annotations

from notifications.services.email.writing import Page, tell
from notifications.services.recipients import Recipient


def email_change_confirm(user: Recipient, *, to: str, token: str) -> None:
    """To the new address: is it yours?"""
    tell(
        "email_change_confirm",
        user,
        to=to,
        page=Page.CONFIRM_EMAIL,
        token=token,
        username=user.username,
    )


def email_change_notice(user: Recipient, *, new_email: str, token: str) -> None:
    """To the present address, when a change is asked for. token: undoes it, before and after."""
    tell("email_change_notice", user, page=Page.UNDO_EMAIL, token=token, new_email=new_email)


def email_change_taken(user: Recipient) -> None:
    """To the owner of an address that somebody else wanted to change to."""
    tell("email_change_taken", user)


def email_changed(user: Recipient, *, to: str, new_email: str) -> None:
    """After the confirmation. to: the address before it, or the new one; both may be told."""
    tell("email_changed", user, to=to, page=Page.UNDO_EMAIL, new_email=new_email)


def email_change_undone(user: Recipient, *, token: str) -> None:
    """To the address that is back. token: for a new password."""
    tell("email_change_undone", user, page=Page.RESET_PASSWORD, token=token)
