"""Mails about what staff did."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from config.common.errors import Text
from notifications.kinds import Kind
from notifications.services.email.writing import tell, unlinked
from notifications.services.preferences import wants_mail
from notifications.services.recipients import Recipient


def account_updated_by_staff(user: Recipient, *, fields: Sequence[Text]) -> None:
    """Where the person wants such mail.

    fields: what was changed, by the names that people know; lazy texts are translated.
    """
    if wants_mail(user, Kind.ACCOUNT_UPDATE):
        tell("account_updated_by_staff", user, fields=fields)


def sessions_ended_by_staff(user: Recipient, *, device: str = "") -> None:
    """Signed out everywhere, or on one device."""
    tell("sessions_ended_by_staff", user, device=unlinked(device))


def impersonated(user: Recipient, *, admin: str, reason: str = "") -> None:
    """admin: the name of whoever uses the account in the person's place."""
    tell("impersonated", user, admin=admin, reason=reason)


def role_changed(
    user: Recipient,
    *,
    added: Sequence[Text] = (),
    removed: Sequence[Text] = (),
    kept: Sequence[Text] = (),
    until: datetime | None = None,
) -> None:
    """Names of roles that came, went or have another end, where the person wants such mail.

    until: when those that they have now end by themselves.
    """
    if wants_mail(user, Kind.ROLE_CHANGED):
        tell("role_changed", user, added=added, removed=removed, kept=kept, until=until)
