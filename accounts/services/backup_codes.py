"""Ten codes for when the authenticator app is out of reach. Shown once, kept as keyed hashes."""

from __future__ import annotations

import secrets
from typing import Final

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import BackupCode, BackupCodeDevice, User
from accounts.models.two_factor import new_backup_code
from audit.kinds import Action
from audit.services.recording import record
from config.common.request_meta import RequestMeta
from notifications.kinds import Kind
from notifications.services import email, inbox

HOW_MANY: Final = 10


def make(user: User, *, confirmed: bool) -> list[str]:
    """Ten new ones in place of whatever there was, in the caller's transaction.

    confirmed: false while the factor is only being set up; they open nothing until then.
    """
    device, _made = BackupCodeDevice.objects.get_or_create(
        user=user, defaults={"key": secrets.token_hex(32), "confirmed": confirmed}
    )
    BackupCode.objects.filter(device=device).delete()
    codes = [new_backup_code() for _ in range(HOW_MANY)]
    BackupCode.objects.bulk_create(
        BackupCode(device=device, digest=device.digest(code)) for code in codes
    )
    return codes


def remaining(user: User) -> int:
    return BackupCode.objects.filter(device__user=user, used_at__isnull=True).count()


def tell_used(user: User, *, meta: RequestMeta) -> None:
    """One was spent: the entry, and word to the owner, in the same transaction."""
    left = remaining(user)
    record(Action.BACKUP_CODE_USED, actor=user, subject=user, meta=meta, left=left)
    inbox.notify(
        user,
        Kind.SECURITY_ALERT,
        title=_("A backup code was used"),
        message=format_lazy(_("It does not work again. Codes left: {left}."), left=left),
        left=left,
    )
    email.backup_code_used(user, left=left)
