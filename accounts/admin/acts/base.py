"""What staff can do to somebody: one class each, with its permission, form, words and service."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Final
from uuid import UUID

from django import forms

from accounts.admin.forms import ActForm
from accounts.models import User
from accounts.selectors.person import Person
from config.common.errors import DomainError, SessionRevoked, Text
from config.common.request_meta import RequestMeta
from rbac.permissions import Permission
from rbac.services.bulk import MOST, Outcome, distinct

SOME: Final = 100  # people at most, where each of them is a call of its own


class Act:
    """One thing to do.

    permission: needed for it, on the person or in general. on_person: opened by a grant on that
    person alone too. alone: is never done to many at once. asks: is confirmed on a page of its
    own; fresh: wants a session that proved itself lately. ends_admin: not for the last admin.
    to_oneself: may be done to oneself. tab: where on a person's page it stands.
    """

    name: ClassVar[str]
    label: ClassVar[Text]
    explained: ClassVar[Text] = ""
    permission: ClassVar[Permission]
    form: ClassVar[type[ActForm]] = ActForm
    on_person: ClassVar[bool] = True
    alone: ClassVar[bool] = False
    asks: ClassVar[bool] = False
    fresh: ClassVar[bool] = False
    is_dangerous: ClassVar[bool] = False
    ends_admin: ClassVar[bool] = False
    to_oneself: ClassVar[bool] = False
    tab: ClassVar[str] = ""

    def fits(self, person: Person) -> bool:
        """Is there anything to do?"""
        return True

    def to_one(self, person_id: UUID, *, by: User, meta: RequestMeta, **given: Any) -> Text:
        """Do it; what to say then. Raises DomainError."""
        raise NotImplementedError

    def to_many(self, ids: Iterable[UUID], *, by: User, meta: RequestMeta, **given: Any) -> Outcome:
        """Do it to each who may be changed; the others are named with the reason."""
        outcome = Outcome()
        for one in distinct(ids):
            try:
                self.to_one(one, by=by, meta=meta, **given)
            except SessionRevoked:
                raise
            except DomainError as error:
                outcome.refused[one] = type(error)
            else:
                outcome.changed.append(one)
        return outcome

    def most(self, form: forms.Form | None = None) -> int:
        """How many people at once; form: filled in, where it depends on what is asked."""
        if self.alone:
            return 1
        return MOST if type(self).to_many is not Act.to_many else SOME
