"""Another email address for one's account."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework.response import Response

from accounts import errors
from accounts.api import examples
from accounts.api.fields import Code, Email, TokenInput
from accounts.models import User
from accounts.services import email_change
from config.common.api.operations import operation
from config.common.api.serializers import Password, Token, WireSerializer
from config.common.api.throttling import auth, proof
from config.common.api.views import ApiRequest, ApiViewSet
from config.common.api.wire import answer
from config.common.errors import Busy
from config.common.request_meta import RequestMeta


class ChangeEmailInput(WireSerializer):
    new_email = Email()
    password = Password()
    code = Code(required=False, allow_blank=True, help_text="Where a second factor is on.")


class UndoEmailInput(WireSerializer):
    token = Token(help_text="From the mail to the address before.")
    code = Code(required=False, allow_blank=True, help_text="Where a second factor is on.")


class EmailChangeViewSet(ApiViewSet):
    @operation(
        "Ask for another email address",
        description=(
            "Mails a link to the new address, good for 24 hours; nothing changes before it is "
            "used. The present address gets a notice with a link that undoes the change, good "
            "for 7 days. The last request counts. The same answer for an address that is taken: "
            "its owner is told by mail. A new password ends an open request."
        ),
        limit=proof("change-email"),
        body=ChangeEmailInput,
        body_example={"newEmail": "ada@example.net", "password": examples.PASSWORD},
        errors=(
            errors.InvalidCredentials,
            errors.AccountLocked,
            errors.TwoFactorRequired,
            errors.InvalidCode,
            Busy,
        ),
    )
    def ask(self, request: ApiRequest) -> Response:
        given = self.valid(ChangeEmailInput, request.data)
        email_change.ask(
            User.objects.get(pk=request.user.pk),
            given["new_email"],
            given["password"],
            code=given.get("code", ""),
            meta=RequestMeta.of(request),
        )
        return answer(message=_("A mail is on its way. The new address counts once confirmed."))

    @operation(
        "Confirm the new email address",
        description=(
            "With the token from the mail. Ends every other session, trusted devices and "
            "outstanding reset links; with a Bearer token of the same person, that session "
            "goes on."
        ),
        public=True,
        reads_bearer=True,
        limit=auth("confirm-email"),
        body=TokenInput,
        body_example={"token": "pZ2c…"},
        errors=(errors.LinkInvalid, errors.LinkExpired),
    )
    def confirm(self, request: ApiRequest) -> Response:
        token = self.valid(TokenInput, request.data)["token"]
        email_change.confirm(token, meta=RequestMeta.of(request))
        return answer(message=_("Your new email address is confirmed."))

    @operation(
        "Undo a change of the email address",
        description=(
            "With the token from the mail to the address before, also after the change. Ends "
            "all sessions and mails a link for a new password to that address."
        ),
        public=True,
        limit=auth("undo-email"),
        body=UndoEmailInput,
        body_example={"token": "pZ2c…"},
        errors=(
            errors.LinkInvalid,
            errors.LinkExpired,
            errors.TwoFactorRequired,
            errors.InvalidCode,
            errors.AccountLocked,
            errors.EmailTaken,
        ),
    )
    def undo(self, request: ApiRequest) -> Response:
        given = self.valid(UndoEmailInput, request.data)
        email_change.undo(given["token"], code=given.get("code", ""), meta=RequestMeta.of(request))
        return answer(message=_("Your old address is back. A link for a new password is mailed."))
