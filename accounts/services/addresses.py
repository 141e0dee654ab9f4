"""Whose an email address is: in use, or kept for whoever gave it up lately."""

from __future__ import annotations

from accounts.models import Purpose, User
from accounts.models.user import canonical_email
from accounts.services import one_time


def is_free(address: str, *, asker: User | None = None) -> bool:
    """May a new account, or the asker's, have this address? Two statements, whatever the answer.

    An address is kept for the account that changed away from it while its undo link works: a
    thief who changed it could otherwise sign up with the old one, and the way back was closed.
    """
    email = canonical_email(address)
    users = User.objects.filter(email=email)
    kept = one_time.outstanding(Purpose.UNDO_EMAIL, binding=email)
    if asker is not None:
        users, kept = users.exclude(pk=asker.pk), kept.exclude(user=asker)
    in_use, is_kept = users.exists(), kept.exists()
    return not (in_use or is_kept)
