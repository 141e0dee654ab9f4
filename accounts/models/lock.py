"""What is known of the failures against one account, from anywhere."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from config.common.models import PersonalData


class AccountLock(models.Model):
    """One row an account key (see `services/lockout`), made by the first failure.

    failures: in a row, from anywhere; locked_until: for everyone but known devices;
    password_off_at: until a reset. The code_* columns count wrong codes of the second
    factor (see `services/code_lock`); code_failed_at: the seconds of the last ones.
    Failures from one network are counted by axes' own AccessAttempt rows.
    """

    personal_data: ClassVar[dict[str, PersonalData]] = {}

    key = models.CharField(primary_key=True, max_length=255)
    failures = models.PositiveIntegerField(default=0)
    locks = models.PositiveIntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)
    password_off_at = models.DateTimeField(null=True, blank=True)
    code_failures = models.PositiveIntegerField(default=0)
    code_locks = models.PositiveIntegerField(default=0)
    code_locked_until = models.DateTimeField(null=True, blank=True)
    code_failed_at = models.JSONField(default=list, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        default_permissions: ClassVar[tuple[str, ...]] = ()
        indexes: ClassVar[list[models.Index]] = [
            # Who is locked for everyone: few among many who failed once.
            models.Index(
                fields=["locked_until", "password_off_at"],
                name="lock_for_everyone",
                condition=models.Q(locked_until__isnull=False)
                | models.Q(password_off_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.key


class RateCount(models.Model):
    """Requests counted in one window of time, while the cache that should count them is away."""

    key = models.CharField(primary_key=True, max_length=64)
    count = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions: ClassVar[tuple[str, ...]] = ()

    def __str__(self) -> str:
        return self.key
