"""What staff do to one account as a whole: made by invitation, edited, deleted, erased."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.response import Response

from accounts import errors
from accounts.api import examples
from accounts.api.directory import DirectoryViewSet
from accounts.api.fields import Email, PersonName, UserAnswer, Username, user_data
from accounts.api.lifecycle import DEADLINE, DeletionAnswer, ErasureAnswer
from accounts.api.people_access import ACTING, Reason
from accounts.api.profile import Language
from accounts.services.staff import editing, invitation, removal
from config.common.api.operations import operation
from config.common.api.permissions import holds
from config.common.api.serializers import WireSerializer
from config.common.api.views import ApiRequest, path_id
from config.common.api.wire import answer
from config.common.request_meta import RequestMeta
from config.common.times import wire
from rbac.errors import LastAdmin

PERSON: Final[dict[str, Any]] = {"user": examples.USER}


class InviteInput(WireSerializer):
    email = Email(help_text="Where the link goes; kept in lower case.")
    username = Username(help_text="3–30 letters, digits, underscores; kept in lower case.")
    first_name = PersonName(help_text="At most 50 characters.")
    last_name = PersonName(help_text="At most 50 characters.")
    language = Language(max_length=2, help_text="Of the mail and the account; ISO 639-1.")


class EditPersonInput(WireSerializer):
    first_name = PersonName(allow_null=True)
    last_name = PersonName(allow_null=True)
    username = Username(required=False, help_text="3–30 letters, digits, underscores.")
    email = Email(required=False, help_text="Needs USER_MANAGE; counts once it is confirmed.")


class RemovalQuery(WireSerializer):
    permanent = serializers.BooleanField(default=False, help_text="Erase, with all that is theirs.")


class RemovalInput(WireSerializer):
    reason = Reason(required=False, allow_blank=True)
    confirm_email = Email(required=False, help_text="With `permanent`: the account's address.")


class ErasureInput(WireSerializer):
    """The same where it is for good: both are needed."""

    reason = Reason()
    confirm_email = Email()


class AccountAnswer(WireSerializer):
    user = UserAnswer()


class PeopleViewSet(DirectoryViewSet):
    @operation(
        "Invite somebody",
        description="Makes an account with the role `user` and mails a link to choose a "
        "password, good for 7 days. Nobody can use the account without it. Also where sign-up "
        "is closed. Roles are given by `/roles/user/{userId}/assign`.",
        permission="rbac.user_create",
        body=InviteInput,
        body_example={
            "email": "ada@example.org",
            "username": "ada",
            "firstName": "Ada",
            "lastName": "Lovelace",
        },
        answer=AccountAnswer,
        example={"user": {**examples.USER, "emailVerified": False}},
        status=201,
        errors=(errors.EmailTaken, errors.UsernameTaken),
    )
    def invite(self, request: ApiRequest) -> Response:
        given = self.valid(InviteInput, request.data)
        given["language"] = given.get("language") or ""
        user = invitation.invite(**given, by=request.user, meta=RequestMeta.of(request))
        return answer({"user": user_data(user)}, _("The invitation is on its way."), status=201)

    @operation(
        "Send an invitation anew",
        description="For 7 days from now, whether the earlier one ran out or not; that one dies.",
        permission="rbac.user_create",
        errors=(*ACTING, errors.NotInvited),
    )
    def resend_invitation(self, request: ApiRequest, user_id: str) -> Response:
        invitation.resend(path_id(user_id), by=request.user, meta=RequestMeta.of(request))
        return answer(message=_("The invitation is on its way."))

    @operation(
        "Edit somebody",
        description="Names, which are told to the person. `email` needs USER_MANAGE too and runs "
        "as the person's own change does: it counts once it is confirmed from there, can be "
        "undone from the address before, and of a taken one only its owner hears. Who has not "
        "accepted their invitation gets another one at the new address at once. Who is suspended "
        "or deleted could not confirm it and keeps theirs. One's own address is changed by "
        "`/account/change-email` alone.",
        permission="rbac.user_update",
        on="user_id",
        body=EditPersonInput,
        body_example={"firstName": "Ada", "username": "ada"},
        answer=AccountAnswer,
        example=PERSON,
        errors=(*ACTING, errors.AddressFrozen, errors.EmailTaken, errors.UsernameTaken),
    )
    def edit(self, request: ApiRequest, user_id: str) -> Response:
        given = self.valid(EditPersonInput, request.data)
        if "email" in given:
            holds("rbac.user_manage", on="user_id")().has_permission(request, self)
        user = editing.update(
            path_id(user_id), given, by=request.user, meta=RequestMeta.of(request)
        )
        said = _("The account is changed.")
        if given.get("email", user.email) != user.email:
            said = _("The change is on its way; the address counts once it is confirmed.")
        return answer({"user": user_data(user)}, said)

    @operation(
        "Delete somebody",
        description="As the owner's own deletion: everything that was open ends, and for 30 days "
        "the owner can recover the account or staff restore it. With `?permanent=true` it is "
        "erased at once, whatever its state; `confirmEmail` and `reason` are needed then.",
        permission="rbac.user_delete",
        on="user_id",
        query=RemovalQuery,
        body=RemovalInput,
        body_example={"reason": "Asked for it by telephone."},
        answers={"deleted": DeletionAnswer, "erased": ErasureAnswer},
        examples={
            "deleted": {"recoveryDeadline": DEADLINE},
            "erased": {"erasureReceipt": examples.JWT},
        },
        errors=(*ACTING, errors.AlreadyDeleted, errors.PersonMismatch, LastAdmin),
    )
    def remove(self, request: ApiRequest, user_id: str) -> Response:
        person, meta = path_id(user_id), RequestMeta.of(request)
        if self.valid(RemovalQuery, request.query_params)["permanent"]:
            sure = self.valid(ErasureInput, request.data)
            receipt = removal.erase(person, **sure, by=request.user, meta=meta)
            return answer({"erasureReceipt": receipt}, _("The account is erased."))
        given = self.valid(RemovalInput, request.data)
        deadline = removal.delete(
            person, reason=given.get("reason", ""), by=request.user, meta=meta
        )
        return answer({"recoveryDeadline": wire(deadline)}, _("The account is deleted."))
