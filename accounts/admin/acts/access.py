"""Who may come in: suspended and let in again, brought back, confirmed, unlocked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts.admin.acts.base import Act
from accounts.admin.forms import ToldReasonForm
from accounts.models import User
from accounts.selectors.person import Person
from accounts.services.staff import access, bulk
from config.common.errors import Text
from config.common.request_meta import RequestMeta
from rbac.permissions import Permission
from rbac.services.bulk import Outcome


class Suspend(Act):
    name, label = "suspend", _("Suspend")
    explained = _("Nobody comes in until staff lift it, and everything that was open ends.")
    permission = Permission.USER_MANAGE
    form = ToldReasonForm
    asks = is_dangerous = ends_admin = True

    def fits(self, person: Person) -> bool:
        return person.user.suspended_at is None

    def to_one(self, person_id: UUID, *, by: User, meta: RequestMeta, **given: Any) -> Text:
        access.suspend(person_id, by=by, meta=meta, **given)
        return _("The account is suspended.")

    def to_many(self, ids: Iterable[UUID], *, by: User, meta: RequestMeta, **given: Any) -> Outcome:
        return bulk.suspend(ids, by=by, meta=meta, **given)


class Reactivate(Act):
    name, label = "reactivate", _("Let in again")
    permission = Permission.USER_MANAGE

    def fits(self, person: Person) -> bool:
        return bool(person.user.suspended_at or person.user.deactivated_at)

    def to_one(self, person_id: UUID, *, by: User, meta: RequestMeta, **given: Any) -> Text:
        access.reactivate(person_id, by=by, meta=meta)
        return _("The account is open again.")

    def to_many(self, ids: Iterable[UUID], *, by: User, meta: RequestMeta, **given: Any) -> Outcome:
        return bulk.reactivate(ids, by=by, meta=meta)


class Restore(Act):
    name, label = "restore", _("Restore")
    permission = Permission.USER_MANAGE

    def fits(self, person: Person) -> bool:
        return person.user.deleted_at is not None

    def to_one(self, person_id: UUID, *, by: User, meta: RequestMeta, **given: Any) -> Text:
        access.restore(person_id, by=by, meta=meta)
        return _("The account is restored.")


class VerifyEmail(Act):
    name, label = "verify_email", _("Confirm the address")
    permission = Permission.USER_MANAGE

    def fits(self, person: Person) -> bool:
        return not person.user.email_verified

    def to_one(self, person_id: UUID, *, by: User, meta: RequestMeta, **given: Any) -> Text:
        access.verify_email(person_id, by=by, meta=meta)
        return _("The address is confirmed.")


class Unlock(Act):
    name, label = "unlock", _("Unlock")
    permission = Permission.USER_MANAGE

    def fits(self, person: Person) -> bool:
        lock = person.lock
        counted = lock and (lock.failures or lock.code_failures)
        return bool(person.networks or person.is_locked or counted)

    def to_one(self, person_id: UUID, *, by: User, meta: RequestMeta, **given: Any) -> Text:
        lifted = access.unlock(person_id, by=by, meta=meta)
        return _("The account is unlocked.") if lifted else _("The account was not locked.")
