"""What erasure has to do here besides deleting the person's own rows."""

from __future__ import annotations

from uuid import UUID

from rbac import selectors


def remove_grants_on(user_id: UUID) -> int:
    """Permissions that others hold on this person alone; how many there were.

    They name the person in a text column, so no foreign key would take them along.
    """
    deleted, _ = selectors.grants_on(user_id).delete()
    return deleted
