"""Sign-in, tokens, sign-out."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions as drf
from rest_framework import serializers
from rest_framework.response import Response

from accounts import errors
from accounts.api import examples
from accounts.api.fields import Code, Identifier, TokenInput, UserAnswer, user_data
from accounts.services import alerts, login, proof, rotation, sessions, tokens
from accounts.services.login import Outcome, PasswordChangeNeeded, SecondFactorNeeded
from config.common.api.operations import operation
from config.common.api.serializers import Password, Text, Token, WireSerializer
from config.common.api.throttling import auth
from config.common.api.throttling import proof as proof_limit
from config.common.api.views import ApiRequest, ApiViewSet
from config.common.api.wire import answer
from config.common.errors import (
    Busy,
    DomainError,
    MalformedRequest,
    SessionRevoked,
    TokenExpired,
    TokenInvalid,
    ValidationFailed,
)
from config.common.request_meta import RequestMeta
from rbac import selectors as roles


class LoginInput(WireSerializer):
    identifier = Identifier(required=False, help_text="Email or username.")
    email = Identifier(required=False, help_text="Serves for `identifier`.")
    username = Identifier(required=False, help_text="Serves for `identifier`.")
    password = Password()
    device_name = Text(max_length=120, required=False, allow_blank=True)
    device_token = Token(required=False, allow_blank=True, help_text="From an earlier login.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        given = attrs.get("identifier") or attrs.get("email") or attrs.get("username")
        if not given:
            raise ValidationFailed.of("identifier", _("This field is required."), "required")
        attrs["identifier"] = given
        return attrs


class TokensAnswer(WireSerializer):
    access_token = serializers.CharField()
    refresh_token = serializers.CharField()
    token_type = serializers.ChoiceField(["Bearer"])
    expires_in = serializers.CharField(help_text="Such as `15m`.")


class SignedInUser(UserAnswer):
    roles = serializers.ListField(child=serializers.CharField())


class SessionRef(WireSerializer):
    id = serializers.UUIDField()


class SignedInAnswer(WireSerializer):
    user = SignedInUser()
    tokens = TokensAnswer()
    session = SessionRef()
    device_token = serializers.CharField()


class SecondFactorAnswer(WireSerializer):
    two_factor_required = serializers.BooleanField()
    challenge_token = serializers.CharField()
    methods = serializers.ListField(child=serializers.ChoiceField(login.METHODS))


class PasswordChangeAnswer(WireSerializer):
    password_change_required = serializers.BooleanField()
    challenge_token = serializers.CharField()


class RefreshInput(WireSerializer):
    refresh_token = Token()


class LogoutInput(WireSerializer):
    refresh_token = Token(required=False, allow_blank=True, allow_null=True)


class ReauthenticateInput(WireSerializer):
    password = Password()
    code = Code(required=False, allow_blank=True)


class LoginViewSet(ApiViewSet):
    # What the refresh token in the body says, where it is one of ours.
    claims: tokens.RefreshClaims | None = None

    def limited_by(self, request: ApiRequest) -> str:
        """Refresh and sign-out are counted by the session that the token names."""
        if self.action not in {"refresh", "logout"}:
            return super().limited_by(request)
        try:
            self.claims = tokens.read_refresh(request.data.get("refreshToken") or "")
        except (DomainError, drf.APIException) as error:
            # Whoever wants to leave may leave, whatever they send along.
            if self.action == "refresh" and not isinstance(error, DomainError):
                raise
            return super().limited_by(request)
        return f"session:{self.claims.session_id}"

    @operation(
        "Sign in",
        description=(
            "Opens a session. `email` or `username` serve for `identifier`. With a second factor "
            "the answer is a challenge for `/2fa/verify`; with a temporary password it is one for "
            "`/auth/reset-password`."
        ),
        public=True,
        limit=auth("login"),
        body=LoginInput,
        body_example={"identifier": "ada@example.org", "password": examples.PASSWORD},
        answers={
            "signedIn": SignedInAnswer,
            "twoFactorRequired": SecondFactorAnswer,
            "passwordChangeRequired": PasswordChangeAnswer,
        },
        examples={
            "signedIn": examples.SIGNED_IN,
            "twoFactorRequired": {
                "twoFactorRequired": True,
                "challengeToken": "Kq3v…",
                "methods": list(login.METHODS),
            },
            "passwordChangeRequired": {"passwordChangeRequired": True, "challengeToken": "Kq3v…"},
        },
        errors=(
            errors.AccountLocked,
            errors.InvalidCredentials,
            errors.AccountDeleted,
            errors.AccountSuspended,
            errors.AccountDeactivated,
            errors.EmailNotVerified,
            Busy,
        ),
    )
    def login(self, request: ApiRequest) -> Response:
        given = self.valid(LoginInput, request.data)
        outcome = login.sign_in(
            given["identifier"],
            given["password"],
            meta=RequestMeta.of(request),
            device_token=given.get("device_token", ""),
            device_name=given.get("device_name", ""),
        )
        return answer(outcome_data(outcome), _message(outcome))

    @operation(
        "Next tokens",
        description=(
            "Rotates: each refresh token gives one successor. The same one again within 10 s "
            "gives the very same successor; later it ends the session."
        ),
        public=True,
        body=RefreshInput,
        body_example={"refreshToken": examples.JWT},
        answer=TokensAnswer,
        example=examples.TOKENS,
        errors=(TokenInvalid, TokenExpired, SessionRevoked, errors.TokenReused, MalformedRequest),
    )
    def refresh(self, request: ApiRequest) -> Response:
        if (
            not isinstance(request.data.get("refreshToken"), str)
            or not request.data["refreshToken"]
        ):
            raise MalformedRequest
        if self.claims is None:
            raise TokenInvalid
        return answer(_tokens(rotation.refresh(self.claims, meta=RequestMeta.of(request))))

    @operation(
        "Sign out",
        description="Ends the session of the refresh token, expired or not, and the Bearer's.",
        public=True,
        reads_bearer=True,
        under_impersonation=True,
        body=LogoutInput,
        body_example={"refreshToken": examples.JWT},
    )
    def logout(self, request: ApiRequest) -> Response:
        ended = set()
        if request.auth:
            ended.add(request.auth.session_id)
        if self.claims:
            ended.add(self.claims.session_id)
        if ended:
            sessions.sign_out(session_ids=ended, meta=RequestMeta.of(request))
        response = answer(message=_("You are signed out."))
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response

    @operation(
        "Prove again that it is you",
        description="The session counts as fresh for `REAUTHENTICATION_WINDOW`.",
        limit=proof_limit("reauthenticate"),
        body=ReauthenticateInput,
        body_example={"password": examples.PASSWORD},
        errors=(
            errors.InvalidCredentials,
            errors.AccountLocked,
            errors.TwoFactorRequired,
            errors.InvalidCode,
            Busy,
        ),
    )
    def reauthenticate(self, request: ApiRequest) -> Response:
        given = self.valid(ReauthenticateInput, request.data)
        proof.reauthenticate(
            request.user,
            request.auth.session_id,
            given["password"],
            code=given.get("code", ""),
            meta=RequestMeta.of(request),
        )
        return answer(message=_("Thank you."))

    @operation(
        "Lift a lock",
        description="With the token from the mail about it.",
        public=True,
        limit=auth("unlock"),
        body=TokenInput,
        body_example={"token": "pZ2c…"},
        errors=(errors.LinkInvalid, errors.LinkExpired),
    )
    def unlock(self, request: ApiRequest) -> Response:
        alerts.unlock(self.valid(TokenInput, request.data)["token"], meta=RequestMeta.of(request))
        return answer(message=_("The lock is lifted. You can sign in again."))

    @operation(
        "That was not me",
        description="Ends all sessions and trusted devices, and mails a link for a new password.",
        public=True,
        limit=auth("not-me"),
        body=TokenInput,
        body_example={"token": "pZ2c…"},
        errors=(errors.LinkInvalid, errors.LinkExpired),
    )
    def not_me(self, request: ApiRequest) -> Response:
        alerts.not_me(self.valid(TokenInput, request.data)["token"], meta=RequestMeta.of(request))
        return answer(message=_("You are signed out everywhere. Please choose a new password."))


def outcome_data(outcome: Outcome) -> dict[str, Any]:
    """What a login answers, in each of its three outcomes."""
    if isinstance(outcome, SecondFactorNeeded):
        return {
            "twoFactorRequired": True,
            "challengeToken": outcome.challenge,
            "methods": list(login.METHODS),
        }
    if isinstance(outcome, PasswordChangeNeeded):
        return {"passwordChangeRequired": True, "challengeToken": outcome.challenge}
    user = outcome.user
    return {
        "user": {**user_data(user), "roles": roles.role_names(user.pk)},
        "tokens": _tokens(outcome.tokens),
        "session": {"id": str(outcome.session.pk)},
        "deviceToken": outcome.device_token,
    }


def _message(outcome: Outcome) -> Any:
    if isinstance(outcome, SecondFactorNeeded):
        return _("Please give a code of your second factor.")
    if isinstance(outcome, PasswordChangeNeeded):
        return _("Please choose a new password.")
    return _("Welcome back.")


def _tokens(pair: sessions.Tokens) -> dict[str, str]:
    return {
        "accessToken": pair.access,
        "refreshToken": pair.refresh,
        "tokenType": "Bearer",
        "expiresIn": tokens.access_expiry(),
    }
