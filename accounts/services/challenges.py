"""The second half of a login: the code that a challenge asks for."""

from __future__ import annotations

from typing import Final

from django.db import transaction

from accounts.errors import InvalidChallengeCode, InvalidCode, LinkExpired, LinkInvalid
from accounts.models import OneTimeToken, Purpose, User
from accounts.services import login, one_time, trusted_devices, two_factor
from accounts.services.devices import Device
from accounts.services.lockout import Attempt
from accounts.services.login import SignedIn
from accounts.services.two_factor import Method
from config.common.errors import TokenExpired, TokenInvalid
from config.common.ids import parse_uuid
from config.common.request_meta import RequestMeta

ATTEMPTS: Final = 5  # wrong codes that spend a challenge


def finish(challenge: str, code: str, *, meta: RequestMeta, trust: bool = False) -> SignedIn:
    """From a challenge and a code to the session. Of many at once, one succeeds.

    trust: this device is asked for no code for 30 days. Raises TokenInvalid, TokenExpired,
    InvalidChallengeCode (with `attemptsLeft`), AccountLocked, InvalidCredentials.
    """
    token, user = _look_up(challenge)
    with transaction.atomic(durable=True):
        owner = two_factor.locked(user)
        _require_open(token, owner)
        found = two_factor.check(owner, code, meta=meta)
        if isinstance(found, Method):
            return _open(token, owner, method=found, meta=meta, trust=trust)
        if isinstance(found, InvalidCode):
            left = one_time.count_attempt(token, most=ATTEMPTS)
            found = InvalidChallengeCode(data={"attemptsLeft": left})
    raise found


def _look_up(challenge: str) -> tuple[OneTimeToken, User]:
    try:
        token = one_time.look_up(challenge, Purpose.LOGIN_CHALLENGE)
    except LinkExpired as error:
        raise TokenExpired from error
    except LinkInvalid as error:
        raise TokenInvalid from error
    if token.user is None:
        raise TokenInvalid
    return token, token.user


def _require_open(token: OneTimeToken, owner: User) -> None:
    """Is it unspent, and is the account in the state in which it was made?"""
    holds = (
        owner.is_active
        and owner.has_two_factor
        and one_time.is_bound(token, login.challenge_binding(owner))
        and OneTimeToken.objects.unspent().filter(pk=token.pk).exists()
    )
    if not holds:
        raise TokenInvalid


def _open(
    token: OneTimeToken, owner: User, *, method: Method, meta: RequestMeta, trust: bool
) -> SignedIn:
    try:
        one_time.claim(token)
    except LinkInvalid as error:
        raise TokenInvalid from error
    carried: dict[str, str] = token.payload or {}
    device_id = parse_uuid(carried["device"])
    device = Device(device_id, owner.pk, token.created_at.timestamp()) if device_id else None
    signed_in = login.open_for(
        owner,
        attempt=Attempt(owner.username, owner, meta, device=device),
        device=device,
        name=carried["name"],
        kind=carried["kind"],
        factor=method,
    )
    session = signed_in.session
    if trust and session.device_id:
        trusted_devices.trust(owner, session.device_id, name=session.device_name, meta=meta)
    return signed_in
