"""Where a person is signed in."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.models import Session, User
from accounts.models.session import Kind, SessionQuerySet
from config.common.errors import NotFound
from config.common.keyset import Order, keys

NEWEST: Final[Order] = keys("-created_at", "-id")


def live_of(user: User) -> SessionQuerySet:
    """The person's live sessions, those that staff hold in their name among them."""
    return Session.objects.live().filter(user=user.pk).select_related("impersonator")


def live_of_person(user_id: UUID) -> SessionQuerySet:
    """The same for staff, who name anybody. Raises NotFound."""
    person = User.objects.only("pk").filter(pk=user_id).first()
    if person is None:
        raise NotFound
    return live_of(person)


def label_of(session: Session) -> str:
    """What the person sees it called: `Firefox on Linux`, or who is acting as them.

    Of an impersonation they see the admin's name, never the admin's device.
    """
    if session.kind != Kind.IMPERSONATION or session.impersonator is None:
        return session.device_name
    name = session.impersonator.get_full_name() or session.impersonator.username
    return _("Impersonation by %(name)s") % {"name": name}
