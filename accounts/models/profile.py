"""What a person tells about themselves."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models.user import User
from config.common.models import Erasure, PersonalData


class Profile(models.Model):
    """One a user, made with the account. What is not told is null."""

    personal_data: ClassVar[dict[str, PersonalData]] = {
        "user": PersonalData(Erasure.DELETE, "profile"),
    }

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="profile"
    )
    bio = models.CharField(max_length=500, null=True, blank=True)  # noqa: DJ001  null is "not told"
    phone = models.CharField(max_length=32, null=True, blank=True)  # noqa: DJ001
    date_of_birth = models.DateField(null=True, blank=True)
    address = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001
    city = models.CharField(max_length=100, null=True, blank=True)  # noqa: DJ001
    country = models.CharField(max_length=100, null=True, blank=True)  # noqa: DJ001
    timezone = models.CharField(max_length=64, null=True, blank=True)  # noqa: DJ001
    preferences = models.JSONField(default=dict, blank=True)

    class Meta:
        default_permissions: ClassVar[tuple[str, ...]] = ()

    def __str__(self) -> str:
        return f"profile of {self.user_id}"
