"""Refresh tokens: each gives one successor; what is used twice ends its session.

`tokens.py` tells why the same row always signs to the same token.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.errors import TokenReused
from accounts.models import Purpose, Session
from accounts.services import impersonation_end, one_time, tokens
from accounts.services.locks import hold
from accounts.services.sessions import Tokens, tokens_of
from audit.kinds import Action
from audit.services.recording import record
from config.common.errors import SessionRevoked, TokenExpired
from config.common.request_meta import RequestMeta
from notifications.kinds import Kind
from notifications.services import email, inbox

GRACE: Final = timedelta(seconds=10)  # two tabs, or an answer that got lost

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
    hold(session.user_id)
    claimed = Session.objects.filter(pk=session.pk, revoked_at__isnull=True).update(
        revoked_at=timezone.now()
    )
    if not claimed:
        return
    impersonation_end.opened_from(session.pk)
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
