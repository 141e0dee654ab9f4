"""The authenticator app on a person's phone, which knows nothing but the secret it was shown."""

from __future__ import annotations

import base64
import time

from django_otp.oath import hotp


def code_of(secret: str, *, step: int = 0) -> str:
    """secret: base32. step: so many periods of 30 s from now."""
    return f"{hotp(base64.b32decode(secret), int(time.time()) // 30 + step):06}"
