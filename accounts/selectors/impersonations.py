"""May staff still act in somebody's place? Asked at every request that does, and at no other.

SQL text, as the query of every request is (see `principals.py`): compiling it anew costs the ORM
many times what the database needs to answer it. Tests hold it against the models.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone

from audit.kinds import Action
from audit.models import AuditEntry, details_of
from rbac.permissions import GRANTABLE, Permission

_GIVES: Final = """
    SELECT 1 FROM rbac_roleassignment a
    JOIN rbac_role_permissions r ON r.role_id = a.role_id
    WHERE a.user_id = {whom} AND (a.expires_at IS NULL OR a.expires_at > %(now)s)
        AND r.permission_id = p.id"""
_OURS: Final = """
    SELECT 1 FROM auth_permission p
    JOIN django_content_type c ON c.id = p.content_type_id AND c.app_label = 'rbac'"""
_ADMIN: Final = _GIVES.format(whom="s.impersonator_id")
_PERSON: Final = _GIVES.format(whom="s.user_id")
# On one person alone the permissions are rows of the user model's, of the same codenames.
_GRANTS: Final = f"""
    SELECT 1 FROM rbac_persongrant g JOIN auth_permission named ON named.id = g.permission_id
    WHERE g.user_id = s.user_id
        AND named.codename IN ({", ".join(f"'{one.value}'" for one in GRANTABLE)})
        AND NOT EXISTS ({_OURS} WHERE p.codename = named.codename AND EXISTS ({_ADMIN}))
        AND NOT EXISTS (
            SELECT 1 FROM rbac_persongrant same
            WHERE same.user_id = s.impersonator_id AND same.permission_id = g.permission_id
                AND same.object_pk = g.object_pk)
"""  # noqa: S608  names of our own
# The conditions on `own` are those of `Session.objects.live()`.
_STANDS: Final = f"""
SELECT 1 FROM accounts_session s
JOIN accounts_session own ON own.id = s.opened_from_id AND own.user_id = s.impersonator_id
JOIN accounts_user u ON u.id = own.user_id
WHERE s.id = %(id)s AND own.impersonator_id IS NULL
    AND own.revoked_at IS NULL AND own.expires_at > %(now)s
    AND (own.kind <> 'api' OR own.rotated_at > %(oldest)s)
    AND u.sessions_valid_from <= own.created_at AND u.suspended_at IS NULL
    AND u.deactivated_at IS NULL AND u.deleted_at IS NULL AND u.invited_at IS NULL
    AND EXISTS ({_OURS} WHERE p.codename = '{Permission.ADMIN_ACCESS.value}' AND EXISTS ({_ADMIN}))
    AND NOT EXISTS ({_OURS} WHERE EXISTS ({_PERSON}) AND NOT EXISTS ({_ADMIN}))
    AND NOT EXISTS ({_GRANTS})
"""  # noqa: S608  names of our own


def stands(session_id: UUID) -> bool:
    """Does what an impersonation was opened on still hold? One statement.

    The admin's own session is live (and so the admin active and not signed out since), they still
    hold ADMIN_ACCESS, and the person holds nothing that they lack, on one person alone neither.
    Whether the impersonation itself is live is what every request asks of its own session.
    """
    now = timezone.now()
    given: dict[str, Any] = {"now": now, "oldest": now - settings.JWT_REFRESH_EXPIRY}
    if connection.vendor == "postgresql":
        given["id"] = session_id
    else:
        given = {name: connection.ops.adapt_datetimefield_value(at) for name, at in given.items()}
        given["id"] = session_id.hex
    with connection.cursor() as cursor:
        cursor.execute(_STANDS, given)
        return cursor.fetchone() is not None


def reason_of(session_id: UUID) -> str:
    """What the staff gave for it. It stands in the log alone, where erasure finds it."""
    begun = AuditEntry.objects.filter(
        resource_id=str(session_id), action=Action.ADMIN_IMPERSONATION_STARTED
    )
    found = begun.order_by("timestamp", "pk").first()
    return str(details_of(found.details).get("reason", "")) if found else ""
