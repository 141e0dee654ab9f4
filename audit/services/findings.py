"""What checking finds: one thing that was done behind the program's back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """What was done. The words are for programs; `Finding.text` is for people."""

    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"
    UNPROVEN = "unproven"
    BLANKED = "blanked"
    UNBLANKED = "unblanked"
    SEAL = "seal"
    CHAIN = "chain"
    RETIREMENT = "retirement"
    HEAD = "head"


_ENTRY = {
    Fault.CHANGED: "was changed after it was sealed",
    Fault.ADDED: "was added behind the program's back: no seal holds it, and none will",
    Fault.REMOVED: "was removed",
    Fault.UNPROVEN: "was added or changed before it was sealed",
    Fault.BLANKED: "was blanked, or changed after that, and no erasure's word covers it",
    Fault.UNBLANKED: "was blanked by an erasure, and shows again what went",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """entry, seal: which; None where there is none to name."""

    fault: Fault
    text: str
    entry: int | None = None
    seal: int | None = None


class Broken(Exception):
    """Ends a check with what it found."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.text)
        self.finding = finding


def of_entry(fault: Fault, key: int, seal: int | None = None) -> Finding:
    where = f" (seal {seal})" if seal is not None else ""
    return Finding(fault, f"Entry {key} {_ENTRY[fault]}{where}.", key, seal)


def of_seal(fault: Fault, number: int, what: str) -> Finding:
    return Finding(fault, f"Seal {number} {what}.", None, number)
