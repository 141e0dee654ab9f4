"""Passwords: chosen, changed, forgotten, reset."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import errors, hashers
from accounts.models import OneTimeToken, PasswordRecord, Purpose, User
from accounts.services import lockout, one_time, policy, proof, sessions, two_factor
from accounts.services.locks import hold
from accounts.validators import normalised, password_faults
from audit.kinds import Action
from audit.services.recording import record
from config.common.crypto import keyed_hash
from config.common.errors import FieldError, ValidationFailed
from config.common.request_meta import RequestMeta
from notifications.kinds import Kind
from notifications.services import email, inbox, outbox

REMEMBERED: Final = 5  # passwords that may not come back, the present one among them
RESETS: Final = (Purpose.RESET_PASSWORD, Purpose.PASSWORD_CHALLENGE, Purpose.INVITATION)


def require_rules(
    password: str, *, field: str, user: User | None = None, names: tuple[str, ...] = ()
) -> None:
    """Raises ValidationFailed, with every fault at once, under this field's name."""
    if user is not None:
        names = (user.email, user.username, user.first_name, user.last_name)
    faults = password_faults(
        password,
        names=names,
        policy=policy.password_policy(),
        has_second_factor=bool(user and user.has_two_factor),
    )
    if faults:
        raise ValidationFailed(
            errors=[FieldError(field, fault.message, fault.code or "invalid") for fault in faults]
        )


class PolicyValidator:
    """The same rules for Django's own doors: createsuperuser and the admin's forms."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises Django's ValidationError."""
        names = [user.email, user.username, user.first_name, user.last_name] if user else []
        faults = password_faults(password, names=names, policy=policy.password_policy())
        if faults:
            raise ValidationError(faults)

    def get_help_text(self) -> str:
        return gettext("8 to 128 characters with upper and lower case, a digit and a special one.")


def remember(user: User, encoded: str) -> None:
    """Add to the history, which keeps the last five. Two statements."""
    PasswordRecord.objects.create(user=user, password=encoded)
    newest = PasswordRecord.objects.filter(user=user).order_by("-created_at")
    kept = list(newest.values_list("pk", flat=True)[:REMEMBERED])
    PasswordRecord.objects.filter(user=user).exclude(pk__in=kept).delete()


def _is_old(user: User, password: str, *, meta: RequestMeta) -> bool:
    """Is it one of the last five, the present one among them? Raises Busy."""
    newest = PasswordRecord.objects.filter(user=user).order_by("-created_at")
    listed = [user.password, *newest.values_list("password", flat=True)[:REMEMBERED]]
    return hashers.matches_any(
        normalised(password),
        list(dict.fromkeys(listed)),
        account=user.username,
        address=meta.network,
    )


def change(user: User, current: str, new: str, *, keep: UUID | None, meta: RequestMeta) -> None:
    """A new password for who knows the present one; every other session ends.

    Raises InvalidCredentials, AccountLocked, ValidationFailed (`newPassword`), PasswordReused,
    Busy. keep: the id of the session that goes on.
    """
    proof.prove_password_of(user, current, meta=meta)
    require_rules(new, field="newPassword", user=user)
    if _is_old(user, new, meta=meta):
        raise errors.PasswordReused
    encoded = hashers.hashed(normalised(new), account=user.username, address=meta.network)
    _store_change(user, encoded, keep=keep, meta=meta)


@transaction.atomic
def _store_change(user: User, encoded: str, *, keep: UUID | None, meta: RequestMeta) -> None:
    # Two changes at once, or a reset in between: the one that commits first wins.
    claimed = (
        User.objects.active()
        .filter(pk=user.pk, password=user.password)
        .update(password=encoded, password_changed_at=timezone.now())
    )
    if not claimed:
        raise errors.InvalidCredentials
    remember(user, encoded)
    ended = sessions.end_all(user, keep=keep)
    one_time.revoke(user, Purpose.RESET_PASSWORD)
    record(Action.PASSWORD_CHANGED, actor=user, subject=user, meta=meta, sessionsEnded=ended)
    _tell_changed(user)


def _tell_changed(user: User) -> None:
    inbox.notify(
        user,
        Kind.PASSWORD_CHANGED,
        title=_("Your password was changed"),
        message=_("All other devices were signed out."),
    )
    email.password_changed(user, token=one_time.add(user, Purpose.NOT_ME))


@transaction.atomic
def forgot(address: str, *, meta: RequestMeta) -> None:
    """A reset link, for whoever may have one. The same statements for every address."""
    user = User.objects.named(address).first() if "@" in address else None
    # Who was invited has a link already, and no other way in.
    is_open = user is not None and user.suspended_at is None and user.invited_at is None
    receiver = user if is_open else None
    hold(receiver.pk if receiver else one_time.NOBODY)
    token = one_time.reset_link(receiver)
    record(
        Action.PASSWORD_RESET_REQUESTED,
        actor=None,
        subject=user,
        meta=meta,
        **({} if user else {"nameHash": keyed_hash("unknown-name", address.lower())}),
    )
    if receiver is not None:
        email.reset_password(receiver, token=token)
    elif user is not None and user.suspended_at is not None:
        email.reset_while_suspended(user)
    else:
        outbox.enqueue_decoy()


def reset(token: str, new: str, *, meta: RequestMeta, code: str = "") -> None:
    """A new password for who holds a link, an invitation, or a temporary password's challenge.

    Looks up first (cheap), then hashes, then claims in the transaction: a forged link costs no
    hash, and of many who use one link at once one succeeds. The code is asked for after the
    queue, which may be full, and before PasswordReused, which tells something of old passwords.
    Raises LinkInvalid, LinkExpired, ValidationFailed (`password`), TwoFactorRequired,
    InvalidCode, AccountLocked, PasswordReused, Busy.
    """
    found = one_time.look_up(token, *RESETS)
    user = found.user
    if user is None or not _still_holds(found, user):
        raise errors.LinkInvalid
    require_rules(new, field="password", user=user)
    if user.has_two_factor and not code:
        raise errors.TwoFactorRequired
    is_old = _is_old(user, new, meta=meta)
    encoded = hashers.hashed(normalised(new), account=user.username, address=meta.network)
    if user.has_two_factor:
        two_factor.prove(user, code, meta=meta)
    if is_old:
        raise errors.PasswordReused
    _store_reset(found, user, encoded, meta=meta)


@transaction.atomic
def _store_reset(found: OneTimeToken, user: User, encoded: str, *, meta: RequestMeta) -> None:
    one_time.claim(found)
    now = timezone.now()
    fields = {"password": encoded, "password_changed_at": now, "temporary_until": None}
    if found.purpose == Purpose.INVITATION:
        # The link came by mail: who has it reads that mailbox.
        fields |= {"invited_at": None, "email_verified_at": now}
    claimed = User.objects.filter(pk=user.pk, suspended_at__isnull=True, email=user.email).update(
        **fields
    )
    if not claimed:
        raise errors.LinkInvalid
    remember(user, encoded)
    ended = sessions.end_all(user)
    one_time.revoke(user, *RESETS)
    lockout.lift(user, password_on=True)
    record(
        Action.PASSWORD_RESET_COMPLETED, actor=user, subject=user, meta=meta, sessionsEnded=ended
    )
    _tell_changed(user)


def _still_holds(found: OneTimeToken, user: User) -> bool:
    if user.suspended_at is not None:
        return False
    if user.invited_at is not None and found.purpose != Purpose.INVITATION:
        return False
    # A link goes to an address; where the account has another one by now, it is nobody's.
    return found.purpose == Purpose.PASSWORD_CHALLENGE or one_time.is_bound(found, user.email)
