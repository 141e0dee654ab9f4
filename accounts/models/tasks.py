"""Who does the periodic work, and when it was last done."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone


class PeriodicTask(models.Model):
    """One row a task. Whoever moves `due_at` on by one conditional UPDATE does the work."""

    name = models.CharField(primary_key=True, max_length=40)
    due_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        default_permissions: ClassVar[tuple[str, ...]] = ()

    def __str__(self) -> str:
        return self.name
