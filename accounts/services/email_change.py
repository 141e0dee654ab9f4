"""Another address for an account: asked for here, confirmed from there, undone from before."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import errors
from accounts.models import OneTimeToken, Purpose, Session, User
from accounts.models.user import canonical_email
from accounts.services import addresses, one_time, proof, sessions, two_factor
from accounts.services.passwords import RESETS
from audit.kinds import Action
from audit.services.details import difference
from audit.services.recording import record
from config.common.errors import NotFound, SessionRevoked, Text, ValidationFailed
from config.common.request_meta import RequestMeta
from notifications.kinds import Kind
from notifications.services import email as mail
from notifications.services import inbox, outbox


def ask(user: User, new_email: str, password: str, *, meta: RequestMeta, code: str = "") -> None:
    """The owner wants another address. Nothing changes before it is confirmed from there.

    Raises InvalidCredentials, AccountLocked, TwoFactorRequired, InvalidCode, ValidationFailed
    (`newEmail`: it is the present one), SessionRevoked, Busy. Whether the address is taken is
    told to its owner alone.
    """
    proof.prove(user, password, code=code, meta=meta)
    with transaction.atomic():
        # What was proven must still hold: no new password, no sign-out everywhere in between.
        same = User.objects.active().filter(
            pk=user.pk, password=user.password, sessions_valid_from=user.sessions_valid_from
        )
        owner = same.select_for_update().first()
        if owner is None:
            raise SessionRevoked
        _begin(owner, new_email, by=owner, meta=meta)


@transaction.atomic
def begin(user: User, new_email: str, *, by: User, meta: RequestMeta) -> None:
    """The same by staff. Raises ValidationFailed (`newEmail`), NotFound."""
    owner = User.objects.select_for_update().filter(pk=user.pk).first()
    if owner is None:
        raise NotFound
    _begin(owner, new_email, by=by, meta=meta)


def _begin(owner: User, new_email: str, *, by: User, meta: RequestMeta) -> None:
    """Under the row's lock: of two requests at once, the one that waited for it is the last one.

    The confirmation of an earlier request dies; its undo link does not, since the request after
    it may be a thief's.
    """
    address = canonical_email(new_email)
    if address == owner.email:
        raise ValidationFailed.of("newEmail", _("This is the address already."), "unchanged")
    confirm_link = one_time.issue(
        owner, Purpose.CHANGE_EMAIL, binding=_binding(owner), payload={"email": address}
    )
    undo_link = one_time.add(
        owner, Purpose.UNDO_EMAIL, binding=owner.email, payload={"email": owner.email}
    )
    record(
        Action.EMAIL_CHANGE_REQUESTED,
        actor=by,
        subject=owner,
        meta=meta,
        **difference({"email": owner.email}, {"email": address}),
    )
    _notify(owner, _("A new email address was named"), _("It counts once it is confirmed."))
    mail.email_change_notice(owner, new_email=address, token=undo_link)
    # Looked up in either case: a taken address costs what a free one costs.
    holder = User.objects.named(address).first()
    if addresses.is_free(address, asker=owner):
        mail.email_change_confirm(owner, to=address, token=confirm_link)
    elif holder is not None:
        mail.email_change_taken(holder)
    else:
        outbox.enqueue_decoy()


def confirm(token: str, *, meta: RequestMeta) -> None:
    """From the mail to the new address, which is the account's from now on.

    Every other session ends; the one that asks goes on if it is this person's. Raises LinkInvalid
    (also where somebody else has the address by now: whose it is, is nobody's business),
    LinkExpired.
    """
    try:
        _confirm(token, meta=meta)
    except IntegrityError as error:
        raise errors.LinkInvalid from error


@transaction.atomic
def _confirm(token: str, *, meta: RequestMeta) -> None:
    found = one_time.look_up(token, Purpose.CHANGE_EMAIL)
    user = _claimed(found)
    if user.deleted_at or not one_time.is_bound(found, _binding(user)):
        raise errors.LinkInvalid
    old, new = user.email, _address_in(found)
    if not addresses.is_free(new, asker=user):
        raise errors.LinkInvalid
    _set_address(user, new)
    ended = sessions.end_all(user, keep=_own_session(user, meta))
    one_time.revoke(user, *RESETS, Purpose.VERIFY_EMAIL)
    record(
        Action.EMAIL_CHANGED,
        actor=user,
        subject=user,
        meta=meta,
        **difference({"email": old}, {"email": new}),
        sessionsEnded=ended,
    )
    _notify(user, _("Your email address was changed"), _("Other devices were signed out."))
    for address in (old, new):
        mail.email_changed(user, to=address, new_email=new)


def undo(token: str, *, meta: RequestMeta, code: str = "") -> None:
    """From the mail to the address before, within 7 days, confirmed or not.

    The address is back, everybody is signed out, and a link for a new password goes there.
    Raises LinkInvalid, LinkExpired, TwoFactorRequired, InvalidCode, AccountLocked, EmailTaken.
    """
    found = one_time.look_up(token, Purpose.UNDO_EMAIL)
    user = found.user
    if user is None or user.suspended_at:
        raise errors.LinkInvalid
    if user.has_two_factor:
        two_factor.prove(user, code, meta=meta)
    try:
        _undo(found, meta=meta)
    except IntegrityError as error:
        # Kept for them, and still gone: made by staff or by hand. The mailbox is theirs, so tell.
        raise errors.EmailTaken from error


@transaction.atomic
def _undo(found: OneTimeToken, *, meta: RequestMeta) -> None:
    user = _claimed(found)
    left, back = user.email, _address_in(found)
    _set_address(user, back)
    ended = sessions.end_all(user, forget_devices=True)
    one_time.revoke(user, *RESETS, Purpose.VERIFY_EMAIL, Purpose.CHANGE_EMAIL)
    # What came after this change falls with it: a thief who changed twice has an undo link too.
    later = OneTimeToken.objects.filter(user=user, purpose=Purpose.UNDO_EMAIL, used_at=None)
    later.filter(created_at__gte=found.created_at).delete()
    record(
        Action.EMAIL_CHANGE_UNDONE,
        actor=user,
        subject=user,
        meta=meta,
        **difference({"email": left}, {"email": back}),
        sessionsEnded=ended,
    )
    record(Action.PASSWORD_RESET_REQUESTED, actor=user, subject=user, meta=meta, reason="undo")
    _notify(
        user,
        _("Your email address is back"),
        _("All devices were signed out. Choose a new password now."),
    )
    mail.email_change_undone(user, token=one_time.reset_link(user))


def _binding(user: User) -> str:
    """A confirmation dies with the address, the password and a sign-out everywhere.

    Who resets the password because somebody else knew it must not find that somebody's request
    confirmed afterwards.
    """
    return f"{user.email}|{user.password_changed_at}|{user.sessions_valid_from}"


def _claimed(token: OneTimeToken) -> User:
    """Spend the token; whose it is, under the row's lock. Raises LinkInvalid.

    The user's row first: a new request holds it while it takes the older token out.
    """
    users = User.objects.select_for_update().filter(pk=token.user_id, suspended_at__isnull=True)
    user: User | None = users.first()
    if user is None:
        raise errors.LinkInvalid
    one_time.claim(token)
    return user


def _address_in(token: OneTimeToken) -> str:
    payload: Any = token.payload
    return str(payload["email"])


def _set_address(user: User, address: str) -> None:
    """Who has the link reads that mailbox, so the address is verified as well."""
    user.email_verified_at = timezone.now()
    user.save(update_fields=[*user.set_identity(email=address), "email_verified_at"])


def _own_session(user: User, meta: RequestMeta) -> UUID | None:
    if meta.session_id and Session.objects.filter(pk=meta.session_id, user=user).exists():
        return meta.session_id
    return None


def _notify(user: User, title: Text, message: Text) -> None:
    inbox.notify(user, Kind.SECURITY_ALERT, title=title, message=message)
