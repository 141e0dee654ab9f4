"""A bug in the caller, and rules that a person can break."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from config.common.errors import DomainError


class EntryIsFinal(TypeError):
    """Something tried to edit or delete audit entries without being erasure or retention."""

    def __init__(self) -> None:
        super().__init__("Audit entries are never edited; only erasure and retention touch them.")


class RetentionPolicy(DomainError):
    code, status = "RETENTION_POLICY", 400
    message = _("The policy keeps entries for longer than that.")
    example_data = {"retentionDays": 365}
