"""Policy that staff set while the program runs."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from config.common.models import Erasure, PersonalData


class Setting(models.Model):
    """A value that wins over the environment's. No row: the environment's counts.

    name, value: as `services/policy.py` knows them, in JSON.
    """

    personal_data: ClassVar[dict[str, PersonalData]] = {
        "changed_by": PersonalData(
            Erasure.ANONYMISE, None, "The setting is the installation's; the audit log tells who."
        ),
    }

    name = models.CharField(primary_key=True, max_length=40)
    value = models.JSONField()
    changed_at = models.DateTimeField(auto_now=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        default_permissions: ClassVar[tuple[str, ...]] = ()

    def __str__(self) -> str:
        return self.name
