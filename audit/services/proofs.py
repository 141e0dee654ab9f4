"""Proofs: one entry, its way up to the root of its seal, and the seal. Checked without us.

What is hashed and signed, and how, stands in `leaves.py` and `seals.py`; values and headers are
given as the very text that was hashed. `static/tools/check_audit_proof.py` is one who checks.
"""

from __future__ import annotations

from typing import Any, Final

from audit.errors import NotSealed, SealBroken
from audit.models import Seal
from audit.selectors import stored
from audit.selectors.sealed import holding, place, unpacked
from audit.selectors.stored import ACTION, DETAILS, ID, RESOURCE, TIMESTAMP
from audit.services import merkle, seals
from audit.services.leaves import known, leaf, parsed
from config.common.errors import NotFound

FORMAT: Final = "muster-audit-proof-1"
_LARGEST: Final = 2**63


def prove(key: int, *, to: int | None = None) -> dict[str, Any]:
    """The proof of an entry, as JSON.

    to: a later seal; those from the entry's own up to it come along, so that who knows its
    hash (`seals.link`) needs no key. Raises NotFound, NotSealed, SealBroken.
    """
    rows = stored.by_keys([key]) if 0 < key < _LARGEST else []
    if not rows:
        raise NotFound
    row = rows[0]
    details = parsed(row[DETAILS])
    try:
        seal = holding(key)
        if seal is None:
            raise NotSealed
        at = place(unpacked(seal.ids), key)
        leaves = merkle.split(seal.leaves)
        is_whole = at is not None and leaves[at] == leaf(row, details)
        is_whole = is_whole and merkle.root(leaves) == bytes(seal.root)
        fields = [_field(*field) for field in known(row, details)]
        signed = _signed(seal)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        # Whatever somebody wrote into either.
        raise SealBroken from error
    if at is None or not is_whole:
        raise SealBroken
    proof: dict[str, Any] = {
        "format": FORMAT,
        "entry": {
            "id": str(row[ID]),
            "action": row[ACTION],
            "resource": row[RESOURCE],
            "timestamp": row[TIMESTAMP],
            "fields": fields,
        },
        "path": [{"side": side, "hash": beside.hex()} for side, beside in merkle.path(leaves, at)],
        **signed,
    }
    if to is not None:
        later = Seal.objects.defer("ids", "leaves").filter(pk__gt=seal.pk, pk__lte=to)
        proof["chain"] = [_signed(each) for each in later.order_by("pk")]
    return proof


def _field(name: str, salt: bytes | None, value: bytes) -> dict[str, str]:
    """A value with its salt; of one that erasure took, what is left."""
    if salt is None:
        return {"name": name, "commitment": value.hex()}
    return {"name": name, "salt": salt.hex(), "value": value.decode(errors="surrogatepass")}


def _signed(seal: Seal) -> dict[str, str]:
    return {"seal": seals.header(seal).decode(), "signature": bytes(seal.signature).hex()}
