"""Switching an account off by oneself, and on again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import errors
from accounts.models import User
from accounts.services import lockout, sessions, two_factor
from accounts.services.lockout import Attempt
from accounts.services.login import prove_password
from accounts.services.proof import prove
from audit.kinds import Action
from audit.services.recording import record
from config.common.errors import SessionRevoked
from config.common.request_meta import RequestMeta
from config.common.times import wire_or_none
from notifications.kinds import Kind
from notifications.services import email as mail
from notifications.services import inbox
from rbac.services.last_admin import require_another_admin


def deactivate(user: User, password: str, *, meta: RequestMeta, code: str = "") -> None:
    """Nobody can sign in until the owner reactivates it, or staff do.

    Raises InvalidCredentials, AccountLocked, TwoFactorRequired, InvalidCode, LastAdmin, Busy.
    """
    prove(user, password, code=code, meta=meta)
    _deactivate(user, meta=meta)


@transaction.atomic
def _deactivate(user: User, *, meta: RequestMeta) -> None:
    require_another_admin(user)
    leave(user, deactivated_at=timezone.now())
    ended = sessions.end_all(user)
    record(Action.ACCOUNT_DEACTIVATED, actor=user, subject=user, meta=meta, sessionsEnded=ended)
    inbox.notify(
        user,
        Kind.ACCOUNT_UPDATE,
        title=_("Your account was deactivated"),
        message=_("It is off until you reactivate it. All devices were signed out."),
    )
    mail.account_deactivated(user)


def leave(user: User, **stamp: Any) -> None:
    """Set one of the states' times, on an account that is what it was when its owner proved it.

    Raises SessionRevoked where something else was quicker: whatever it was, it ended the session.
    """
    claimed = User.objects.active().filter(pk=user.pk, password=user.password).update(**stamp)
    if not claimed:
        raise SessionRevoked


def reactivate(email: str, password: str, *, meta: RequestMeta, code: str = "") -> None:
    """Switch a deactivated account on again. It signs nobody in.

    Raises AccountLocked, InvalidCredentials (the same for addresses that nobody has, and after
    the same work), AccountSuspended, AccountDeleted, AlreadyActive, TwoFactorRequired,
    InvalidCode, Busy.
    """
    come_back(email, password, code=code, meta=meta, check=require_deactivated, back=_reactivate)


def require_deactivated(user: User) -> None:
    """Raises AccountSuspended, AccountDeleted, AlreadyActive."""
    if user.suspended_at:
        raise errors.AccountSuspended
    if user.deleted_at:
        deadline = wire_or_none(user.recovery_deadline)
        raise errors.AccountDeleted(data={"recoveryDeadline": deadline})
    if not user.deactivated_at:
        raise errors.AlreadyActive


def _reactivate(user: User, meta: RequestMeta) -> bool:
    claimed = User.objects.filter(
        pk=user.pk,
        password=user.password,
        deactivated_at__isnull=False,
        deleted_at__isnull=True,
        suspended_at__isnull=True,
    ).update(deactivated_at=None)
    if not claimed:
        return False
    record(Action.ACCOUNT_REACTIVATED, actor=user, subject=user, meta=meta)
    inbox.notify(
        user,
        Kind.ACCOUNT_UPDATE,
        title=_("Your account was reactivated"),
        message=_("Welcome back. You can sign in again."),
    )
    mail.account_reactivated(user)
    return True


Check = Callable[[User], None]
Back = Callable[[User, RequestMeta], bool]


def come_back(
    email: str, password: str, *, code: str, meta: RequestMeta, check: Check, back: Back
) -> None:
    """What both ways back share: prove it as for a login, then undo one state.

    check: raises where this state is not the one to undo; told only to who knows the password.
    back: the conditional UPDATE and what belongs to it; false where it changed no row.
    """
    user = User.objects.named(email).first()
    attempt = Attempt(email, user, meta)
    prove_password(attempt, password)
    if user is None or _ran_out(user):
        raise errors.InvalidCredentials
    check(user)
    if user.has_two_factor:
        two_factor.prove(user, code, meta=meta)
    with transaction.atomic():
        if not back(user, meta):
            _say_why_not(user, check)
        # Of guesses made side by side, one that comes in behind the lock stays outside.
        lockout.require_unlocked(attempt)
        lockout.clear_on_success(attempt)


def _ran_out(user: User) -> bool:
    """A temporary password whose hour is over opens nothing, here either."""
    return user.temporary_until is not None and user.temporary_until <= timezone.now()


def _say_why_not(user: User, check: Check) -> NoReturn:
    """Something else was quicker: what it made of the account decides the words."""
    present = User.objects.filter(pk=user.pk, password=user.password).first()
    if present is not None:
        check(present)
    # Erased, or another password by now: the one that was given is wrong.
    raise errors.InvalidCredentials
