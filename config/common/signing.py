"""Signatures that outlive their making: Ed25519, under the keys of AUDIT_SIGNING_KEY_FILE.

The first of the listed keys signs; what any of them signed is genuine.
"""

from __future__ import annotations

import base64
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from config.settings.keys import key_id, load_private, public_pem


def signing_key() -> tuple[str, Ed25519PrivateKey]:
    """The key in use, and its id."""
    return _loaded(settings.AUDIT_SIGNING_KEY_FILES[0])


def public_keys() -> dict[str, Ed25519PublicKey]:
    """Every listed key by its id, the one in use first."""
    listed = (_loaded(path) for path in settings.AUDIT_SIGNING_KEY_FILES)
    return {kid: key.public_key() for kid, key in listed}


def sign(purpose: str, text: bytes) -> bytes:
    """64 bytes, over the purpose, a line feed and the text: no word serves for another one."""
    return signing_key()[1].sign(_bound(purpose, text))


def is_signed(purpose: str, text: bytes, *, kid: str, signature: bytes) -> bool:
    """Did the listed key of this id sign the text for this purpose?"""
    key = public_keys().get(kid)
    if key is None:
        return False
    try:
        key.verify(bytes(signature), _bound(purpose, text))
    except InvalidSignature:
        return False
    return True


def key_set() -> dict[str, Any]:
    """The public keys as a JWK set (RFC 8037)."""
    return {"keys": [_jwk(kid, key) for kid, key in public_keys().items()]}


def _jwk(kid: str, key: Ed25519PublicKey) -> dict[str, str]:
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    x = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    return {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, "use": "sig", "alg": "EdDSA"}


def _bound(purpose: str, text: bytes) -> bytes:
    return purpose.encode() + b"\n" + text


@cache
def _loaded(path: Path) -> tuple[str, Ed25519PrivateKey]:
    key = load_private(path)
    return key_id(public_pem(key.public_key())), key
