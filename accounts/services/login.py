"""Signing in: lock, password, state, temporary password, second factor, session. In this order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.contrib.auth import authenticate
from django.contrib.auth.hashers import make_password
from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.utils import timezone

from accounts import errors, hashers
from accounts.models import Purpose, Session, User
from accounts.models.session import Kind as SessionKind
from accounts.services import alerts, devices, lockout, one_time, policy, sessions, trusted_devices
from accounts.services.devices import Device
from accounts.services.lockout import Attempt
from accounts.validators import normalised
from audit.kinds import Action
from audit.services.recording import record
from config.common.errors import Busy, DomainError
from config.common.ids import uuid7
from config.common.request_meta import RequestMeta
from config.common.times import wire_or_none

METHODS: Final = ("totp", "backup_code")
TRUSTED: Final = "trusted_device"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session was opened."""

    user: User
    session: Session
    tokens: sessions.Tokens
    device_token: str


@dataclass(frozen=True, slots=True)
class SecondFactorNeeded:
    """The password was right; a code is asked for. The challenge opens nothing else."""

    challenge: str


@dataclass(frozen=True, slots=True)
class PasswordChangeNeeded:
    """A temporary password was spent; the challenge is good for choosing a new one."""

    challenge: str


Outcome = SignedIn | SecondFactorNeeded | PasswordChangeNeeded


def sign_in(
    identifier: str,
    password: str,
    *,
    meta: RequestMeta,
    device_token: str = "",
    device_name: str = "",
    kind: str = SessionKind.API,
) -> Outcome:
    """From a name and a password to a session, or to the next question.

    Raises AccountLocked, InvalidCredentials (the same for names that do not exist, and after the
    same work), AccountDeleted, AccountSuspended, AccountDeactivated, EmailNotVerified, Busy.
    """
    # Before anything is asked of the database: what cannot be hashed costs nobody else anything.
    hashers.queue().require_room()
    user = User.objects.named(identifier).first()
    device = devices.read_token(device_token)
    own_device = device if user and devices.is_known(device, user) else None
    attempt = Attempt(identifier, user, meta, device=own_device)
    prove_password(attempt, password)
    if user is None:
        raise errors.InvalidCredentials
    _require_state(user, meta)
    if user.temporary_until:
        return _spend_temporary(attempt, user)
    upgraded = _upgraded(user, password, meta)
    if user.has_two_factor and not trusted_devices.is_trusted(user, own_device):
        return _challenge(attempt, user, device_name, kind, upgraded)
    return open_for(
        user,
        attempt=attempt,
        device=own_device,
        name=device_name,
        kind=kind,
        upgraded=upgraded,
        factor=TRUSTED if user.has_two_factor else "",
    )


def prove_password(attempt: Attempt, password: str) -> None:
    """The password check every door shares: through axes, under the lockout rule.

    Raises AccountLocked, InvalidCredentials, Busy. A failure is recorded before it is raised.
    """
    proven = authenticate(
        lockout.bare_request(attempt), username=attempt.identifier, password=password
    )
    if attempt.locked_for:
        raise errors.AccountLocked(retry_after=int(attempt.locked_for.total_seconds()) + 1)
    if proven is None:
        raise errors.InvalidCredentials


@transaction.atomic
def open_for(
    user: User,
    *,
    attempt: Attempt,
    device: Device | None,
    name: str,
    kind: str,
    upgraded: str = "",
    factor: str = "",
) -> SignedIn:
    """The session, once everything is proven: what was proven must still hold as it commits.

    factor: what proved the second factor, where one is on.

    The conditional UPDATE takes the user's row, so a suspension, a deletion or a new password
    that commits first is seen here, and one that comes later finds the session and ends it.
    """
    meta = attempt.meta
    first_time = user.last_login is None
    claimed = (
        User.objects.active()
        .filter(
            pk=user.pk,
            password=user.password,
            # Turned on since this login began: it lacks a code.
            two_factor_enabled_at=user.two_factor_enabled_at,
        )
        .update(last_login=timezone.now(), password=upgraded or user.password)
    )
    if not claimed:
        raise errors.InvalidCredentials
    if factor == TRUSTED and not (device and trusted_devices.use(user, device)):
        raise errors.InvalidCredentials
    # Of guesses made side by side, one that comes in behind the lock stays outside.
    lockout.require_unlocked(attempt)
    user_logged_in.send(User, request=lockout.bare_request(attempt), user=user)
    is_known = device is not None or first_time or devices.was_seen(user, meta)
    session = sessions.open_session(
        user, meta=meta, kind=kind, device_id=device.id if device else uuid7(), name=name
    )
    record(
        Action.USER_LOGIN,
        actor=user,
        subject=user,
        meta=meta,
        resource="session",
        resource_id=session.pk,
        device=session.device_name,
        **({"secondFactor": factor} if factor else {}),
    )
    if not is_known:
        alerts.new_device(user, session, meta=meta)
    device_token = devices.token_for(user, session.device_id)
    return SignedIn(user, session, sessions.tokens_of(session), device_token)


def _require_state(user: User, meta: RequestMeta) -> None:
    """Told only to who knows the password."""
    error: DomainError | None = None
    if user.deleted_at and not user.suspended_at:
        error = errors.AccountDeleted(
            data={"recoveryDeadline": wire_or_none(user.recovery_deadline)}
        )
    elif user.suspended_at:
        error = errors.AccountSuspended()
    elif user.deactivated_at:
        error = errors.AccountDeactivated()
    elif not user.email_verified and policy.require_verified_email():
        error = errors.EmailNotVerified()
    if error is None:
        return
    with transaction.atomic():
        record(Action.LOGIN_FAILED, actor=None, subject=user, meta=meta, reason=error.code)
    raise error


@transaction.atomic
def _spend_temporary(attempt: Attempt, user: User) -> PasswordChangeNeeded:
    """One login, within the hour; it gives only the right to choose a password."""
    # As in `open_for`: a guess that comes in behind the lock stays outside, and spends nothing.
    lockout.require_unlocked(attempt)
    claimed = (
        User.objects.active()
        .filter(pk=user.pk, password=user.password, temporary_until__gt=timezone.now())
        .update(password=make_password(None), temporary_until=None)
    )
    if not claimed:
        raise errors.InvalidCredentials
    record(
        Action.USER_LOGIN,
        actor=user,
        subject=user,
        meta=attempt.meta,
        temporaryPassword=True,
    )
    return PasswordChangeNeeded(one_time.issue(user, Purpose.PASSWORD_CHALLENGE))


def challenge_binding(user: User) -> str:
    """A challenge dies with the password and the factor it was made under."""
    return f"{user.password}:{user.two_factor_enabled_at}:{user.sessions_valid_from}"


@transaction.atomic
def _challenge(
    attempt: Attempt, user: User, name: str, kind: str, upgraded: str
) -> SecondFactorNeeded:
    # It tells that the password was right: a guess that comes in behind the lock learns nothing.
    lockout.require_unlocked(attempt)
    if upgraded and User.objects.filter(pk=user.pk, password=user.password).update(
        password=upgraded
    ):
        user.password = upgraded
    device = str(attempt.device.id) if attempt.device else ""
    payload = {"device": device, "name": name, "kind": kind}
    return SecondFactorNeeded(
        one_time.add(
            user, Purpose.LOGIN_CHALLENGE, binding=challenge_binding(user), payload=payload
        )
    )


def _upgraded(user: User, password: str, meta: RequestMeta) -> str:
    """The password under today's hasher, where it was stored under another."""
    if not hashers.is_outdated(user.password):
        return ""
    try:
        return hashers.hashed(normalised(password), account=user.username, address=meta.network)
    except Busy:
        return ""  # The password was right; its next login will do.
