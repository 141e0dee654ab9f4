"""Links and challenges that work once."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Final

from django.db import models
from django.utils import timezone

from accounts.models.user import User
from config.common.crypto import EncryptedJSONField
from config.common.models import Erasure, PersonalData, UUIDModel


class Purpose(models.TextChoices):
    """Append-only: rows hold the values."""

    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105  the name of a purpose
    INVITATION = "invitation"
    UNLOCK = "unlock"
    NOT_ME = "not_me"
    CHANGE_EMAIL = "change_email"
    UNDO_EMAIL = "undo_email"
    LOGIN_CHALLENGE = "login_challenge"
    PASSWORD_CHALLENGE = "password_challenge"  # noqa: S105


LIFETIMES: Final[dict[str, timedelta]] = {
    Purpose.VERIFY_EMAIL: timedelta(hours=24),
    Purpose.RESET_PASSWORD: timedelta(hours=1),
    Purpose.INVITATION: timedelta(days=7),
    Purpose.UNLOCK: timedelta(hours=24),
    Purpose.NOT_ME: timedelta(days=7),
    Purpose.CHANGE_EMAIL: timedelta(hours=24),
    Purpose.UNDO_EMAIL: timedelta(days=7),
    Purpose.LOGIN_CHALLENGE: timedelta(minutes=5),
    Purpose.PASSWORD_CHALLENGE: timedelta(minutes=15),
}


class TokenQuerySet(models.QuerySet["OneTimeToken"]):
    def unspent(self) -> TokenQuerySet:
        return self.filter(used_at__isnull=True, expires_at__gt=timezone.now())


class OneTimeToken(UUIDModel):
    """A random token, kept as its SHA-256. Spent by one conditional UPDATE.

    user: null for the decoy that makes an unknown address cost the same work.
    binding: what must still hold when it is spent (the address it verifies, the password it
    follows), as a keyed hash; payload: what it carries, encrypted.
    """

    personal_data: ClassVar[dict[str, PersonalData]] = {
        "user": PersonalData(Erasure.DELETE, None, "A hash of a secret, of no use to anyone."),
    }

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, null=True, related_name="one_time_tokens"
    )
    purpose = models.CharField(max_length=24, choices=Purpose.choices)
    digest = models.CharField(max_length=64, unique=True)
    binding = models.CharField(max_length=64, blank=True, default="")
    payload = EncryptedJSONField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    objects = TokenQuerySet.as_manager()

    class Meta:
        default_permissions: ClassVar[tuple[str, ...]] = ()
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["user", "purpose"], name="token_of_user"),
            models.Index(fields=["expires_at"], name="token_ends"),
            models.Index(fields=["binding"], name="token_binding"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} until {self.expires_at:%Y-%m-%d %H:%M}"
