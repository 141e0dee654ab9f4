"""The second factor: set up, turned on and off, proven."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions as drf
from rest_framework import serializers
from rest_framework.response import Response

from accounts import errors
from accounts.api import examples
from accounts.api.fields import Code
from accounts.api.login import SignedInAnswer, outcome_data
from accounts.services import challenges, two_factor
from config.common.api.operations import operation
from config.common.api.serializers import Flag, Token, WireSerializer
from config.common.api.throttling import proof
from config.common.api.views import ApiRequest, ApiViewSet
from config.common.api.wire import answer
from config.common.errors import DomainError, NotAuthenticated, TokenExpired, TokenInvalid
from config.common.request_meta import RequestMeta
from config.common.times import wire_or_none

CODES: Final = [
    "7K3M-9XQ2-0VRB-HT5W",
    "D4N8-ZC1P-6YGE-2JAS",
    "K0T7-5RMV-XB9W-3QHF",
    "1PEC-8GZN-4SDY-J6A2",
    "W5HB-T0QX-R9KM-7V3C",
    "2JYS-6AFD-N8PE-ZG41",
    "9QVR-M3KX-0TWH-B57D",
    "E6ZN-4CPG-YS1J-A82F",
    "X7BM-K5V0-HQ3T-RW9E",
    "8DCA-F2NJ-PZ46-GY1S",
]
TOKEN: Final = {"token": "492039"}


class StatusAnswer(WireSerializer):
    enabled = serializers.BooleanField()
    enabled_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)
    backup_codes_remaining = serializers.IntegerField()


class BackupCodesAnswer(WireSerializer):
    backup_codes = serializers.ListField(
        child=serializers.CharField(), help_text="Ten. Shown this once."
    )


class SetUpAnswer(BackupCodesAnswer):
    secret = serializers.CharField(help_text="Base32, for typing it into an app.")
    otpauth_url = serializers.CharField(help_text="For apps on the same device.")
    qr_code_url = serializers.CharField(help_text="The same as a picture: a PNG in a data URL.")


class CodeInput(WireSerializer):
    token = Code(help_text="Six digits from the app.")


class AnyCodeInput(WireSerializer):
    token = Code(help_text="Six digits from the app, or a backup code.")


class VerifyInput(AnyCodeInput):
    challenge_token = Token(required=False, allow_blank=True, help_text="From `/auth/login`.")
    trust_device = Flag(required=False, help_text="Ask this device for no code for 30 days.")


class VerifiedAnswer(WireSerializer):
    verified = serializers.BooleanField()


class TwoFactorViewSet(ApiViewSet):
    def limited_by(self, request: ApiRequest) -> str:
        """A code that finishes a login is counted by address, whoever signs it besides."""
        try:
            is_login = self.action == "verify" and bool(request.data.get("challengeToken"))
        except (DomainError, drf.APIException):  # Told once it is counted.
            is_login = False
        return "" if is_login else super().limited_by(request)

    @operation(
        "Is the second factor on?",
        answer=StatusAnswer,
        example={
            "enabled": True,
            "enabledAt": examples.TIME,
            "lastUsedAt": examples.TIME,
            "backupCodesRemaining": 10,
        },
    )
    def status(self, request: ApiRequest) -> Response:
        found = two_factor.status(request.user)
        data = {
            "enabled": found.enabled_at is not None,
            "enabledAt": wire_or_none(found.enabled_at),
            "lastUsedAt": wire_or_none(found.last_used_at),
            "backupCodesRemaining": found.backup_codes_remaining,
        }
        return answer(data)

    @operation(
        "Set a second factor up",
        description=(
            "A secret for an authenticator app and ten backup codes, shown once. They count from "
            "`/2fa/enable` on; setting up again before it replaces them."
        ),
        fresh=True,
        answer=SetUpAnswer,
        example={
            "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
            "otpauthUrl": (
                "otpauth://totp/Muster%3Aada%40example.org?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
                "&issuer=Muster&algorithm=SHA1&digits=6&period=30"
            ),
            "qrCodeUrl": "data:image/png;base64,iVBORw0KGgo…",
            "backupCodes": CODES,
        },
        errors=(errors.TwoFactorEnabled,),
    )
    def set_up(self, request: ApiRequest) -> Response:
        made = two_factor.set_up(request.user)
        data = {
            "secret": made.secret,
            "otpauthUrl": made.otpauth_url,
            "qrCodeUrl": made.picture,
            "backupCodes": made.backup_codes,
        }
        return answer(data, _("Scan the picture and keep the backup codes in a safe place."))

    @operation(
        "Turn the second factor on",
        description="With the app's first code. Other sessions and unfinished logins end.",
        fresh=True,
        limit=proof("2fa-enable"),
        body=CodeInput,
        body_example=TOKEN,
        errors=(
            errors.InvalidCode,
            errors.AccountLocked,
            errors.TwoFactorEnabled,
            errors.TwoFactorNotSetUp,
        ),
    )
    def enable(self, request: ApiRequest) -> Response:
        two_factor.enable(
            request.user,
            self.valid(CodeInput, request.data)["token"],
            keep=request.auth.session_id,
            meta=RequestMeta.of(request),
        )
        return answer(message=_("Two-factor authentication is on."))

    @operation(
        "Turn the second factor off",
        description="Other sessions and trusted devices end. Takes a backup code too.",
        limit=proof("2fa-disable"),
        body=AnyCodeInput,
        body_example=TOKEN,
        errors=(errors.InvalidCode, errors.AccountLocked, errors.TwoFactorNotEnabled),
    )
    def disable(self, request: ApiRequest) -> Response:
        two_factor.disable(
            request.user,
            self.valid(AnyCodeInput, request.data)["token"],
            keep=request.auth.session_id,
            meta=RequestMeta.of(request),
        )
        return answer(message=_("Two-factor authentication is off."))

    @operation(
        "Give a code",
        description=(
            "With a `challengeToken` it finishes a login, whatever the header says, and answers "
            "as `/auth/login` does: a wrong code says in `data.attemptsLeft` how many tries are "
            "left, and the fifth spends the challenge. Without one the code is that of the "
            "signed-in user. Each code works once. `trustDevice` lets later logins with this "
            "`deviceToken` do without a code for 30 days; it has no effect for staff."
        ),
        public=True,
        reads_bearer=True,
        limit=proof("2fa-verify"),
        body=VerifyInput,
        body_example={"challengeToken": "Kq3v…", "token": "492039", "trustDevice": True},
        answers={"signedIn": SignedInAnswer, "verified": VerifiedAnswer},
        examples={"signedIn": examples.SIGNED_IN, "verified": {"verified": True}},
        errors=(
            errors.InvalidChallengeCode,
            errors.TwoFactorNotEnabled,
            errors.AccountLocked,
            errors.InvalidCredentials,
            TokenInvalid,
            TokenExpired,
            NotAuthenticated,
        ),
    )
    def verify(self, request: ApiRequest) -> Response:
        given = self.valid(VerifyInput, request.data)
        if given.get("challenge_token"):
            outcome = challenges.finish(
                given["challenge_token"],
                given["token"],
                trust=given.get("trust_device", False),
                meta=RequestMeta.of(request),
            )
            return answer(outcome_data(outcome), _("Welcome back."))
        if request.auth is None:
            self._refuse(request)
        two_factor.prove(request.user, given["token"], meta=RequestMeta.of(request))
        return answer({"verified": True}, _("The code is right."))

    @operation(
        "New backup codes",
        description="Ten new ones, shown once; the old ten are dead.",
        limit=proof("2fa-backup-codes"),
        body=AnyCodeInput,
        body_example=TOKEN,
        answer=BackupCodesAnswer,
        example={"backupCodes": CODES},
        errors=(errors.InvalidCode, errors.AccountLocked, errors.TwoFactorNotEnabled),
    )
    def backup_codes(self, request: ApiRequest) -> Response:
        codes = two_factor.renew_backup_codes(
            request.user,
            self.valid(AnyCodeInput, request.data)["token"],
            meta=RequestMeta.of(request),
        )
        return answer({"backupCodes": codes}, _("Keep these in a safe place."))

    @staticmethod
    def _refuse(request: Any) -> None:
        """Says what is wrong with the token, where there is one. Always raises."""
        for scheme in request.authenticators:
            scheme.authenticate(request)
        raise NotAuthenticated
