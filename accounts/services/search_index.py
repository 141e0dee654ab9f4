"""SQLite's trigram index for the staff search, kept in step by triggers.

PostgreSQL has a GIN index, which a migration makes. Here it is a full-text table, which Django
does not know: its triggers hang on the table of users, and whatever remakes that table (SQLite
changes a column in no other way) drops them. So all of it is looked after when migrations ended.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.db import connection, transaction

from accounts.models import User
from accounts.models.user import SEARCH_TABLE, SEARCH_TERMS, SEPARATOR

STEP: Final = 1000
TABLE: Final = SEARCH_TABLE
ROWS: Final = f"{TABLE}_row"  # user -> row of the full-text table, whose own columns have no index
# Two more separators at the end, so that the last letter begins a trigram as well.
_ENDED: Final = f"search_text || char({ord(SEPARATOR)}, {ord(SEPARATOR)})"
_TABLES: Final = (
    f"""CREATE VIRTUAL TABLE IF NOT EXISTS {TABLE} USING fts5(
        search_text, user_id UNINDEXED, tokenize='trigram case_sensitive 1')""",
    f"CREATE VIRTUAL TABLE IF NOT EXISTS {SEARCH_TERMS} USING fts5vocab({TABLE}, 'instance')",
    f"""CREATE TABLE IF NOT EXISTS {ROWS} (
        user_id char(32) PRIMARY KEY, row integer NOT NULL) WITHOUT ROWID""",
)
# Word for word as SQLite keeps them.
_TRIGGERS: Final = {
    f"{TABLE}_insert": f"""CREATE TRIGGER {TABLE}_insert AFTER INSERT ON accounts_user BEGIN
        INSERT INTO {TABLE} (search_text, user_id) VALUES (new.{_ENDED}, new.id);
        INSERT INTO {ROWS} VALUES (new.id, last_insert_rowid());
    END""",  # noqa: S608  names of our own, here and below
    f"{TABLE}_update": f"""CREATE TRIGGER {TABLE}_update
    AFTER UPDATE OF search_text ON accounts_user WHEN old.search_text IS NOT new.search_text BEGIN
        UPDATE {TABLE} SET search_text = new.{_ENDED}
            WHERE rowid = (SELECT row FROM {ROWS} WHERE user_id = new.id);
    END""",  # noqa: S608
    f"{TABLE}_delete": f"""CREATE TRIGGER {TABLE}_delete AFTER DELETE ON accounts_user BEGIN
        DELETE FROM {TABLE} WHERE rowid = (SELECT row FROM {ROWS} WHERE user_id = old.id);
        DELETE FROM {ROWS} WHERE user_id = old.id;
    END""",  # noqa: S608
}


def ensure() -> None:
    """Make what is missing, and fill it anew where triggers were away or did something else.

    Nothing on PostgreSQL.
    """
    if connection.vendor != "sqlite":
        return
    with transaction.atomic(), connection.cursor() as cursor:
        for definition in _TABLES:
            cursor.execute(definition)
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        kept = dict(cursor.fetchall())
        stale = [name for name, definition in _TRIGGERS.items() if kept.get(name) != definition]
        for name in stale:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
            cursor.execute(_TRIGGERS[name])
        if stale:
            _fill()


def rebuild(*, said: Callable[[int, int], None] = lambda _done, _of: None) -> int:
    """Fold every name anew, and fill SQLite's index; safe while the program runs.

    For a new way of folding, or after somebody edited the table by hand. Returns how many were
    wrong. said: called after each thousand with how many are done, and of how many.
    """
    total, done, changed = User.objects.count(), 0, 0
    last = None
    while True:
        people = User.objects.order_by("pk")
        batch = list((people.filter(pk__gt=last) if last else people)[:STEP])
        if not batch:
            break
        for user in batch:
            before = user.search_text
            names = {"email": user.email, "username": user.username}
            user.set_identity(**names, first_name=user.first_name, last_name=user.last_name)
            if user.search_text != before:
                # Only what is still as it was read: whoever renames somebody now writes it too.
                changed += User.objects.filter(pk=user.pk, search_text=before, **names).update(
                    search_text=user.search_text
                )
        last = batch[-1].pk
        done += len(batch)
        said(done, max(total, done))
    if connection.vendor == "sqlite":
        with transaction.atomic():
            _fill()
    return changed


def _fill() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {TABLE}")  # noqa: S608  names of our own
        cursor.execute(f"DELETE FROM {ROWS}")  # noqa: S608
        cursor.execute(
            f"INSERT INTO {TABLE} (search_text, user_id)"  # noqa: S608
            f" SELECT {_ENDED}, id FROM accounts_user"
        )
        cursor.execute(f"INSERT INTO {ROWS} SELECT user_id, rowid FROM {TABLE}")  # noqa: S608
