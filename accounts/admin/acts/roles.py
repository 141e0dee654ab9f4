"""Roles given and taken away, and permissions on single people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts.admin.acts.base import SOME, Act
from accounts.admin.forms import AssignForm, GrantForm, RevokeForm, RoleForm
from accounts.models import User
from config.common.errors import Text
from config.common.request_meta import RequestMeta
from rbac import selectors
from rbac.permissions import Permission
from rbac.services import assignments, bulk, grants
from rbac.services.bulk import Outcome


class AssignRole(Act):
    name, label = "assign_role", _("Give a role")
    permission = Permission.ROLE_ASSIGN
    form = AssignForm
    asks = to_oneself = True
    tab = "roles"

    def to_one(self, person_id: UUID, *, by: User, meta: RequestMeta, **given: Any) -> Text:
        person = selectors.person(person_id)
        assignments.assign(person, given.pop("role"), by=by, meta=meta, **given)
        return _("The role is assigned.")

    def to_many(self, ids: Iterable[UUID], *, by: User, meta: RequestMeta, **given: Any) -> Outcome:
        if given["expires_at"]:
            # The call for many knows no end.
            return super().to_many(ids, by=by, meta=meta, **given)
        return bulk.assign(ids, given["role"], by=by, meta=meta)

    def most(self, form: Any = None) -> int:
        has_end = form is not None and form.is_valid() and form.cleaned_data["expires_at"]
        return SOME if has_end else super().most(form)


class RemoveRole(Act):
    name, label = "remove_role", _("Take a role away")
    explained = _("It counts for nothing from the next request on. The person is told.")
    permission = Permission.ROLE_ASSIGN
    form = RoleForm
    asks = is_dangerous = to_oneself = True
    tab = "roles"

    def to_one(self, person_id: UUID, *, by: User, meta: RequestMeta, **given: Any) -> Text:
        assignments.remove(selectors.person(person_id), given["role"], by=by, meta=meta)
        return _("The role is taken away.")

    def to_many(self, ids: Iterable[UUID], *, by: User, meta: RequestMeta, **given: Any) -> Outcome:
        return bulk.remove(ids, given["role"], by=by, meta=meta)


class Grant(Act):
    name, label = "grant", _("Grant a permission on one person")
    permission = Permission.ROLE_ASSIGN
    form = GrantForm
    alone = asks = fresh = to_oneself = True
    tab = "roles"

    def to_one(self, person_id: UUID, *, by: User, meta: RequestMeta, **given: Any) -> Text:
        person = selectors.person(person_id)
        grants.grant(person, given["permission"], on=given["on"].pk, by=by, meta=meta)
        return _("The permission is granted.")


class Revoke(Act):
    name, label = "revoke", _("Take back")
    permission = Permission.ROLE_ASSIGN
    form = RevokeForm
    alone = fresh = to_oneself = True
    tab = "roles"

    def to_one(self, person_id: UUID, *, by: User, meta: RequestMeta, **given: Any) -> Text:
        grants.revoke(selectors.person(person_id), given["grant"], by=by, meta=meta)
        return _("The permission is taken back.")
