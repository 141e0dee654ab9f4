"""Where a person is signed in."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _

from accounts.models import Session, User
from accounts.models.session import Kind, SessionQuerySet
from config.common.keyset import Order, keys

NEWEST: Final[Order] = keys("-created_at", "-id")


def live_of(user: User) -> SessionQuerySet:
    """The person's live sessions, those that staff hold in their name among them."""
    return Session.objects.live().filter(user=user.pk).select_related("impersonator")


def label_of(session: Session) -> str:
    """What the person sees it called: `Firefox on Linux`, or who is acting as them.

    Of an impersonation they see the admin's name, never the admin's device.
    """
    if session.kind != Kind.IMPERSONATION or session.impersonator is None:
        return session.device_name
    name = session.impersonator.get_full_name() or session.impersonator.username
    return _("Impersonation by %(name)s") % {"name": name}
