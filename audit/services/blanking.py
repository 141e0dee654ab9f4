"""How an entry is blanked so that its seal holds and nobody else can do the same.

The entry's leaf stays what it was: `blanked` keeps its salts and commitments (`leaves.py`). What
the entry looks like afterwards is signed, in one row for all entries of an erasure that were
blanked at once; `blanked` names that row, and those of earlier erasures before it.

    state     = SHA-256( 0x02 ‖ JSON of the key ‖ 0x0A ‖ the entry's canonical text (`marking.py`) )
    signature = Ed25519 over  `muster audit blanking 1` ‖ 0x0A ‖ JSON of what `_said` lists
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from audit.models import AuditEntry, Blanking
from audit.selectors import stored
from audit.selectors.sealed import packed
from audit.selectors.stored import DETAILS, ID, Row, moment_text
from audit.services.leaves import commitment, encoded, known, parsed, values
from audit.services.marking import canonical, is_marked_row, set_mark
from config.common import signing
from config.common.bulk import update_many

PURPOSE: Final = "muster audit blanking 1"
STATE: Final = b"\x02"
_COLUMNS: Final = {
    "user": stored.USER,
    "actor": stored.ACTOR,
    "impersonating": stored.IMPERSONATING,
    "resource_id": stored.RESOURCE_ID,
    "ip_address": stored.IP_ADDRESS,
    "user_agent": stored.USER_AGENT,
    "request_id": stored.REQUEST_ID,
}
_WRITTEN: Final = (*_COLUMNS, "details", "salt", "mark", "blanked")


def blank(changes: Mapping[AuditEntry, Mapping[str, Any]], *, pseudonym: str) -> int:
    """Write new values into entries, in the caller's transaction; how many were not so already.

    The entries are locked. Values by column, as in erasure: people become None.
    """
    rows = {row[ID]: row for row in stored.by_keys([entry.pk for entry in changes])}
    row_of_all = Blanking(pseudonym=pseudonym)
    blanked = {}
    for entry, new in changes.items():
        row = rows[entry.pk]
        details = parsed(row[DETAILS])
        earlier = parsed(row[stored.BLANKED])
        was = values(row, details)
        now = values(_with(row, new), new["details"])
        if was == now:
            continue
        was_ours = is_marked_row(row, details, earlier)
        entry.blanked = _left(row, details, earlier, now, row_of_all.pk.hex)
        entry.salt = None
        for name, value in new.items():
            setattr(entry, name, value)
        if was_ours:
            # What somebody else wrote does not become ours by being blanked.
            set_mark(entry)
        blanked[entry.pk] = entry
    if blanked:
        keys = sorted(blanked)
        row_of_all.ids = packed(keys)
        row_of_all.states = b"".join(state(key, canonical(blanked[key])) for key in keys)
        row_of_all.key_id = signing.signing_key()[0]
        row_of_all.signature = signing.sign(PURPOSE, _said(row_of_all))
        row_of_all.save(force_insert=True)
    return update_many([blanked[key] for key in sorted(blanked)], _WRITTEN)


def state(key: int, text: bytes) -> bytes:
    """Of an entry with this key and this canonical text."""
    return sha256(STATE + encoded(key) + b"\n" + text).digest()


def is_genuine(row: Blanking) -> bool:
    try:
        said, signature = _said(row), bytes(row.signature)
    except (AttributeError, TypeError):
        # Something that is neither bytes nor a time: SQLite keeps it.
        return False
    return signing.is_signed(PURPOSE, said, kid=row.key_id, signature=signature)


def _said(row: Blanking) -> bytes:
    return encoded(
        {
            "blanking": row.pk.hex,
            "pseudonym": row.pseudonym,
            "ids": sha256(row.ids).hexdigest(),
            "states": sha256(row.states).hexdigest(),
            "at": moment_text(row.blanked_at),
            "key": row.key_id,
        }
    )


def _with(row: Row, new: Mapping[str, Any]) -> Row:
    changed = list(row)
    for name, value in new.items():
        if name in _COLUMNS:
            changed[_COLUMNS[name]] = value
    return tuple(changed)


def _left(
    row: Row, details: Any, earlier: Any, now: Mapping[str, bytes], by: str
) -> dict[str, Any]:
    """What is left of the leaf: salts of what stays, commitments of what goes."""
    salts, hashes = {}, {}
    try:
        fields = known(row, details)
        before = earlier["by"] if earlier else []
    except (AttributeError, KeyError, TypeError, ValueError):
        # Somebody broke it; checking will tell.
        fields, before = [], []
    for name, salt, value in fields:
        if salt is None:
            hashes[name] = value.hex()
        elif now.get(name) == value:
            salts[name] = salt.hex()
        else:
            hashes[name] = commitment(salt, value).hex()
    # The nonce keeps the signed state from telling by trial what a later erasure takes out.
    return {
        "by": [*before, by],
        "salts": salts,
        "hashes": hashes,
        "nonce": secrets.token_hex(16),
    }
