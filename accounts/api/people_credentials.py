"""What staff may do about how somebody proves who they are."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.response import Response

from accounts import errors
from accounts.api.people_access import ACTING, MANAGE, Reason
from accounts.services.staff import credentials
from config.common.api.operations import operation
from config.common.api.permissions import require_fresh
from config.common.api.serializers import Flag, WireSerializer
from config.common.api.views import ApiRequest, ApiViewSet, path_id
from config.common.api.wire import answer
from config.common.errors import Busy, ReauthenticationRequired
from config.common.request_meta import RequestMeta


class ResetPasswordInput(WireSerializer):
    temporary_password = Flag(
        default=False, help_text="A password to pass on, in place of a mailed link."
    )
    reason = Reason(required=False, allow_blank=True, help_text="Needed for a temporary password.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["temporary_password"] and not attrs.get("reason"):
            raise serializers.ValidationError(
                {"reason": [serializers.ErrorDetail(str(_("This field is required.")), "required")]}
            )
        return attrs


class RemoveFactorInput(WireSerializer):
    reason = Reason()


class ResetMailed(WireSerializer):
    email_sent = serializers.BooleanField(help_text="False where the account is suspended.")


class PasswordLent(WireSerializer):
    temporary_password = serializers.CharField(
        help_text="Shown this once; for one sign-in within the hour."
    )


class PeopleCredentialsViewSet(ApiViewSet):
    @operation(
        "Reset somebody's password",
        description="The old one stops working, and everything that was open ends. A reset link "
        "is mailed; or with `temporaryPassword` the answer holds one for a single sign-in within "
        "the hour, which only lets the person choose their own. That needs a reason and a fresh "
        "proof, and is not for accounts with a second factor. The person is told at once.",
        permission=MANAGE,
        on="user_id",
        body=ResetPasswordInput,
        body_example={"temporaryPassword": True, "reason": "Has no mailbox yet."},
        answers={"mailed": ResetMailed, "temporary": PasswordLent},
        examples={
            "mailed": {"emailSent": True},
            "temporary": {"temporaryPassword": "7k3m-9xq2-4vrb-ht5w"},
        },
        errors=(
            *ACTING,
            ReauthenticationRequired,
            errors.InvitationPending,
            errors.NoTemporaryPassword,
            Busy,
        ),
    )
    def reset_password(self, request: ApiRequest, user_id: str) -> Response:
        given = self.valid(ResetPasswordInput, request.data)
        person, meta = path_id(user_id), RequestMeta.of(request)
        if given["temporary_password"]:
            require_fresh(request)
            lent = credentials.lend_password(
                person, reason=given["reason"], by=request.user, meta=meta
            )
            return answer({"temporaryPassword": lent}, _("Pass this on; it is shown this once."))
        sent = credentials.reset_password(
            person, reason=given.get("reason", ""), by=request.user, meta=meta
        )
        return answer({"emailSent": sent}, _("The password is reset."))

    @operation(
        "Remove somebody's lost second factor",
        description="The password alone protects the account then. Everything that was open "
        "ends; the person is told.",
        permission=MANAGE,
        on="user_id",
        body=RemoveFactorInput,
        body_example={"reason": "Lost the telephone; known in person."},
        errors=(*ACTING, errors.TwoFactorNotEnabled),
    )
    def disable_two_factor(self, request: ApiRequest, user_id: str) -> Response:
        given = self.valid(RemoveFactorInput, request.data)
        credentials.disable_two_factor(
            path_id(user_id), **given, by=request.user, meta=RequestMeta.of(request)
        )
        return answer(message=_("The second factor is removed."))
