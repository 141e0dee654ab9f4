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


class NotSealed(DomainError):
    code, status = "NOT_SEALED", 409
    message = _("This entry is not sealed yet. Sealing runs every minute.")


class SealBroken(DomainError):
    code, status = "SEAL_BROKEN", 409
    message = _("This entry or its seal is not what was sealed; audit_verify tells more.")
