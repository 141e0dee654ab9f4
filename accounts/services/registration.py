"""Sign-up: an account with all that belongs to it, at once; the proof of its address."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import errors, hashers
from accounts.models import Profile, Purpose, User, UsernameHold
from accounts.models.user import canonical_email, canonical_username
from accounts.services import addresses, one_time, passwords, policy
from accounts.services.locks import hold
from accounts.validators import normalised, password_faults
from audit.kinds import Action
from audit.services.recording import record
from config.common.request_meta import RequestMeta
from notifications.kinds import Kind
from notifications.services import email as mail
from notifications.services import inbox, outbox
from rbac.models import Role, RoleAssignment
from rbac.permissions import ADMIN
from rbac.services import assignments, builtin

HOLD: Final = timedelta(hours=24)


def register(
    *,
    email: str,
    username: str,
    password: str,
    first_name: str = "",
    last_name: str = "",
    language: str = "en",
    meta: RequestMeta,
) -> User | None:
    """A new account. None where PREVENT_ENUMERATION keeps to itself whether there is one.

    Raises RegistrationClosed, EmailTaken, UsernameTaken, ValidationFailed (`password`), Busy.
    """
    if not policy.registration_open():
        raise errors.RegistrationClosed
    names = (email, username, first_name, last_name)
    passwords.require_rules(password, field="password", names=names)
    is_secret = policy.prevent_enumeration()
    email_taken = not email_available(email)
    if email_taken and not is_secret:
        raise errors.EmailTaken
    if not username_available(username):
        raise errors.UsernameTaken
    account = canonical_email(email)
    encoded = hashers.hashed(normalised(password), account=account, address=meta.network)
    if email_taken:
        _pretend(email, username)
        return None
    user = User(language=language, password=encoded)
    user.set_identity(email=email, username=username, first_name=first_name, last_name=last_name)
    try:
        _create(user, meta=meta)
    except IntegrityError as error:
        # Somebody was quicker: a sign-up for the same names at the same moment.
        if not username_available(username):
            raise errors.UsernameTaken from error
        if not is_secret:
            raise errors.EmailTaken from error
        _pretend(email, username)
    return None if is_secret else user


@transaction.atomic
def _create(user: User, *, meta: RequestMeta) -> None:
    user.save(force_insert=True)
    Profile.objects.create(user=user)
    assignments.assign_default(user)
    passwords.remember(user, user.password)
    record(Action.USER_REGISTERED, actor=user, subject=user, meta=meta)
    mail.verify_email(user, token=_verification(user))


def _pretend(email: str, username: str) -> None:
    """The address is taken: its owner is told, and the username is held as if it were used."""
    with transaction.atomic():
        UsernameHold.objects.filter(expires_at__lte=timezone.now()).delete()
        try:
            with transaction.atomic():
                UsernameHold.objects.create(
                    username=canonical_username(username), expires_at=timezone.now() + HOLD
                )
        except IntegrityError as error:
            raise errors.UsernameTaken from error
        owner = User.objects.named(email).first()
        if owner is not None:
            mail.already_registered(owner)
        else:
            # Kept for who had it: the same work, and nobody to tell.
            outbox.enqueue_decoy()


def email_available(email: str) -> bool:
    """Neither in use nor kept for who changed away from it and may come back."""
    return addresses.is_free(email)


def username_available(username: str) -> bool:
    """Neither in use nor held for a sign-up whose outcome is nobody's business."""
    name = canonical_username(username)
    held = UsernameHold.objects.filter(pk=name, expires_at__gt=timezone.now())
    return not User.objects.filter(username=name).exists() and not held.exists()


def _verification(user: User | None) -> str:
    return one_time.issue(user, Purpose.VERIFY_EMAIL, binding=user.email if user else "-")


@transaction.atomic
def verify_email(token: str, *, meta: RequestMeta) -> None:
    """The link from the mail. Raises LinkInvalid, LinkExpired."""
    found = one_time.look_up(token, Purpose.VERIFY_EMAIL)
    user = found.user
    if user is None or not one_time.is_bound(found, user.email):
        raise errors.LinkInvalid
    one_time.claim(found)
    claimed = User.objects.filter(
        pk=user.pk, email=user.email, suspended_at__isnull=True, deleted_at__isnull=True
    ).update(email_verified_at=timezone.now())
    if not claimed:
        raise errors.LinkInvalid
    record(Action.EMAIL_VERIFIED, actor=user, subject=user, meta=meta)
    inbox.notify(
        user,
        Kind.EMAIL_VERIFIED,
        title=_("Your email address is confirmed"),
        message=_("Thank you. Everything is set up."),
    )


@transaction.atomic
def resend_verification(address: str) -> None:
    """Another link, where one is missing; earlier ones die. The same work for every address."""
    user = User.objects.named(address).first() if "@" in address else None
    is_open = (
        user is not None
        and not user.email_verified
        and user.suspended_at is None
        and user.deleted_at is None
    )
    receiver = user if is_open else None
    hold(receiver.pk if receiver else one_time.NOBODY)
    token = _verification(receiver)
    if receiver is not None:
        mail.verify_email(receiver, token=token)
    else:
        outbox.enqueue_decoy()


def create_admin(*, email: str, username: str, password: str | None) -> User:
    """An active, verified holder of the role `admin`: the first one, or another from the console.

    password: None for one that has to be set by a mailed link. Raises Django's ValidationError
    for names and a password that break the rules, IntegrityError for names that are taken.
    """
    if password is not None:
        faults = password_faults(password, names=(email, username), policy=policy.password_policy())
        if faults:
            raise ValidationError(faults)
    user = User(email_verified_at=timezone.now())
    user.set_identity(email=email, username=username)
    user.clean_fields(exclude=["password"])
    user.set_password(None if password is None else normalised(password))
    with transaction.atomic():
        builtin.ensure()
        user.save(force_insert=True)
        Profile.objects.create(user=user)
        assignments.assign_default(user)
        RoleAssignment.objects.create(
            user=user, role=Role.objects.get(name=ADMIN), user_created_at=user.created_at
        )
        if password is not None:
            passwords.remember(user, user.password)
        record(
            Action.ADMIN_USER_CREATED,
            actor=None,
            subject=user,
            meta=RequestMeta(),
            roles=[ADMIN],
            by="console",
        )
    return user
