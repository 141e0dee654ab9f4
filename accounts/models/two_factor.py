"""The second factor: an authenticator app, and backup codes for when it is out of reach.

Both are django-otp devices, so `django_otp.devices_for_user` and `match_token` know them. Each
code is claimed by one conditional UPDATE: however many try it at once, and however stale the
instances are that they ask, one succeeds. django-otp's own devices cannot promise that.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from typing import Any, ClassVar, Final
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import models
from django.utils import timezone
from django_otp.models import Device, DeviceManager
from django_otp.oath import hotp

from accounts.models.user import User
from config.common.crypto import EncryptedJSONField
from config.common.models import Erasure, PersonalData

STEP: Final = 30  # seconds (RFC 6238, 5.2)
DIGITS: Final = 6
TOLERANCE: Final = 1  # steps to either side
SEED_LENGTH: Final = 20  # bytes, as long as SHA-1's output (RFC 4226, 4, R6)

# Crockford's base32: no letters that are taken for digits, none that spell rude words.
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH: Final = 16  # of five bits each: 80
GROUP: Final = 4
_LOOKALIKES: Final = str.maketrans("OIL", "011", " -")


def new_seed() -> str:
    """In hex."""
    return secrets.token_hex(SEED_LENGTH)


def new_backup_code() -> str:
    """`7K3M-9XQ2-0VRB-HT5W`"""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    return "-".join(drawn[at : at + GROUP] for at in range(0, CODE_LENGTH, GROUP))


def as_app_code(token: Any) -> str | None:
    """Six digits, however they were grouped; None for anything else."""
    bare = str(token).replace(" ", "").replace("-", "")
    return bare if len(bare) == DIGITS and bare.isascii() and bare.isdigit() else None


def as_backup_code(token: Any) -> str | None:
    """Sixteen letters and digits, however they were typed; None for anything else."""
    bare = str(token).upper().translate(_LOOKALIKES)
    return bare if len(bare) == CODE_LENGTH and set(bare) <= set(ALPHABET) else None


class TotpDevice(Device, models.Model):
    """One authenticator app a person.

    confirmed: false between set-up and the first right code. seed: in hex, encrypted; never
    changed, a new set-up makes a new row. last_step: the step of the last code that was taken;
    only later ones count.
    """

    personal_data: ClassVar[dict[str, PersonalData]] = {
        "user": PersonalData(Erasure.DELETE, "twoFactor"),
    }

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="totp_device")
    name = models.CharField(max_length=64, default="Authenticator app", editable=False)
    seed = EncryptedJSONField()
    last_step = models.BigIntegerField(default=-1)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[TotpDevice]] = DeviceManager()

    class Meta:
        default_permissions: ClassVar[tuple[str, ...]] = ()

    def __str__(self) -> str:
        return f"authenticator of {self.user_id}"

    def verify_token(self, token: Any) -> bool:
        """Is it the code of this step or of its neighbours, and is this its first use?"""
        code = as_app_code(token)
        if code is None:
            return False
        now = int(time.time()) // STEP
        key = bytes.fromhex(self.seed)
        for step in range(now - TOLERANCE, now + TOLERANCE + 1):
            expected = f"{hotp(key, step, DIGITS):0{DIGITS}}"
            if hmac.compare_digest(expected, code) and self._claim(step):
                return True
        return False

    def _claim(self, step: int) -> bool:
        claimed = TotpDevice.objects.filter(pk=self.pk, last_step__lt=step).update(
            last_step=step, last_used_at=timezone.now()
        )
        return bool(claimed)

    @property
    def secret(self) -> str:
        """In base32, as apps take it when it is typed in."""
        return base64.b32encode(bytes.fromhex(self.seed)).decode()

    def otpauth_url(self, account: str) -> str:
        """What the picture says (Google Authenticator's key URI format)."""
        issuer = settings.BRAND_NAME.replace(":", " ")
        values = {
            "secret": self.secret,
            "issuer": issuer,
            "algorithm": "SHA1",
            "digits": DIGITS,
            "period": STEP,
        }
        return f"otpauth://totp/{quote(f'{issuer}:{account}')}?{urlencode(values, quote_via=quote)}"


class BackupCodeDevice(Device, models.Model):
    """Ten codes for when the app is out of reach.

    key: of the codes' hashes, encrypted. It is this row's own, so that a change of SECRET_KEY
    leaves the codes alone and a change of FIELD_ENCRYPTION_KEYS takes them along.
    """

    personal_data: ClassVar[dict[str, PersonalData]] = {
        "user": PersonalData(Erasure.DELETE, None, "Hashes of secrets; their number is exported."),
    }

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="backup_code_device")
    name = models.CharField(max_length=64, default="Backup codes", editable=False)
    key = EncryptedJSONField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[BackupCodeDevice]] = DeviceManager()

    class Meta:
        default_permissions: ClassVar[tuple[str, ...]] = ()

    def __str__(self) -> str:
        return f"backup codes of {self.user_id}"

    def digest(self, code: str) -> str:
        """HMAC-SHA256 in hex of a code however it is written. 80 random bits need no slow hash."""
        bare = as_backup_code(code) or ""
        return hmac.new(bytes.fromhex(self.key), bare.encode(), hashlib.sha256).hexdigest()

    def verify_token(self, token: Any) -> bool:
        """Is it one of the ten, and is this its first use?"""
        if as_backup_code(token) is None:
            return False
        now = timezone.now()
        claimed = BackupCode.objects.filter(
            device_id=self.pk, digest=self.digest(token), used_at__isnull=True
        ).update(used_at=now)
        if not claimed:
            return False
        BackupCodeDevice.objects.filter(pk=self.pk).update(last_used_at=now)
        return True


class BackupCode(models.Model):
    """One of the ten, as its keyed hash."""

    device = models.ForeignKey(BackupCodeDevice, on_delete=models.CASCADE, related_name="codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions: ClassVar[tuple[str, ...]] = ()
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["device", "digest"], name="backup_code_once"),
        ]

    def __str__(self) -> str:
        return "spent" if self.used_at else "unspent"
