"""A person's picture: one file in the storage, one name on the account."""

from __future__ import annotations

import secrets

from django.db import transaction

from accounts.models import User
from accounts.services import files
from audit.kinds import Action
from audit.services.recording import record
from config.common.errors import SessionRevoked
from config.common.request_meta import RequestMeta


def replace(user: User, data: bytes, *, meta: RequestMeta) -> None:
    """Make a picture of what was sent; the one before goes.

    Nothing is left over whichever step fails: the new file is written down as one to discard
    before it is stored, the old one in the transaction that lets go of it. Raises FileTooLarge,
    InvalidImage, StorageUnavailable, SessionRevoked, Busy.
    """
    # Pillow takes its time to load, and few processes ever need it.
    from accounts.services import pictures  # noqa: PLC0415

    picture = pictures.avatar_of(data)
    # Tells nothing and cannot be guessed: what was replaced cannot be found by name either.
    name = secrets.token_hex(16)
    name = f"avatars/{name[:2]}/{name}.webp"
    with files.stored(name, picture, content_type="image/webp"):
        _point_at(user, name, meta=meta)


@transaction.atomic
def _point_at(user: User, name: str, *, meta: RequestMeta) -> None:
    account = _locked(user)
    files.keep(name)
    if account.avatar:
        files.discard(account.avatar)
    account.avatar = name
    account.save(update_fields=["avatar", "updated_at"])
    record(Action.AVATAR_UPDATED, actor=user, subject=user, meta=meta)


@transaction.atomic
def remove(user: User, *, meta: RequestMeta) -> None:
    """No picture any more. Where there was none, nothing happens. Raises SessionRevoked."""
    account = _locked(user)
    if not account.avatar:
        return
    files.discard(account.avatar)
    account.avatar = ""
    account.save(update_fields=["avatar", "updated_at"])
    record(Action.AVATAR_REMOVED, actor=user, subject=user, meta=meta)


def _locked(user: User) -> User:
    account: User | None = User.objects.active().select_for_update().filter(pk=user.pk).first()
    if account is None:
        raise SessionRevoked
    return account
