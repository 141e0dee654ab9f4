"""Passwords: forgotten, reset, changed."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework.response import Response

from accounts import errors
from accounts.api import examples
from accounts.api.fields import Code, EmailInput, NewPassword, NewPasswordPair
from accounts.models import User
from accounts.services import passwords
from config.common.api.operations import operation
from config.common.api.serializers import Password, Token
from config.common.api.throttling import auth, proof
from config.common.api.views import ApiRequest, ApiViewSet
from config.common.api.wire import answer
from config.common.errors import Busy
from config.common.request_meta import RequestMeta


class ResetInput(NewPasswordPair):
    token = Token(help_text="From the mail, an invitation, or a temporary password's challenge.")
    password = NewPassword()
    code = Code(required=False, allow_blank=True, help_text="Where a second factor is on.")


class ChangeInput(NewPasswordPair):
    password_name = "new_password"  # noqa: S105  the name of a field
    current_password = Password()
    new_password = NewPassword()


class PasswordViewSet(ApiViewSet):
    @operation(
        "Mail a reset link",
        description="The same answer for every address. Good for an hour; earlier links die.",
        public=True,
        limit=auth("forgot-password"),
        body=EmailInput,
        body_example={"email": "ada@example.org"},
    )
    def forgot(self, request: ApiRequest) -> Response:
        email = self.valid(EmailInput, request.data)["email"]
        passwords.forgot(email, meta=RequestMeta.of(request))
        return answer(message=_("If there is such an account, a mail is on its way."))

    @operation(
        "Set a new password by link",
        description="Ends every session. With a second factor on, `code` is needed too.",
        public=True,
        limit=auth("reset-password"),
        body=ResetInput,
        body_example={
            "token": "pZ2c…",
            "password": examples.PASSWORD,
            "confirmPassword": examples.PASSWORD,
        },
        errors=(
            errors.LinkInvalid,
            errors.LinkExpired,
            errors.PasswordReused,
            errors.TwoFactorRequired,
            errors.InvalidCode,
            errors.AccountLocked,
            Busy,
        ),
    )
    def reset(self, request: ApiRequest) -> Response:
        given = self.valid(ResetInput, request.data)
        passwords.reset(
            given["token"],
            given["password"],
            code=given.get("code", ""),
            meta=RequestMeta.of(request),
        )
        return answer(message=_("Your password is set. You can sign in now."))

    @operation(
        "Change the password",
        description="Every other session ends. The last five passwords cannot come back.",
        limit=proof("change-password"),
        body=ChangeInput,
        body_example={
            "currentPassword": examples.PASSWORD,
            "newPassword": "Another-Horse8",
            "confirmPassword": "Another-Horse8",
        },
        errors=(errors.InvalidCredentials, errors.PasswordReused, errors.AccountLocked, Busy),
    )
    def change(self, request: ApiRequest) -> Response:
        given = self.valid(ChangeInput, request.data)
        passwords.change(
            User.objects.get(pk=request.user.pk),
            given["current_password"],
            given["new_password"],
            keep=request.auth.session_id,
            meta=RequestMeta.of(request),
        )
        return answer(message=_("Your password is changed."))
