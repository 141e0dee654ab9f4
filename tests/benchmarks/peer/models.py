"""A profile beside Django's own user; its groups serve as roles."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models


class Profile(models.Model):
    """What a person says of themselves."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="profile"
    )
    avatar = models.CharField(max_length=200, blank=True)
    bio = models.CharField(max_length=500, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    date_of_birth = models.DateField(null=True)
    address = models.CharField(max_length=255, blank=True)
    city = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=100, blank=True)
    timezone = models.CharField(max_length=64, blank=True)
    language = models.CharField(max_length=2, default="en")
    preferences = models.JSONField(default=dict)

    objects: ClassVar[models.Manager[Profile]] = models.Manager()

    def __str__(self) -> str:
        return str(self.pk)
