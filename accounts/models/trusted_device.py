"""Devices on which the password alone will do, for a while."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts.models.user import User
from config.common.models import Erasure, PersonalData, UUIDModel


class TrustedDeviceQuerySet(models.QuerySet["TrustedDevice"]):
    def in_force(self) -> TrustedDeviceQuerySet:
        return self.filter(expires_at__gt=timezone.now())


class TrustedDevice(UUIDModel):
    """Made by a right code. device_id: the one in the device's token (`services/devices`)."""

    personal_data: ClassVar[dict[str, PersonalData]] = {
        "user": PersonalData(Erasure.DELETE, "trustedDevices"),
    }

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="trusted_devices")
    device_id = models.UUIDField()
    name = models.CharField(max_length=120, blank=True, default="")
    trusted_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = TrustedDeviceQuerySet.as_manager()

    class Meta:
        default_permissions: ClassVar[tuple[str, ...]] = ()
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user", "device_id"], name="trusted_device_once"),
        ]

    def __str__(self) -> str:
        return self.name or str(self.pk)
