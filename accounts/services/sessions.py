"""Sessions: opened by a login, rotated by a refresh, ended for good."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.errors import TokenReused
from accounts.models import OneTimeToken, Purpose, Session, User
from accounts.models.session import Kind as SessionKind
from accounts.services import devices, one_time, policy, tokens, trusted_devices
from audit.kinds import Action
from audit.services.recording import record
from config.common.errors import SessionRevoked, TokenExpired
from config.common.request_meta import RequestMeta
from notifications.kinds import Kind
from notifications.services import email, inbox

GRACE: Final = timedelta(seconds=10)  # two tabs, or an answer that got lost
TOUCH: Final = timedelta(minutes=1)  # `lastActivity` moves no more often


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a client holds."""

    access: str
    refresh: str


def open_session(
    user: User,
    *,
    meta: RequestMeta,
    kind: str = SessionKind.API,
    device_id: UUID | None = None,
    name: str = "",
) -> Session:
    """The row that a login makes. In the login's transaction."""
    agent = devices.agent_of(meta.user_agent)
    now = timezone.now()
    return Session.objects.create(
        user=user,
        kind=kind,
        device_id=device_id,
        device_name=name or agent.name,
        browser=agent.browser,
        system=agent.system,
        ip_address=meta.ip,
        network=devices.wide_network(meta.ip),
        user_agent=meta.user_agent,
        created_at=now,
        proven_at=now,
        last_activity=now,
        rotated_at=now,
        expires_at=now + policy.session_lifetime(),
        signed_by=tokens.refresh_ring().kid,
    )


def tokens_of(session: Session) -> Tokens:
    """A fresh access token, and the refresh token of the row's present generation."""
    access = tokens.access_token(
        user_id=session.user_id, session_id=session.pk, ends=session.expires_at
    )
    return Tokens(access, tokens.refresh_token_of(session))


# One statement decides, changes and tells. As text: compiled anew each time by the ORM it costs
# more than everything else in a refresh. The conditions are those of
# `Session.objects.unended()`, and that it did not idle out.
_ROTATE: Final = """
UPDATE accounts_session SET generation = generation + 1, rotated_at = %s, signed_by = %s,
    last_activity = %s
WHERE id = %s AND generation = %s AND revoked_at IS NULL AND expires_at > %s AND rotated_at > %s
    AND EXISTS (
        SELECT 1 FROM accounts_user u
        WHERE u.id = accounts_session.user_id
            AND u.sessions_valid_from <= accounts_session.created_at
            AND u.suspended_at IS NULL AND u.deactivated_at IS NULL AND u.deleted_at IS NULL)
RETURNING expires_at
"""


def refresh(claims: tokens.RefreshClaims, *, meta: RequestMeta) -> Tokens:
    """The next pair of tokens, once for each refresh token.

    claims: of the token, read and verified. Raises TokenExpired, SessionRevoked, TokenReused.
    The same token within ten seconds gets the very same successor.
    """
    if claims.is_expired:
        _refuse_dead(claims)
        raise TokenExpired
    now = timezone.now()
    kid = tokens.refresh_ring().kid
    oldest = now - settings.JWT_REFRESH_EXPIRY
    with connection.cursor() as cursor:
        adapt = _adapter()
        cursor.execute(
            _ROTATE,
            [
                adapt(now),
                kid,
                adapt(now),
                adapt(claims.session_id),
                claims.generation,
                adapt(now),
                adapt(oldest),
            ],
        )
        row = cursor.fetchone()
    if row is None:
        return _second_use(claims, meta=meta)
    ends = _moment(row[0])
    successor = tokens.refresh_token(
        user_id=claims.user_id,
        session_id=claims.session_id,
        generation=claims.generation + 1,
        rotated_at=now,
        ends=ends,
        signed_by=kid,
    )
    access = tokens.access_token(user_id=claims.user_id, session_id=claims.session_id, ends=ends)
    return Tokens(access, successor)


def _second_use(claims: tokens.RefreshClaims, *, meta: RequestMeta) -> Tokens:
    session = _refuse_dead(claims)
    is_twin = (
        session.generation == claims.generation + 1 and timezone.now() - session.rotated_at <= GRACE
    )
    if is_twin:
        return tokens_of(session)
    if session.generation <= claims.generation:
        # Signed by us, ahead of the row: the row is older than the token (a restored backup).
        raise SessionRevoked
    _end_reused(session, meta=meta)
    raise TokenReused


def _refuse_dead(claims: tokens.RefreshClaims) -> Session:
    session = Session.objects.unended().filter(pk=claims.session_id).select_related("user").first()
    if session is None:
        raise SessionRevoked
    return session


@transaction.atomic
def _end_reused(session: Session, *, meta: RequestMeta) -> None:
    """Somebody holds a copy. Whose the older one is cannot be told, so the session ends."""
    claimed = Session.objects.filter(pk=session.pk, revoked_at__isnull=True).update(
        revoked_at=timezone.now()
    )
    if not claimed:
        return
    user = session.user
    record(
        Action.TOKEN_REUSED,
        actor=None,
        subject=user,
        meta=meta,
        resource="session",
        resource_id=session.pk,
    )
    inbox.notify(
        user,
        Kind.SECURITY_ALERT,
        title=_("A session was ended for safety"),
        message=format_lazy(
            _("A sign-in token of “{device}” was used twice, as a stolen copy would be."),
            device=session.device_name,
        ),
        sessionId=str(session.pk),
    )
    email.session_reused(user, device=session.device_name, token=one_time.add(user, Purpose.NOT_ME))


@transaction.atomic
def sign_out(*, session_ids: set[UUID], meta: RequestMeta) -> int:
    """End these sessions by their owner's own wish. Returns how many were alive."""
    ended = 0
    for session in Session.objects.filter(pk__in=session_ids).select_related("user"):
        claimed = Session.objects.filter(pk=session.pk, revoked_at__isnull=True).update(
            revoked_at=timezone.now()
        )
        if claimed:
            ended += 1
            record(
                Action.USER_LOGOUT,
                actor=session.user,
                subject=session.user,
                meta=meta,
                resource="session",
                resource_id=session.pk,
            )
    return ended


@transaction.atomic
def revoke(session_id: UUID, *, of: User, meta: RequestMeta) -> None:
    """Sign one of the person's devices out. Raises NotFound for what is not theirs, or is over."""
    claimed = (
        Session.objects.unended().filter(pk=session_id, user=of).update(revoked_at=timezone.now())
    )
    if not claimed:
        raise NotFound
    session = Session.objects.select_related("impersonator").get(pk=session_id)
    record(
        Action.SESSION_REVOKED,
        actor=of,
        subject=of,
        meta=meta,
        resource="session",
        resource_id=session_id,
        device=session.device_name,
    )
    if session_id != meta.session_id:
        _tell_ended(of, [label_of(session)])


@transaction.atomic
def revoke_others(user: User, *, keep: UUID, meta: RequestMeta) -> int:
    """Sign every other device out, and trust none. Returns how many were signed in."""
    others = live_of(user).exclude(pk=keep)
    # Named before they end; a mail of a thousand lines helps nobody.
    labels = list(dict.fromkeys(label_of(session) for session in others[:NAMED]))
    ended = Session.objects.live().filter(user=user).exclude(pk=keep).update(
        revoked_at=timezone.now()
    )
    end_all(user, keep=keep)  # the idle ones, challenges, trusted devices
    record(Action.ALL_SESSIONS_REVOKED, actor=user, subject=user, meta=meta, count=ended)
    if ended:
        _tell_ended(user, labels)
    return ended


def _tell_ended(user: User, devices_: list[str]) -> None:
    inbox.notify(
        user,
        Kind.SECURITY_ALERT,
        title=_("Signed out on other devices"),
        message=format_lazy(_("Signed out: {devices}."), devices=", ".join(devices_)),
    )
    email.sessions_ended(user, devices=devices_, token=one_time.add(user, Purpose.NOT_ME))


def end_all(user: User, *, keep: UUID | None = None, forget_devices: bool = False) -> int:
    """End a person's sessions, in the caller's transaction; returns how many were alive.

    keep: one session that goes on. Without one the day is remembered on the user too, so that no
    older session revives with the account. Trusted devices are asked for a code again.
    forget_devices: device tokens die as well.
    """
    now = timezone.now()
    others = Session.objects.filter(user=user, revoked_at__isnull=True)
    ended = (others.exclude(pk=keep) if keep else others).update(revoked_at=now)
    stamps: dict[str, datetime] = {}
    if keep is None:
        stamps["sessions_valid_from"] = now
    if forget_devices:
        stamps["devices_valid_from"] = now
    if stamps:
        User.objects.filter(pk=user.pk).update(**stamps)
    trusted_devices.forget_all(user)
    OneTimeToken.objects.filter(
        user=user,
        purpose__in=[Purpose.LOGIN_CHALLENGE, Purpose.PASSWORD_CHALLENGE],
        used_at__isnull=True,
    ).delete()
    return ended


def touch(session_id: UUID, *, seen: datetime) -> None:
    """Move `lastActivity` on, at most once a minute however many requests come."""
    now = timezone.now()
    if now - seen > TOUCH:
        Session.objects.filter(pk=session_id, last_activity__lte=now - TOUCH).update(
            last_activity=now
        )


def _adapter() -> Callable[[Any], Any]:
    """Times and ids as this database's driver takes them (SQLite knows neither)."""
    if connection.vendor == "postgresql":
        return lambda value: value
    return lambda value: (
        value.hex if isinstance(value, UUID) else connection.ops.adapt_datetimefield_value(value)
    )


def _moment(value: datetime | str) -> datetime:
    if isinstance(value, str):
        return datetime.fromisoformat(value).replace(tzinfo=timezone.get_default_timezone())
    return value
