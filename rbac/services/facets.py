"""What state the holders of a role are in, carried by the assignment; the database keeps it.

`User.facet` changes with half a dozen columns, from many places and by hand: triggers miss none of
them. PostgreSQL's come with a migration. SQLite drops a trigger with its table, and remakes a table
to change it, so there they are looked after when migrations ended.
"""

from __future__ import annotations

from typing import Final

from django.db import connection, transaction

_COPY: Final = """
    UPDATE rbac_roleassignment SET user_facet = accounts_user.facet FROM accounts_user
    WHERE accounts_user.id = rbac_roleassignment.user_id AND user_facet <> accounts_user.facet
"""
_SQLITE: Final = {
    "facet_of_holder": """
    CREATE TRIGGER facet_of_holder AFTER INSERT ON rbac_roleassignment BEGIN
        UPDATE rbac_roleassignment SET user_facet = coalesce(
            (SELECT facet FROM accounts_user WHERE id = new.user_id), user_facet)
        WHERE id = new.id;
    END""",
    "facet_to_roles": """
    CREATE TRIGGER facet_to_roles AFTER UPDATE ON accounts_user
    WHEN old.facet IS NOT new.facet BEGIN
        UPDATE rbac_roleassignment SET user_facet = new.facet WHERE user_id = new.id;
    END""",
}


def ensure() -> None:
    """Make the triggers that are missing, and carry over anew. Nothing on PostgreSQL."""
    if connection.vendor != "sqlite":
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        missing = _SQLITE.keys() - {name for (name,) in cursor.fetchall()}
        for name in missing:
            cursor.execute(_SQLITE[name])
        if missing:
            cursor.execute(_COPY)
