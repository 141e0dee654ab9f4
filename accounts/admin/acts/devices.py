"""Where somebody is signed in: one device signed out, or all of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts.admin.acts.base import Act
from accounts.admin.forms import SessionForm
from accounts.models import User
from accounts.selectors.person import Person
from accounts.services.staff import devices
from config.common.errors import Text
from config.common.request_meta import RequestMeta
from rbac.permissions import Permission


class SignOut(Act):
    name, label = "sign_out", _("Sign out")
    permission = Permission.USER_MANAGE
    form = SessionForm
    alone = to_oneself = True
    tab = "sessions"

    def fits(self, person: Person) -> bool:
        return bool(person.sessions)

    def to_one(self, person_id: UUID, *, by: User, meta: RequestMeta, **given: Any) -> Text:
        devices.sign_out(given["session"], of=person_id, by=by, meta=meta)
        return _("The device is signed out.")


class SignOutEverywhere(Act):
    name, label = "sign_out_everywhere", _("Sign out everywhere")
    explained = _("Every session ends, and no device is trusted any more. The password stays.")
    permission = Permission.USER_MANAGE
    asks = is_dangerous = to_oneself = True
    tab = "sessions"

    def fits(self, person: Person) -> bool:
        return bool(person.sessions)

    def to_one(self, person_id: UUID, *, by: User, meta: RequestMeta, **given: Any) -> Text:
        devices.sign_out_everywhere(person_id, by=by, meta=meta)
        return _("All devices are signed out.")
