"""Retention's part of seals: the entries go, the seals stay, and say by whose hand."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from hashlib import sha256

from django.db import connection
from django.utils import timezone

from audit.models import Seal
from audit.selectors.sealed import unpacked
from audit.services import seals
from config.common.bulk import update_many

_FIRST_SEAL = 0x5EA1_0001


def keys_of(seal: Seal) -> list[int]:
    """Of its entries, ascending."""
    return unpacked(seal.ids).tolist()


def is_intact(seal: Seal) -> bool:
    """Is it as it was made? Who changed what it holds, or its time, is not helped to hide it."""
    return seals.is_genuine(seal) and sha256(seal.ids).digest() == bytes(seal.ids_hash)


def retire(retired: Iterable[Seal], *, kept: Collection[int] = ()) -> None:
    """Note in seals that their entries are gone, but for these. In the transaction that took them.

    The seals are locked and intact. Where entries of one were kept, what proves them has to stay,
    and that is all its leaves; else they go too.
    """
    for seal in (gone := list(retired)):
        stay = sorted({*kept}.intersection(keys_of(seal)))
        seal.retired_at = timezone.now()
        seal.retirement = seals.retirement(seal, kept=stay)
        if not stay:
            seal.ids = seal.leaves = b""
    update_many(gone, ["retired_at", "retirement", "ids", "leaves"])


def lock_first_seal() -> None:
    """Held to the transaction's end by who makes the first seal, and by who deletes without any.

    Each sees what the other did. On SQLite one transaction writes at a time anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_FIRST_SEAL])
