"""What models share: their key, and what they say about the people in them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.db import models

from config.common.ids import uuid7


class UUIDModel(models.Model):
    """A row with a UUIDv7 key."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)

    class Meta:
        abstract = True


class Erasure(StrEnum):
    """What permanent deletion does with rows that point at the person."""

    DELETE = "delete"
    ANONYMISE = "anonymise"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class PersonalData:
    """What one relation to a user means for export and erasure.

    export: the key in the export file; None where the row tells the person nothing of their own.
    reason: why a row is kept or not exported; needed for `KEEP` and for no export.
    """

    erasure: Erasure
    export: str | None
    reason: str = ""


# Relations of packages, which cannot declare it on their own model: "app.Model.field".
OF_PACKAGES: Final[dict[str, PersonalData]] = {
    "admin.LogEntry.user": PersonalData(
        Erasure.DELETE, None, "Never written: the audit log is the one record."
    ),
    "guardian.UserObjectPermission.user": PersonalData(
        Erasure.DELETE, None, "Never written: rbac.PersonGrant is the model in use."
    ),
}
