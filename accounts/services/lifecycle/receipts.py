"""Receipts for an erasure: signed, with time and counts, and nothing that tells whose it was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.utils import timezone

from config.settings.keys import key_id, load_private, public_pem

TYPE: Final = "erasure-receipt+jwt"
ALGORITHM: Final = "EdDSA"


class NotGenuine(ValueError):
    """No receipt, or none that a key of this installation signed."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """When, and how many of what was taken out and made anonymous."""

    erased_at: datetime
    deleted: dict[str, int]
    anonymised: dict[str, int]


def issue(*, deleted: dict[str, int], anonymised: dict[str, int]) -> str:
    """A JWT under the first of AUDIT_SIGNING_KEY_FILE."""
    key = _keys()[0]
    claims = {
        "iss": settings.PUBLIC_URL,
        "iat": int(timezone.now().timestamp()),
        "deleted": deleted,
        "anonymised": anonymised,
    }
    return jwt.encode(claims, key, ALGORITHM, headers={"typ": TYPE, "kid": _kid(key)})


def verify(token: str) -> Receipt:
    """Read a receipt, under any of the listed keys. Raises NotGenuine."""
    try:
        header = jwt.get_unverified_header(token)
        fitting = [key for key in _keys() if _kid(key) == header.get("kid")]
        if header.get("typ") != TYPE or not fitting:
            raise NotGenuine
        claims: dict[str, Any] = jwt.decode(
            token,
            fitting[0].public_key(),
            [ALGORITHM],
            options={"require": ["iat", "deleted", "anonymised"]},
        )
    except jwt.PyJWTError as error:
        raise NotGenuine from error
    moment = datetime.fromtimestamp(claims["iat"], UTC)
    return Receipt(moment, claims["deleted"], claims["anonymised"])


def _keys() -> list[Ed25519PrivateKey]:
    return [_key(path) for path in settings.AUDIT_SIGNING_KEY_FILES]


@cache
def _key(path: Path) -> Ed25519PrivateKey:
    return load_private(path)


def _kid(key: Ed25519PrivateKey) -> str:
    return key_id(public_pem(key.public_key()))
