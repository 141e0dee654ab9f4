"""Key files: Ed25519 keys that sign access tokens, and those that sign audit seals."""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.core.exceptions import ImproperlyConfigured

from config import env


@dataclass(frozen=True, slots=True)
class Signer:
    """How access tokens are signed.

    verifying: key id -> key (a secret in HS256, a public PEM in EdDSA); `kid` names the one in use.
    """

    algorithm: str
    kid: str
    signing: str
    verifying: dict[str, str]


def access_signer() -> Signer:
    """HS256 with JWT_ACCESS_SECRET, or EdDSA with the PEM files of JWT_SIGNING_KEY_FILE."""
    if env.choice("JWT_ALGORITHM", "HS256", "EdDSA") == "HS256":
        return secret_signer(env.secret_list("JWT_ACCESS_SECRET"), "jwt-access")
    files = [Path(item) for item in env.items("JWT_SIGNING_KEY_FILE")]
    if not files:
        raise ImproperlyConfigured("JWT_ALGORITHM=EdDSA needs JWT_SIGNING_KEY_FILE.")
    private = [load_private(path) for path in files]
    public = [public_pem(key.public_key()) for key in private]
    return Signer(
        algorithm="EdDSA",
        kid=key_id(public[0]),
        signing=private_pem(private[0]),
        verifying={key_id(pem): pem for pem in public},
    )


def secret_signer(listed: list[str], label: str) -> Signer:
    """HS256: the first of the listed secrets signs, each of them verifies."""
    stretched = [env.stretch(secret, label).hex() for secret in listed]
    return Signer("HS256", key_id(stretched[0]), stretched[0], {key_id(k): k for k in stretched})


def audit_signing_files() -> list[Path]:
    """The first signs seals and receipts. Development makes one and keeps it in `data/`."""
    files = [Path(item) for item in env.items("AUDIT_SIGNING_KEY_FILE")]
    if files:
        for path in files:
            load_private(path)
        return files
    if env.app_env() == "production":
        raise ImproperlyConfigured("AUDIT_SIGNING_KEY_FILE is not set.")
    return [_kept_key(env.DATA_DIR / "secrets" / "audit_signing.pem")]


def load_private(path: Path) -> Ed25519PrivateKey:
    """An unencrypted Ed25519 PEM. Raises ImproperlyConfigured, which names the file."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise ImproperlyConfigured(f"{path}: no readable private key ({error}).") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ImproperlyConfigured(f"{path} holds no Ed25519 key.")
    return key


def private_pem(key: Ed25519PrivateKey) -> str:
    """PKCS#8, unencrypted."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def public_pem(key: Ed25519PublicKey) -> str:
    """SubjectPublicKeyInfo."""
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


def key_id(key: str) -> str:
    """A short name for a key that tells nothing of it."""
    return hashlib.sha256(b"muster:kid:" + key.encode()).hexdigest()[:16]


def _kept_key(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        draft.touch(mode=0o600)
        draft.write_text(private_pem(Ed25519PrivateKey.generate()))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path
