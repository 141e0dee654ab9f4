"""How somebody proves who they are: a password taken away or lent, a lost factor removed."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import errors, hashers
from accounts.models import User
from accounts.services import lockout, one_time, passwords, two_factor
from accounts.services.staff.target import end_everything, held, words
from audit.kinds import Action
from audit.services.recording import record
from config.common.request_meta import RequestMeta
from notifications.kinds import Kind
from notifications.services import email as mail
from notifications.services import inbox

LENT_FOR: Final = timedelta(hours=1)
# Lower case alone, and nothing that is taken for something else when it is read out.
_LETTERS: Final = "23456789abcdefghjkmnpqrstuvwxyz"
_GROUPS: Final = 4
_GROUP: Final = 4


@transaction.atomic
def reset_password(user_id: UUID, *, by: User, meta: RequestMeta, reason: str = "") -> bool:
    """Switch the password off and mail a link for another one; did a mail with a link go out?

    None goes to who is suspended, for whom it would not work. Everything that was open ends.
    Raises SelfTarget, PermissionEscalation, NotFound, InvitationPending.
    """
    person = _in_use(held(user_id, by=by))
    _set_password(person, make_password(None), until=None)
    ended = end_everything(person)
    record(
        Action.ADMIN_PASSWORD_RESET,
        actor=by,
        subject=person,
        meta=meta,
        temporaryPassword=False,
        sessionsEnded=ended,
        **words(reason),
    )
    inbox.notify(
        person,
        Kind.SECURITY_ALERT,
        title=_("Your password was reset"),
        message=_("An administrator switched the old one off. All devices were signed out."),
    )
    if person.suspended_at:
        return False
    mail.password_reset_by_staff(person, token=one_time.reset_link(person))
    return True


def lend_password(user_id: UUID, *, by: User, meta: RequestMeta, reason: str) -> str:
    """A password for one login within the hour, which only lets the person choose their own.

    Returned this once; the log, the mail and the inbox do not have it. Whatever was locked is
    not any more. Raises SelfTarget, PermissionEscalation, NotFound, InvitationPending,
    NoTemporaryPassword (it would go past the second factor), Busy.
    """
    # Before the hash, which is dear; it is looked at again under the lock that lasts.
    with transaction.atomic():
        person = _lendable(user_id, by=by)
    lent = _temporary()
    encoded = hashers.hashed(lent, account=person.username, address=meta.network)
    _lend(user_id, encoded, by=by, meta=meta, reason=reason)
    return lent


@transaction.atomic
def _lend(user_id: UUID, encoded: str, *, by: User, meta: RequestMeta, reason: str) -> None:
    person = _lendable(user_id, by=by)
    until = timezone.now() + LENT_FOR
    _set_password(person, encoded, until=until)
    # Staff have seen it, so it may not become the person's own.
    passwords.remember(person, encoded)
    ended = end_everything(person)
    lockout.lift(person, password_on=True)
    record(
        Action.ADMIN_PASSWORD_RESET,
        actor=by,
        subject=person,
        meta=meta,
        temporaryPassword=True,
        until=until,
        reason=reason,
        sessionsEnded=ended,
    )
    inbox.notify(
        person,
        Kind.SECURITY_ALERT,
        title=_("You were given a temporary password"),
        message=_("It works for one hour and one sign-in. All devices were signed out."),
    )
    mail.temporary_password_set(person)


def _lendable(user_id: UUID, *, by: User) -> User:
    person = _in_use(held(user_id, by=by))
    if person.has_two_factor:
        raise errors.NoTemporaryPassword
    return person


def _temporary() -> str:
    """`7k3m-9xq2-4vrb-ht5w`: 79 bits, good to read out and to type on a telephone."""
    drawn = [secrets.choice(_LETTERS) for _ in range(_GROUPS * _GROUP)]
    return "-".join("".join(drawn[at : at + _GROUP]) for at in range(0, len(drawn), _GROUP))


@transaction.atomic
def disable_two_factor(user_id: UUID, *, by: User, meta: RequestMeta, reason: str) -> None:
    """Remove a lost second factor; everything that was open ends.

    Raises SelfTarget, PermissionEscalation, NotFound, TwoFactorNotEnabled.
    """
    person = held(user_id, by=by)
    two_factor.remove(person)
    ended = end_everything(person)
    record(
        Action.ADMIN_TWO_FACTOR_RESET,
        actor=by,
        subject=person,
        meta=meta,
        reason=reason,
        sessionsEnded=ended,
        old={"twoFactorEnabledAt": person.two_factor_enabled_at},
        new={"twoFactorEnabledAt": None},
    )
    inbox.notify(
        person,
        Kind.SECURITY_ALERT,
        title=_("Two-factor authentication was switched off"),
        message=_("An administrator did it. All devices were signed out."),
    )
    mail.two_factor_disabled_by_staff(person)


def _in_use(person: User) -> User:
    """Who was invited and has not been in has no password to reset. Raises InvitationPending."""
    if person.invited_at:
        raise errors.InvitationPending
    return person


def _set_password(person: User, encoded: str, *, until: datetime | None) -> None:
    User.objects.filter(pk=person.pk).update(
        password=encoded, password_changed_at=timezone.now(), temporary_until=until
    )
