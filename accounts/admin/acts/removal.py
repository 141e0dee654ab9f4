"""Somebody's account deleted for thirty days, or erased for good."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts.admin.acts.base import Act
from accounts.admin.forms import EraseForm, ReasonForm
from accounts.models import User
from accounts.selectors.person import Person
from accounts.services.staff import removal
from config.common.errors import Text
from config.common.request_meta import RequestMeta
from rbac.permissions import Permission


class Delete(Act):
    name, label = "delete", _("Delete")
    explained = _(
        "Everything that was open ends. For 30 days the owner can recover the account and staff "
        "can restore it; then it is erased."
    )
    permission = Permission.USER_DELETE
    form = ReasonForm
    asks = is_dangerous = ends_admin = True

    def fits(self, person: Person) -> bool:
        return person.user.deleted_at is None

    def to_one(self, person_id: UUID, *, by: User, meta: RequestMeta, **given: Any) -> Text:
        removal.delete(person_id, by=by, meta=meta, **given)
        return _("The account is deleted.")


class Erase(Act):
    """Its words are the receipt: there is nobody left on whose page it could stand."""

    name, label = "erase", _("Erase for good")
    explained = _(
        "Gone at once, with all that is theirs. Nobody can bring it back. What the audit log "
        "holds of them stays, without anything personal."
    )
    permission = Permission.USER_DELETE
    form = EraseForm
    alone = asks = is_dangerous = ends_admin = True

    def to_one(self, person_id: UUID, *, by: User, meta: RequestMeta, **given: Any) -> Text:
        return removal.erase(person_id, by=by, meta=meta, **given)
