"""Accounts that staff make: their owners choose the password, by a link that comes by mail."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import errors
from accounts.models import Profile, Purpose, User
from accounts.services import addresses, one_time, registration
from accounts.services.staff.target import held
from audit.kinds import Action
from audit.services.recording import record
from config.common.request_meta import RequestMeta
from notifications.services import email as mail
from rbac.permissions import USER
from rbac.services import assignments
from rbac.services.escalation import require_in


def invite(
    *,
    email: str,
    username: str,
    first_name: str = "",
    last_name: str = "",
    language: str = "",
    by: User,
    meta: RequestMeta,
) -> User:
    """An account with the role `user` that opens with the link in the mail, for seven days.

    Also where sign-up is closed. language: the mail's, and the account's; the service's own where
    it is empty. Raises EmailTaken, UsernameTaken, SessionRevoked.
    """
    require_free_address(email)
    require_free_username(username)
    user = User(invited_at=timezone.now(), password=make_password(None))
    user.language = language or user.language
    user.set_identity(email=email, username=username, first_name=first_name, last_name=last_name)
    try:
        _create(user, by=by, meta=meta)
    except IntegrityError:
        # Somebody was quicker.
        require_free_username(username)
        raise errors.EmailTaken from None
    return user


@transaction.atomic
def _create(user: User, *, by: User, meta: RequestMeta) -> None:
    require_in(by)
    user.save(force_insert=True)
    Profile.objects.create(user=user)
    assignments.assign_default(user)
    record(
        Action.ADMIN_USER_CREATED,
        actor=by,
        subject=user,
        meta=meta,
        roles=[USER],
        new={
            "email": user.email,
            "username": user.username,
            "firstName": user.first_name or None,
            "lastName": user.last_name or None,
        },
    )
    send(user, by=by)


@transaction.atomic
def resend(user_id: UUID, *, by: User, meta: RequestMeta) -> None:
    """Another link, for seven days from now, whether the earlier one ran out or not; it dies.

    Raises SelfTarget, PermissionEscalation, NotFound, NotInvited (they have been in, or the
    account is suspended or deleted).
    """
    person = held(user_id, by=by)
    now = timezone.now()
    claimed = User.objects.filter(
        pk=person.pk,
        invited_at__isnull=False,
        suspended_at__isnull=True,
        deleted_at__isnull=True,
    ).update(invited_at=now)
    if not claimed:
        raise errors.NotInvited
    record(
        Action.ADMIN_USER_UPDATED,
        actor=by,
        subject=person,
        meta=meta,
        fields=["invitedAt"],
        old={"invitedAt": person.invited_at},
        new={"invitedAt": now},
    )
    send(person, by=by)


def send(user: User, *, by: User) -> None:
    """The mail with the link, in the caller's transaction; earlier links die."""
    token = one_time.issue(user, Purpose.INVITATION, binding=user.email)
    mail.invitation(user, token=token, invited_by=by.get_full_name() or by.username)


def require_free_address(email: str, *, of: User | None = None) -> None:
    """Raises EmailTaken. of: who may have it already."""
    if not addresses.is_free(email, asker=of):
        raise errors.EmailTaken


def require_free_username(username: str) -> None:
    """Raises UsernameTaken."""
    if not registration.username_available(username):
        raise errors.UsernameTaken
