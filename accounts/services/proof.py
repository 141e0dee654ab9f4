"""Proving again that it is you: password, and code where a second factor is on."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import Session, User
from accounts.services import lockout, two_factor
from accounts.services.lockout import Attempt
from accounts.services.login import prove_password
from audit.kinds import Action
from audit.services.recording import record
from config.common.errors import SessionRevoked
from config.common.request_meta import RequestMeta


def prove(user: User, password: str, *, meta: RequestMeta, code: str = "") -> None:
    """Raises AccountLocked, InvalidCredentials, TwoFactorRequired, InvalidCode, Busy.

    Failures count to the same account key as those of a login.
    """
    prove_password_of(user, password, meta=meta)
    if user.has_two_factor:
        two_factor.prove(user, code, meta=meta)


def prove_password_of(user: User, password: str, *, meta: RequestMeta) -> None:
    """The password alone. Raises AccountLocked, InvalidCredentials, Busy."""
    attempt = Attempt(user.username, user, meta)
    prove_password(attempt, password)
    with transaction.atomic():
        lockout.clear_on_success(attempt)


def reauthenticate(
    user: User, session_id: UUID, password: str, *, meta: RequestMeta, code: str = ""
) -> None:
    """The session counts as freshly proven from now. Raises what `prove` does."""
    prove(user, password, meta=meta, code=code)
    with transaction.atomic():
        claimed = Session.objects.unended().filter(pk=session_id).update(proven_at=timezone.now())
        if not claimed:
            raise SessionRevoked
        record(
            Action.REAUTHENTICATED,
            actor=user,
            subject=user,
            meta=meta,
            resource="session",
            resource_id=session_id,
        )
