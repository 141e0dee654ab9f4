"""Files on their way out of the storage."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone


class DiscardedFile(models.Model):
    """A file that nothing points at any more, until the storage has let it go.

    name: as the storage knows it; random, so it tells nobody's name. last_error: a class name.
    """

    name = models.CharField(primary_key=True, max_length=255)
    discarded_at = models.DateTimeField(default=timezone.now, editable=False)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=100, blank=True, default="")

    class Meta:
        default_permissions: ClassVar[tuple[str, ...]] = ()

    def __str__(self) -> str:
        return self.name
