"""Numbers that take long to count, counted beforehand."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone


class Figure(models.Model):
    """A set of counts, as they were at `counted_at`. value: by name, in JSON."""

    name = models.CharField(primary_key=True, max_length=40)
    value = models.JSONField(default=dict)
    counted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions: ClassVar[tuple[str, ...]] = ()

    def __str__(self) -> str:
        return self.name
