"""Keys by purpose, encryption at rest, keyed hashes. All of it the `cryptography` library's."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Expression

from config.env import stretch


@cache
def keys(label: str) -> tuple[bytes, ...]:
    """One 32-byte key for each listed SECRET_KEY, for this purpose alone; the first one in use."""
    return tuple(stretch(secret, label) for secret in settings.SECRETS)


@cache
def cipher() -> MultiFernet:
    """Encrypts under the first of FIELD_ENCRYPTION_KEYS, decrypts under any of them."""
    return MultiFernet(
        [
            Fernet(base64.urlsafe_b64encode(stretch(key, "field")))
            for key in settings.FIELD_ENCRYPTION_KEYS
        ]
    )


def forget_keys() -> None:
    """For tests that change the secrets."""
    keys.cache_clear()
    cipher.cache_clear()


def keyed_hash(label: str, value: str) -> str:
    """HMAC-SHA256 in hex: the same value gives the same hash, but only to who holds the key."""
    return keyed_hashes(label, value)[0]


def keyed_hashes(label: str, value: str) -> list[str]:
    """The same under each listed SECRET_KEY, for finding what was stored under an older one."""
    return [hmac.new(key, value.encode(), hashlib.sha256).hexdigest() for key in keys(label)]


def new_token() -> str:
    """256 bits from the system's generator, fit for a URL."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is stored of a random token. Plain SHA-256 does: 256 random bits cannot be guessed."""
    return hashlib.sha256(token.encode()).hexdigest()


def seal(value: Any) -> str:
    """JSON, encrypted and authenticated."""
    return cipher().encrypt(json.dumps(value, separators=(",", ":")).encode()).decode()


def unseal(value: str) -> Any:
    """What `seal` made. Raises ImproperlyConfigured where no listed key fits."""
    try:
        return json.loads(cipher().decrypt(value.encode()))
    except InvalidToken as error:
        raise ImproperlyConfigured(
            "FIELD_ENCRYPTION_KEYS holds no key that decrypts a stored value."
        ) from error


class EncryptedJSONField(models.TextField):
    """A JSON value that is encrypted at rest. Cannot be searched, on purpose."""

    # For type checkers alone: what django-stubs takes the values of this field for.
    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def from_db_value(
        self, value: str | None, expression: Expression, connection: BaseDatabaseWrapper
    ) -> Any:
        return unseal(value) if value else None

    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else seal(value)
