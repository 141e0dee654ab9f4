"""Enums whose values stand in rows: append-only."""

from __future__ import annotations

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Kind(TextChoices):
    """What a notification is about; the contract's `type`."""

    EMAIL_VERIFIED = "EMAIL_VERIFIED", _("Email address confirmed")
    PASSWORD_CHANGED = "PASSWORD_CHANGED", _("Password changed")
    LOGIN_ALERT = "LOGIN_ALERT", _("New sign-in")
    SECURITY_ALERT = "SECURITY_ALERT", _("Security")
    ACCOUNT_UPDATE = "ACCOUNT_UPDATE", _("Account")
    ROLE_CHANGED = "ROLE_CHANGED", _("Roles")
    SYSTEM = "SYSTEM", _("System")

    @property
    def is_security(self) -> bool:
        """Such a notice goes by mail as well: who took the account over can empty the inbox."""
        return self in SECURITY_KINDS


SECURITY_KINDS: Final = frozenset({Kind.PASSWORD_CHANGED, Kind.LOGIN_ALERT, Kind.SECURITY_ALERT})


class State(TextChoices):
    """Where a mail is on its way."""

    PENDING = "pending", _("on its way")
    SENT = "sent", _("sent")
    DEAD = "dead", _("given up")
