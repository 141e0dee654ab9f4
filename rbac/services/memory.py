"""What the backends remember on a user object, so that a request asks once.

Whoever loads a user together with their permissions may set it; whoever changes them forgets it.
"""

from __future__ import annotations

from typing import Final

ROLE_PERMISSIONS: Final = "_role_permissions"  # frozenset of "rbac.user_read"
PERSON_GRANTS: Final = "_person_grants"  # person's key -> frozenset of "rbac.user_manage"


def forget(user: object) -> None:
    """The next question goes to the database again."""
    for name in (ROLE_PERMISSIONS, PERSON_GRANTS):
        vars(user).pop(name, None)
