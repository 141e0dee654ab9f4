"""What a seal says, in the one spelling that is signed and chained.

    header    = JSON of what `header` lists, names sorted; binary values in hex
    signature = Ed25519 over  `muster audit seal 1` ‖ 0x0A ‖ header
    previous  = SHA-256( header ‖ signature ) of the seal before; 32 zero bytes in the first one

A retirement is signed likewise, as `muster audit retirement 1`.
"""

from __future__ import annotations

from collections.abc import Collection
from hashlib import sha256
from typing import Any, Final

from django.utils import timezone

from audit.models import Seal
from audit.selectors.stored import moment_text
from audit.services.leaves import encoded
from config.common import signing

PURPOSE: Final = "muster audit seal 1"
RETIREMENT: Final = "muster audit retirement 1"
BEGINNING: Final = bytes(32)


def header(seal: Seal) -> bytes:
    """All that a seal vouches for."""
    return encoded(
        {
            "seal": seal.pk,
            "count": seal.count,
            "first": seal.first_id,
            "last": seal.last_id,
            "ids": bytes(seal.ids_hash).hex(),
            "root": bytes(seal.root).hex(),
            "previous": bytes(seal.previous).hex(),
            "unproven": seal.unproven,
            "newest": moment_text(seal.newest),
            "position": seal.position,
            "sealedAt": moment_text(seal.sealed_at),
            "key": seal.key_id,
        }
    )


def link(seal: Seal) -> bytes:
    """What the next seal says of this one."""
    return sha256(header(seal) + bytes(seal.signature)).digest()


def sign(seal: Seal) -> None:
    """Under the key in use."""
    seal.key_id = signing.signing_key()[0]
    seal.signature = signing.sign(PURPOSE, header(seal))


def is_genuine(seal: Seal) -> bool:
    try:
        said, signature = header(seal), bytes(seal.signature)
    except (AttributeError, TypeError):
        # Something that is neither bytes nor a time: SQLite keeps it.
        return False
    return signing.is_signed(PURPOSE, said, kid=seal.key_id, signature=signature)


def retirement(seal: Seal, *, kept: Collection[int]) -> dict[str, Any]:
    """A signed word that the program itself took the entries out, and which ones it kept."""
    note: dict[str, Any] = {
        "at": moment_text(timezone.now()),
        "deleted": seal.count - len(kept),
        "kept": sorted(kept),
        "key": signing.signing_key()[0],
    }
    return {**note, "signature": signing.sign(RETIREMENT, _noted(seal, note)).hex()}


def kept_after(seal: Seal) -> frozenset[int] | None:
    """Which entries a retired seal still has to hold; None where its retirement is a forgery."""
    note: Any = seal.retirement
    try:
        unsigned = {name: note[name] for name in ("at", "deleted", "kept", "key")}
        is_ours = signing.is_signed(
            RETIREMENT,
            _noted(seal, unsigned),
            kid=note["key"],
            signature=bytes.fromhex(note["signature"]),
        )
        return frozenset(note["kept"]) if is_ours else None
    except (KeyError, TypeError, ValueError):
        return None


def _noted(seal: Seal, note: dict[str, Any]) -> bytes:
    return encoded({**note, "seal": seal.pk, "root": bytes(seal.root).hex()})
