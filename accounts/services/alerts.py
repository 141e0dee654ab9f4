"""Word to the owner that something happened to the account, and what the links in it do."""

from __future__ import annotations

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.errors import LinkInvalid
from accounts.models import OneTimeToken, Purpose, Session, User
from accounts.services import lockout, one_time, sessions
from audit.kinds import Action
from audit.services.recording import record
from config.common.request_meta import RequestMeta
from notifications.kinds import Kind
from notifications.services import email, inbox


def new_device(user: User, session: Session, *, meta: RequestMeta) -> None:
    """Tell of a sign-in from a device that was not seen before; in the login's transaction."""
    inbox.notify(
        user,
        Kind.LOGIN_ALERT,
        title=_("New sign-in"),
        message=format_lazy(
            _("{device} signed in from {ip}."), device=session.device_name, ip=meta.ip or "?"
        ),
        sessionId=str(session.pk),
    )
    email.login_alert(
        user,
        device=session.device_name,
        place=meta.ip or "",
        at=session.created_at,
        token=one_time.add(user, Purpose.NOT_ME),
    )


@transaction.atomic
def not_me(token: str, *, meta: RequestMeta) -> None:
    """From an alert's link: ends all sessions and devices, and starts a reset.

    Raises LinkInvalid, LinkExpired.
    """
    found = one_time.look_up(token, Purpose.NOT_ME)
    one_time.claim(found)
    user = _owner(found)
    ended = sessions.end_all(user, forget_devices=True)
    record(
        Action.ALL_SESSIONS_REVOKED,
        actor=user,
        subject=user,
        meta=meta,
        reason="not_me",
        count=ended,
    )
    record(Action.PASSWORD_RESET_REQUESTED, actor=user, subject=user, meta=meta, reason="not_me")
    email.not_me_confirmed(user, token=one_time.reset_link(user))
    inbox.notify(
        user,
        Kind.SECURITY_ALERT,
        title=_("You were signed out everywhere"),
        message=_("You told us that a sign-in was not yours. Choose a new password now."),
    )


@transaction.atomic
def unlock(token: str, *, meta: RequestMeta) -> None:
    """From the mail about a lock. Raises LinkInvalid, LinkExpired."""
    found = one_time.look_up(token, Purpose.UNLOCK)
    one_time.claim(found)
    user = _owner(found)
    lockout.lift(user, password_on=False)
    record(Action.ADMIN_UNLOCKED, actor=user, subject=user, meta=meta, by="link")


def _owner(token: OneTimeToken) -> User:
    if token.user is None:
        raise LinkInvalid
    return token.user
