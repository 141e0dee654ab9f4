"""Sessions: opened by a login, ended for good. How a refresh rotates them: `rotation.py`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import OneTimeToken, Purpose, Session, User
from accounts.models.session import Kind as SessionKind
from accounts.selectors.sessions import label_of
from accounts.services import (
    devices,
    impersonation_end,
    one_time,
    policy,
    tokens,
    trusted_devices,
)
from accounts.services.impersonation_end import How
from accounts.services.locks import hold
from audit.kinds import Action
from audit.services.recording import record
from config.common.errors import NotFound
from config.common.request_meta import RequestMeta
from notifications.kinds import Kind
from notifications.services import email, inbox
from notifications.services.recipients import language_of

NAMED: Final = 20  # devices that a mail lists
TOUCH: Final = timedelta(minutes=1)  # `lastActivity` moves no more often


NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)  # nobody gave the person's password


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts in the person's place, from which session of theirs, and until when."""

    admin: User
    own: Session
    ends: datetime


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
    acting: Acting | None = None,
) -> Session:
    """The row that a login makes, or the start of an impersonation. In their transaction."""
    agent = devices.agent_of(meta.user_agent)
    now = timezone.now()
    return Session.objects.create(
        user=user,
        kind=SessionKind.IMPERSONATION if acting else kind,
        impersonator=acting.admin if acting else None,
        opened_from=acting.own if acting else None,
        device_id=device_id,
        device_name=name or agent.name,
        browser=agent.browser,
        system=agent.system,
        ip_address=meta.ip,
        network=devices.wide_network(meta.ip),
        user_agent=meta.user_agent,
        created_at=now,
        proven_at=NEVER if acting else now,
        last_activity=now,
        rotated_at=now,
        expires_at=acting.ends if acting else now + policy.session_lifetime(),
        signed_by=tokens.refresh_ring().kid,
    )


def tokens_of(session: Session) -> Tokens:
    """A fresh access token, and the refresh token of the row's present generation."""
    access = tokens.access_token(
        user_id=session.user_id, session_id=session.pk, ends=session.expires_at
    )
    return Tokens(access, tokens.refresh_token_of(session))


@transaction.atomic
def sign_out(*, session_ids: set[UUID], meta: RequestMeta) -> int:
    """End these sessions by their owner's own wish. Returns how many were alive."""
    ended = 0
    rows = Session.objects.filter(pk__in=session_ids).select_related("user")
    found = list(rows.order_by("user_id", "pk"))
    for session in found:  # all accounts before any session of theirs: see `locks`
        hold(session.user_id)
    for session in found:
        if session.kind == SessionKind.IMPERSONATION:
            one = Q(pk=session.pk)
            ended += len(impersonation_end.close(one, how=How.STOPPED, by=session.user, meta=meta))
            continue
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
            impersonation_end.opened_from(session.pk, by=session.user, meta=meta)
    return ended


@transaction.atomic
def revoke(session_id: UUID, *, of: User, meta: RequestMeta) -> None:
    """Sign one of the person's devices out. Raises NotFound for what is not theirs, or is over."""
    hold(of.pk)
    own = Q(pk=session_id, user=of)
    acting = impersonation_end.close(own, how=How.REVOKED, by=of, meta=meta)
    claimed = acting or Session.objects.unended().filter(own).update(revoked_at=timezone.now())
    if not claimed:
        raise NotFound
    session = Session.objects.select_related("impersonator").get(pk=session_id)
    if acting:
        _tell_ended(of, [session])
        return
    impersonation_end.opened_from(session_id, by=of, meta=meta)
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
        _tell_ended(of, [session])


@transaction.atomic
def revoke_others(user: User, *, keep: UUID, meta: RequestMeta) -> int:
    """Sign every other device out, and trust none. Returns how many were signed in."""
    hold(user.pk)
    others = Session.objects.live().filter(user=user).exclude(pk=keep)
    # A mail of a thousand lines helps nobody.
    some = list(others.select_related("impersonator").order_by("-created_at", "-id")[:NAMED])
    tied = impersonation_end.tied_to(user, keep=keep)
    closed = impersonation_end.close(tied, how=How.REVOKED, by=user, meta=meta)
    ended = others.update(revoked_at=timezone.now())
    ended += sum(session.user_id == user.pk for session in closed)
    end_all(user, keep=keep)  # the idle ones, challenges, trusted devices
    record(Action.ALL_SESSIONS_REVOKED, actor=user, subject=user, meta=meta, count=ended)
    if ended:
        _tell_ended(user, some)
    return ended


def _tell_ended(user: User, ended: Iterable[Session]) -> None:
    with translation.override(language_of(user)):
        labels = list(dict.fromkeys(label_of(session) for session in ended))
    inbox.notify(
        user,
        Kind.SECURITY_ALERT,
        title=_("Signed out on other devices"),
        message=format_lazy(_("Signed out: {devices}."), devices=", ".join(labels)),
    )
    email.sessions_ended(user, devices=labels, token=one_time.add(user, Purpose.NOT_ME))


def end_all(user: User, *, keep: UUID | None = None, forget_devices: bool = False) -> int:
    """End a person's sessions, in the caller's transaction; returns how many were alive.

    keep: one session that goes on. Without one the day is remembered on the user too, so that no
    older session revives with the account, and with one the caller has the account's row already.
    Trusted devices are asked for a code again. forget_devices: device tokens die as well.
    Nobody acts in the person's place any more, nor the person in anybody's.
    """
    now = timezone.now()
    stamps: dict[str, datetime] = {}
    if keep is None:
        stamps["sessions_valid_from"] = now
    if forget_devices:
        stamps["devices_valid_from"] = now
    if stamps:
        # The account's row before the sessions': see `locks`.
        User.objects.filter(pk=user.pk).update(**stamps)
    tied = impersonation_end.tied_to(user, keep=keep)
    closed = impersonation_end.close(tied, how=How.WITH_SESSION)
    others = Session.objects.filter(user=user, revoked_at__isnull=True)
    ended = (others.exclude(pk=keep) if keep else others).update(revoked_at=now)
    ended += sum(session.user_id == user.pk for session in closed)
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
