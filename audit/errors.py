"""What is a bug in the caller, not a rule that a person broke."""

from __future__ import annotations


class EntryIsFinal(TypeError):
    """Something tried to edit or delete audit entries without being erasure or retention."""

    def __init__(self) -> None:
        super().__init__("Audit entries are never edited; only erasure and retention touch them.")
