"""Mails about somebody who may not be the owner."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from notifications.services.email.writing import Page, tell, unlinked
from notifications.services.recipients import Recipient


def login_alert(user: Recipient, *, device: str, place: str, at: datetime, token: str) -> None:
    """A sign-in from a device not seen before.

    place: the network address; token: for "this wasn't me".
    """
    tell(
        "login_alert",
        user,
        page=Page.NOT_ME,
        token=token,
        device=unlinked(device),
        place=place,
        at=at,
    )


def session_reused(user: Recipient, *, device: str, token: str) -> None:
    """A refresh token came twice, so its session was ended. token: for "this wasn't me"."""
    tell("session_reused", user, page=Page.NOT_ME, token=token, device=unlinked(device))


def sessions_ended(user: Recipient, *, devices: Sequence[str], token: str) -> None:
    """Devices were signed out from another one of the person's. token: for "this wasn't me"."""
    named = [unlinked(device) for device in devices]
    tell("sessions_ended", user, page=Page.NOT_ME, token=token, devices=named)


def account_locked(user: Recipient, *, token: str) -> None:
    """Too many failures from anywhere. token: lifts the lock."""
    tell("account_locked", user, page=Page.UNLOCK, token=token)


def not_me_confirmed(user: Recipient, *, token: str) -> None:
    """The person said "this wasn't me": everything is signed out. token: for a new password."""
    tell("not_me_confirmed", user, page=Page.RESET_PASSWORD, token=token)
