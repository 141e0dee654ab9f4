"""Taking over what the program did not write: entries of before an upgrade, or brought in.

They stay listed in their seals as somebody else's; that they are known is one more entry.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from audit.kinds import Action
from audit.models import Seal
from audit.services import chain
from audit.services.recording import record
from config.common.request_meta import RequestMeta


@dataclass(frozen=True, slots=True)
class Adoption:
    """How many entries, and which seals list them."""

    entries: int
    seals: list[int]


def adopt() -> Adoption:
    """Take over every unproven entry that is sealed by now. Records it if there was any."""
    known = chain.adopted()
    foreign = Seal.objects.filter(retired_at=None).exclude(unproven=[]).order_by("pk")
    found = {
        number: len(unproven)
        for number, unproven in foreign.values_list("pk", "unproven").iterator()
        if number not in known
    }
    adoption = Adoption(sum(found.values()), sorted(found))
    if found:
        with transaction.atomic():
            record(
                Action.AUDIT_ADOPTED,
                actor=None,
                subject=None,
                meta=RequestMeta(),
                resource="audit",
                entries=adoption.entries,
                seals=adoption.seals,
            )
    return adoption
