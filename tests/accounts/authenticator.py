"""An authenticator app, and people who have one."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django_otp.oath import hotp

from accounts.models import BackupCodeDevice, TotpDevice, User
from accounts.services import two_factor
from tests.factories import PASSWORD

WRONG = "000000"
WRONG_BACKUP = "ZZZZ-ZZZZ-ZZZZ-ZZZZ"


@dataclass
class Authenticator:
    """What a person keeps: the app's secret and the ten backup codes."""

    seed: str
    backup_codes: list[str]

    def code(self, step: int = 0) -> str:
        """What the app shows now, or so many steps of 30 s later."""
        return f"{hotp(bytes.fromhex(self.seed), int(time.time()) // 30 + step):06}"


def turned_on(user: User) -> Authenticator:
    """A second factor of which no code has been used yet."""
    made = two_factor.set_up(user)
    TotpDevice.objects.filter(user=user).update(confirmed=True)
    BackupCodeDevice.objects.filter(user=user).update(confirmed=True)
    user.two_factor_enabled_at = timezone.now()
    user.save(update_fields=["two_factor_enabled_at"])
    return Authenticator(TotpDevice.objects.get(user=user).seed, made.backup_codes)


def challenge(api: Any, user: User, **body: Any) -> str:
    """The challenge that a login with the right password gets."""
    answer = api.post(
        "auth/login",
        {"identifier": user.email, "password": PASSWORD, **body},
        HTTP_AUTHORIZATION="",
    )
    assert answer.data["data"].get("twoFactorRequired"), answer.data
    return str(answer.data["data"]["challengeToken"])


def finish(api: Any, token: str, code: str, **body: Any) -> Any:
    """The second half of a login; keeps the tokens where it went well."""
    answer = api.post(
        "2fa/verify",
        {"challengeToken": token, "token": code, **body},
        HTTP_AUTHORIZATION="",
    )
    if answer.status_code == 200:
        data = answer.data["data"]
        api.token = data["tokens"]["accessToken"]
        api.refresh_token = data["tokens"]["refreshToken"]
        api.session_id = data["session"]["id"]
        api.device_token = data["deviceToken"]
    return answer
