"""The second factor: set up, turned on, proven, turned off.

Every check of a code locks its owner's row first. So a code, the counter of wrong ones and the
change that the code allows are decided one after the other, and in one transaction: a failure is
committed before it is raised, and no code is spent on a change that then fails.
"""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_otp import match_token, verify_token

from accounts import errors
from accounts.models import BackupCodeDevice, TotpDevice, User
from accounts.models.two_factor import as_backup_code, new_seed
from accounts.services import backup_codes, code_lock, sessions
from audit.kinds import Action
from audit.services.recording import record
from config.common.errors import DomainError, Text
from config.common.request_meta import RequestMeta
from notifications.kinds import Kind
from notifications.services import email, inbox


class Method(StrEnum):
    """How a person proved the second factor."""

    TOTP = "totp"
    BACKUP_CODE = "backup_code"


@dataclass(frozen=True, slots=True)
class SetUp:
    """What a person sees once. secret: base32, for typing; otpauth_url: for the picture."""

    secret: str = field(repr=False)
    otpauth_url: str = field(repr=False)
    backup_codes: list[str] = field(repr=False)

    @property
    def picture(self) -> str:
        """The otpauth URL as a QR code: a PNG in a data URL."""
        # With Pillow 60 ms to load, and few processes ever need it.
        from qrcode.main import QRCode  # noqa: PLC0415

        code = QRCode(box_size=6, border=4)
        code.add_data(self.otpauth_url)
        file = io.BytesIO()
        code.make_image().save(file, "PNG")
        return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


@dataclass(frozen=True, slots=True)
class Status:
    enabled_at: datetime | None
    last_used_at: datetime | None
    backup_codes_remaining: int


def status(user: User) -> Status:
    """What may be told about it; nothing secret. A set-up that was not finished is not told."""
    if not user.has_two_factor:
        return Status(None, None, 0)
    used = [
        moment
        for devices in (TotpDevice, BackupCodeDevice)
        for moment in devices.objects.filter(user=user).values_list("last_used_at", flat=True)
        if moment
    ]
    return Status(user.two_factor_enabled_at, max(used, default=None), backup_codes.remaining(user))


def locked(user: User) -> User:
    """The account as it is now, its row locked until the caller's transaction ends.

    Not against rows that refer to it: entries and sessions of other requests go on.
    """
    owner: User = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    return owner


def check(
    owner: User, code: str, *, meta: RequestMeta, pending: TotpDevice | None = None
) -> Method | DomainError:
    """Look at a code and spend it, in a transaction of the caller's that holds `locked`.

    Returns how it proved the factor, or else AccountLocked or InvalidCode, which the caller
    raises after its commit: so the failure lasts. pending: an app that is not turned on yet; its
    codes alone count then.
    """
    wait = code_lock.locked_for(owner, is_backup_code=as_backup_code(code) is not None)
    if wait is not None:
        return errors.AccountLocked(retry_after=int(wait.total_seconds()) + 1)
    device = (
        verify_token(owner, pending.persistent_id, code) if pending else match_token(owner, code)
    )
    if device is None:
        code_lock.count_failure(owner, meta=meta)
        return errors.InvalidCode()
    code_lock.clear(owner)
    if isinstance(device, BackupCodeDevice):
        backup_codes.tell_used(owner, meta=meta)
        return Method.BACKUP_CODE
    return Method.TOTP


def prove(user: User, code: str, *, meta: RequestMeta) -> None:
    """A code of this person's, spent. Outside of any transaction: a failure must last.

    Raises TwoFactorRequired without one, InvalidCode, AccountLocked, TwoFactorNotEnabled.
    """
    if not code:
        raise errors.TwoFactorRequired
    with transaction.atomic(durable=True):
        found = check(_having_it(user), code, meta=meta)
    _require(found)


def set_up(user: User) -> SetUp:
    """A new secret and ten codes, which open nothing before `enable`. Earlier ones are dead.

    Raises TwoFactorEnabled.
    """
    with transaction.atomic():
        owner = locked(user)
        if owner.has_two_factor:
            raise errors.TwoFactorEnabled
        TotpDevice.objects.filter(user=owner).delete()
        device = TotpDevice.objects.create(user=owner, seed=new_seed(), confirmed=False)
        codes = backup_codes.make(owner, confirmed=False)
    return SetUp(device.secret, device.otpauth_url(owner.email), codes)


def enable(user: User, code: str, *, keep: UUID | None, meta: RequestMeta) -> None:
    """The first code of the app that was set up. Other sessions and pending challenges end.

    keep: the session that goes on. Raises TwoFactorEnabled, TwoFactorNotSetUp, InvalidCode,
    AccountLocked.
    """
    with transaction.atomic(durable=True):
        owner = locked(user)
        if owner.has_two_factor:
            raise errors.TwoFactorEnabled
        device = TotpDevice.objects.filter(user=owner).first()
        if device is None:
            raise errors.TwoFactorNotSetUp
        found = check(owner, code, meta=meta, pending=device)
        if isinstance(found, Method):
            TotpDevice.objects.filter(pk=device.pk).update(confirmed=True)
            BackupCodeDevice.objects.filter(user=owner).update(confirmed=True)
            User.objects.filter(pk=owner.pk).update(two_factor_enabled_at=timezone.now())
            ended = sessions.end_all(owner, keep=keep)
            _record(Action.TWO_FACTOR_ENABLED, owner, found, meta, sessionsEnded=ended)
            _notify(owner, _("Two-factor authentication is on"))
            email.two_factor_enabled(owner)
    _require(found)


def disable(user: User, code: str, *, keep: UUID | None, meta: RequestMeta) -> None:
    """Off, for who holds the app or a backup code. Other sessions and trusted devices end.

    Raises TwoFactorNotEnabled, InvalidCode, AccountLocked.
    """
    with transaction.atomic(durable=True):
        owner = _having_it(user)
        found = check(owner, code, meta=meta)
        if isinstance(found, Method):
            remove(owner)
            ended = sessions.end_all(owner, keep=keep)
            _record(Action.TWO_FACTOR_DISABLED, owner, found, meta, sessionsEnded=ended)
            _notify(owner, _("Two-factor authentication is off"))
            email.two_factor_disabled(owner)
    _require(found)


@transaction.atomic
def remove(user: User) -> None:
    """Take the factor away, with no word about it: for `disable`, and for staff when it is lost.

    Raises TwoFactorNotEnabled. Ending the sessions, the entry and the mail are the caller's.
    """
    owner = _having_it(user)
    TotpDevice.objects.filter(user=owner).delete()
    BackupCodeDevice.objects.filter(user=owner).delete()
    User.objects.filter(pk=owner.pk).update(two_factor_enabled_at=None)
    code_lock.clear(owner)


def renew_backup_codes(user: User, code: str, *, meta: RequestMeta) -> list[str]:
    """Ten new ones; the old ten die. Raises TwoFactorNotEnabled, InvalidCode, AccountLocked."""
    codes: list[str] = []
    with transaction.atomic(durable=True):
        owner = _having_it(user)
        found = check(owner, code, meta=meta)
        if isinstance(found, Method):
            codes = backup_codes.make(owner, confirmed=True)
            _record(Action.BACKUP_CODES_REGENERATED, owner, found, meta)
            _notify(owner, _("You have new backup codes"))
            email.backup_codes_regenerated(owner)
    _require(found)
    return codes


def _having_it(user: User) -> User:
    owner = locked(user)
    if not owner.has_two_factor:
        raise errors.TwoFactorNotEnabled
    return owner


def _require(found: Method | DomainError) -> None:
    if isinstance(found, DomainError):
        raise found


def _record(action: Action, owner: User, method: Method, meta: RequestMeta, **details: Any) -> None:
    record(action, actor=owner, subject=owner, meta=meta, method=method, **details)


def _notify(owner: User, title: Text) -> None:
    inbox.notify(
        owner,
        Kind.SECURITY_ALERT,
        title=title,
        message=_("If this was not you, choose a new password right away."),
    )
