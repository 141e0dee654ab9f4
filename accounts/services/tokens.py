"""Access and refresh tokens: simplejwt signs and reads them, the session row decides.

traps.md, "How a rotation can give the same successor twice", is the derivation of `refresh_token`:
everything in it comes from the row, so the same row always signs to the same token.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

import jwt
from django.conf import settings
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError, TokenBackendExpiredToken

from accounts.models import Session
from config.common import errors
from config.common.ids import parse_uuid, uuid7
from config.common.times import compact
from config.settings.keys import Signer, secret_signer

ACCESS_AUDIENCE: Final = "muster"
REFRESH_AUDIENCE: Final = "muster-refresh"
MAX_LENGTH: Final = 4096
REMEMBERED: Final = 20_000  # verified tokens a process remembers, about 20 MB


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What a well-signed access token says. expires: seconds since the epoch."""

    user_id: UUID
    session_id: UUID
    expires: int


@dataclass(frozen=True, slots=True)
class RefreshClaims:
    """What a well-signed refresh token says; expired ones can be read too."""

    user_id: UUID
    session_id: UUID
    generation: int
    is_expired: bool


class KeyRing(TokenBackend):
    """simplejwt's backend with several keys: the first signs, each verifies, `kid` names them.

    Nothing else in a token's header is believed: neither its algorithm nor an address of keys.
    """

    def __init__(self, signer: Signer, *, audience: str) -> None:
        super().__init__(
            signer.algorithm, signer.signing, "", audience=audience, issuer=settings.PUBLIC_URL
        )
        self.kid = signer.kid
        self.key = signer.signing
        self.ring = signer.verifying

    def sign(self, payload: dict[str, Any], kid: str = "") -> str:
        """Sign under the key named where it is listed still, or under the first."""
        claims = {"iss": self.issuer, "aud": self.audience, **payload}
        # In HS256 the ring holds the signing keys themselves.
        is_listed = self.algorithm == "HS256" and kid in self.ring
        key, kid = (self.ring[kid], kid) if is_listed else (self.key, self.kid)
        return jwt.encode(claims, key, self.algorithm, headers={"kid": kid})

    def get_verifying_key(self, token: Any) -> str:
        try:
            kid = jwt.get_unverified_header(token).get("kid")
        except jwt.InvalidTokenError as error:
            raise TokenBackendError(str(error)) from error
        if not isinstance(kid, str) or kid not in self.ring:
            raise TokenBackendError("unknown key")
        return self.ring[kid]

    def read(self, token: str, *, allow_expired: bool = False) -> dict[str, Any]:
        """The claims of a token of ours. Raises TokenInvalid, TokenExpired."""
        try:
            return jwt.decode(
                token,
                self.get_verifying_key(token),
                algorithms=[self.algorithm],
                audience=self.audience,
                issuer=self.issuer,
                options={
                    "require": ["exp", "iat", "sub", "sid", "jti"],
                    "verify_exp": not allow_expired,
                    # Another machine's clock may be a second ahead.
                    "verify_iat": False,
                },
            )
        except jwt.ExpiredSignatureError as error:
            raise errors.TokenExpired from error
        except (jwt.InvalidTokenError, TokenBackendError, TokenBackendExpiredToken) as error:
            raise errors.TokenInvalid from error


@cache
def access_ring() -> KeyRing:
    return KeyRing(settings.JWT_SIGNER, audience=ACCESS_AUDIENCE)


@cache
def refresh_ring() -> KeyRing:
    signer = secret_signer(settings.JWT_REFRESH_SECRETS, "jwt-refresh")
    return KeyRing(signer, audience=REFRESH_AUDIENCE)


def forget_keys() -> None:
    """For tests that change the secrets."""
    access_ring.cache_clear()
    refresh_ring.cache_clear()
    _verified.clear()


def access_token(
    *, user_id: UUID, session_id: UUID, ends: datetime, actor_id: UUID | None = None
) -> str:
    """A token for one session; never longer than the session itself lasts.

    actor_id: the admin behind an impersonation (RFC 8693, 4.1), which has no refresh: its one
    token is good to the end.
    """
    now, end = int(time.time()), int(ends.timestamp())
    lifetime = int(settings.JWT_ACCESS_EXPIRY.total_seconds())
    claims: dict[str, Any] = {
        "sub": str(user_id),
        "sid": str(session_id),
        "iat": now,
        "exp": end if actor_id else min(now + lifetime, end),
        "jti": uuid7().hex,
    }
    if actor_id:
        claims["act"] = {"sub": str(actor_id)}
    return access_ring().sign(claims)


def access_expiry() -> str:
    """How the contract tells it: `15m`."""
    return compact(int(settings.JWT_ACCESS_EXPIRY.total_seconds()))


def refresh_token(
    *,
    user_id: UUID,
    session_id: UUID,
    generation: int,
    rotated_at: datetime,
    ends: datetime,
    signed_by: str,
) -> str:
    """The one refresh token that this state of the row signs to."""
    issued = int(rotated_at.timestamp())
    lifetime = int(settings.JWT_REFRESH_EXPIRY.total_seconds())
    seed = f"{session_id}:{generation}".encode()
    claims = {
        "sub": str(user_id),
        "sid": str(session_id),
        "gen": generation,
        "iat": issued,
        "exp": min(issued + lifetime, int(ends.timestamp())),
        "jti": hashlib.sha256(seed).hexdigest()[:32],
    }
    return refresh_ring().sign(claims, kid=signed_by)


def refresh_token_of(session: Session) -> str:
    """The same, from the row itself."""
    return refresh_token(
        user_id=session.user_id,
        session_id=session.pk,
        generation=session.generation,
        rotated_at=session.rotated_at,
        ends=session.expires_at,
        signed_by=session.signed_by,
    )


# Verifying costs 47 µs (HS256) or 150 (EdDSA), remembering it 1.4. The key is a hash, so that
# no usable token lies about in memory; expiry is asked at every use.
_verified: dict[bytes, AccessClaims] = {}


def read_access(token: str) -> AccessClaims:
    """Raises TokenInvalid, TokenExpired."""
    key = hashlib.blake2b(token.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    claims = _verified.get(key)
    if claims is None:
        payload = access_ring().read(token)
        user_id, session_id = parse_uuid(payload["sub"]), parse_uuid(payload["sid"])
        if user_id is None or session_id is None:
            raise errors.TokenInvalid
        claims = AccessClaims(user_id, session_id, int(payload["exp"]))
        while len(_verified) >= REMEMBERED:
            _verified.pop(next(iter(_verified)), None)
        _verified[key] = claims
    if claims.expires <= time.time():
        raise errors.TokenExpired
    return claims


def read_refresh(token: str) -> RefreshClaims:
    """Reads an expired one too, and says that it is. Raises TokenInvalid."""
    if not isinstance(token, str) or len(token) > MAX_LENGTH:
        raise errors.TokenInvalid
    payload = refresh_ring().read(token, allow_expired=True)
    user_id, session_id = parse_uuid(payload["sub"]), parse_uuid(payload["sid"])
    generation = payload.get("gen")
    if user_id is None or session_id is None or type(generation) is not int:
        raise errors.TokenInvalid
    return RefreshClaims(user_id, session_id, generation, payload["exp"] <= time.time())
