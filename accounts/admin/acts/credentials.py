"""How somebody proves who they are: a password taken away or lent, a lost factor removed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts.admin.acts.base import Act
from accounts.admin.forms import NeededReasonForm, ReasonForm
from accounts.models import User
from accounts.selectors.person import Person
from accounts.services.staff import credentials, invitation
from config.common.errors import Text
from config.common.request_meta import RequestMeta
from rbac.permissions import Permission


class ResetPassword(Act):
    name, label = "reset_password", _("Reset the password")
    explained = _(
        "The old one stops working and everything that was open ends. A link to choose another "
        "one is mailed."
    )
    permission = Permission.USER_MANAGE
    form = ReasonForm
    asks = is_dangerous = True

    def fits(self, person: Person) -> bool:
        return person.user.invited_at is None

    def to_one(self, person_id: UUID, *, by: User, meta: RequestMeta, **given: Any) -> Text:
        sent = credentials.reset_password(person_id, by=by, meta=meta, **given)
        if sent:
            return _("The password is reset; a link to choose another one is on its way.")
        return _("The password is reset. No link was mailed: the account is suspended.")


class LendPassword(Act):
    """Its words are a secret: they are shown on the page that answers, and kept nowhere."""

    name, label = "lend_password", _("Give a temporary password")
    explained = _(
        "For one sign-in within the hour, which only lets the person choose their own. It is "
        "shown to you once. Everything that was open ends."
    )
    permission = Permission.USER_MANAGE
    form = NeededReasonForm
    alone = asks = fresh = is_dangerous = True

    def fits(self, person: Person) -> bool:
        return person.user.invited_at is None and not person.user.has_two_factor

    def to_one(self, person_id: UUID, *, by: User, meta: RequestMeta, **given: Any) -> Text:
        return credentials.lend_password(person_id, by=by, meta=meta, **given)


class RemoveFactor(Act):
    name, label = "remove_factor", _("Remove the second factor")
    explained = _(
        "The password alone protects the account then. Everything that was open ends, and the "
        "person is told."
    )
    permission = Permission.USER_MANAGE
    form = NeededReasonForm
    asks = is_dangerous = True
    tab = "factors"

    def fits(self, person: Person) -> bool:
        return person.user.has_two_factor

    def to_one(self, person_id: UUID, *, by: User, meta: RequestMeta, **given: Any) -> Text:
        credentials.disable_two_factor(person_id, by=by, meta=meta, **given)
        return _("The second factor is removed.")


class ResendInvitation(Act):
    name, label = "resend_invitation", _("Send the invitation anew")
    permission = Permission.USER_CREATE
    on_person = False

    def fits(self, person: Person) -> bool:
        user = person.user
        return bool(user.invited_at) and not (user.suspended_at or user.deleted_at)

    def to_one(self, person_id: UUID, *, by: User, meta: RequestMeta, **given: Any) -> Text:
        invitation.resend(person_id, by=by, meta=meta)
        return _("The invitation is on its way.")
