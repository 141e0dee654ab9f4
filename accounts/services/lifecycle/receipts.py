"""Receipts for an erasure: signed, with time and counts, and nothing that tells whose it was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import jwt
from django.conf import settings
from django.utils import timezone

from config.common.signing import public_keys, signing_key

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
    kid, key = signing_key()
    claims = {
        "iss": settings.PUBLIC_URL,
        "iat": int(timezone.now().timestamp()),
        "deleted": deleted,
        "anonymised": anonymised,
    }
    return jwt.encode(claims, key, ALGORITHM, headers={"typ": TYPE, "kid": kid})


def verify(token: str) -> Receipt:
    """Read a receipt, under any of the listed keys. Raises NotGenuine."""
    try:
        header = jwt.get_unverified_header(token)
        key = public_keys().get(str(header.get("kid")))
        if header.get("typ") != TYPE or key is None:
            raise NotGenuine
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            [ALGORITHM],
            options={"require": ["iat", "deleted", "anonymised"]},
        )
    except jwt.PyJWTError as error:
        raise NotGenuine from error
    moment = datetime.fromtimestamp(claims["iat"], UTC)
    return Receipt(moment, claims["deleted"], claims["anonymised"])
