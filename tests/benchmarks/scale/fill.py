"""Fills whichever database the settings name. `python -m tests.benchmarks.scale.fill --help`.

Two processes make and send the rows in chunks; each chunk is one transaction. On PostgreSQL they
go by COPY into tables without indexes, which are built afterwards.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Final

import django

from tests.benchmarks.scale.crowd import Crowd, Size
from tests.benchmarks.scale.progress import Bar

CHUNK: Final = 50_000
# Changes whenever the same arguments would give other rows.
EDITION: Final = 2
CUSTOM_ROLES: Final = {
    "founders": ("Signed up in the first year", ()),
    "editors": ("Spread among everybody", ("user_read",)),
    "archivists": ("Fifteen people of the first days", ("audit_read",)),
}


@dataclass(frozen=True)
class Chunk:
    """Numbers start … stop of what `kind` names."""

    kind: str
    start: int
    stop: int


@dataclass
class Filling:
    """What every process needs to know; forked, so it is held in memory once."""

    crowd: Crowd
    roles: dict[str, str]
    staff_hash: str
    is_marked: bool = False

    def write(self, chunk: Chunk) -> int:
        """Make one chunk of rows and store it."""
        table, rows = self.kinds()[chunk.kind]
        return table.write(rows(self.crowd, chunk.start, chunk.stop))

    def kinds(self) -> dict[str, tuple[Any, Any]]:
        """The table of each kind, and who makes its rows."""
        from accounts.models import AccountLock, Profile, Session, User
        from audit.models import AuditEntry
        from rbac.models import RoleAssignment
        from tests.benchmarks.scale import happenings, people
        from tests.benchmarks.scale.tables import Table

        return {
            "users": (
                Table(User, people.USER),
                partial(people.users, staff_hash=self.staff_hash),
            ),
            "profiles": (Table(Profile, people.PROFILE), people.profiles),
            "assignments": (
                Table(RoleAssignment, people.ASSIGNMENT),
                partial(people.assignments, roles=self.roles),
            ),
            "locks": (Table(AccountLock, people.LOCK), people.locks),
            "sessions": (Table(Session, people.SESSION), people.sessions),
            "entries": (
                Table(AuditEntry, happenings.MARKED if self.is_marked else happenings.ENTRY),
                partial(
                    happenings.marked if self.is_marked else happenings.entries, roles=self.roles
                ),
            ),
        }

    def chunks(self) -> Iterator[Chunk]:
        """All the work, in the order in which it may go. Locks are few, and come from everybody."""
        size = self.crowd.size
        totals = {
            "users": size.users,
            "profiles": size.users,
            "assignments": size.users,
            "sessions": size.sessions,
            "entries": size.entries,
        }
        for kind, total in totals.items():
            for start in range(0, total, CHUNK):
                yield Chunk(kind, start, min(total, start + CHUNK))
        yield Chunk("locks", 0, size.users)


def fill(size: Size, *, processes: int = 2, is_marked: bool = False) -> Filling:
    """Make everything. The tables are there and hold no people yet.

    processes: one writes everything itself, which SQLite needs. is_marked: entries carry the marks
    that the program would have given them (PostgreSQL alone; it takes three times as long).
    """
    from django.contrib.auth.hashers import make_password
    from django.db import connection

    from tests.benchmarks.scale.people import PASSWORD
    from tests.benchmarks.scale.tables import unindexed

    crowd = Crowd(size, float(int(time.time())))
    filling = Filling(crowd, _roles(), make_password(PASSWORD), is_marked)
    tables = [table for table, _ in filling.kinds().values()]
    bar = Bar("indexes", 0)
    with unindexed(tables, bar.say):
        _write_all(filling, processes)
        bar.begun = time.monotonic()
    bar.end()
    _set_sequences(tables)
    _count_holders()
    if not connection.in_atomic_block:
        _settle()
    return filling


def _write_all(filling: Filling, processes: int) -> None:
    from django.db import connection

    chunks = list(filling.chunks())
    bar = Bar("rows", sum(chunk.stop - chunk.start for chunk in chunks if chunk.kind != "locks"))
    if processes == 1:
        for chunk in chunks:
            filling.write(chunk)
            bar.add(chunk.stop - chunk.start)
    else:
        connection.close()
        context = multiprocessing.get_context("fork")
        with ProcessPoolExecutor(processes, context, _begin, (filling,)) as pool:
            for done in as_completed([pool.submit(_write, chunk) for chunk in chunks]):
                chunk = done.result()
                bar.add(chunk.stop - chunk.start)
    bar.end()


_filling: Filling | None = None


def _begin(filling: Filling) -> None:
    global _filling  # noqa: PLW0603  a worker process of the pool has no other place
    _filling = filling


def _write(chunk: Chunk) -> Chunk:
    if _filling is None:
        raise RuntimeError("This process was not told what to write.")
    _filling.write(chunk)
    return chunk


def _roles() -> dict[str, str]:
    """Keys of all roles, in hex, by name; the custom ones are made."""
    from django.contrib.auth.models import Permission

    from rbac.models import Role

    for name, (description, allowed) in CUSTOM_ROLES.items():
        role, _ = Role.objects.get_or_create(name=name, defaults={"description": description})
        role.permissions.set(
            Permission.objects.filter(content_type__app_label="rbac", codename__in=allowed)
        )
    return {name: key.hex for name, key in Role.objects.values_list("name", "pk")}


def _count_holders() -> None:
    """As the worker does."""
    from django.db.models import Count

    from rbac.models import Role

    for role in Role.objects.annotate(number=Count("assignments")):
        Role.objects.filter(pk=role.pk).update(holders=role.number)


def _set_sequences(tables: list[Any]) -> None:
    """Keys were given by hand."""
    from django.core.management.color import no_style
    from django.db import connection

    models = [table.model for table in tables]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)


def _settle() -> None:
    """What autovacuum would do in the middle of a timed run otherwise."""
    from django.db import connection

    bar = Bar("VACUUM and ANALYZE", 0)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET maintenance_work_mem = '1GB'")
            cursor.execute("VACUUM (ANALYZE)")
            cursor.execute("CHECKPOINT")
        else:
            cursor.execute("ANALYZE")
    bar.end()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=1_000_000)
    parser.add_argument("--sessions", type=int, default=2_000_000)
    parser.add_argument("--entries", type=int, default=10_000_000)
    parser.add_argument("--marked", action="store_true", help="with marks on the entries")
    options = parser.parse_args()
    django.setup()

    from django.core.management import call_command
    from django.db import connection

    size = Size(options.users, options.sessions, options.entries)
    call_command("migrate", verbosity=0)
    is_postgres = connection.vendor == "postgresql"
    filling = fill(size, processes=2 if is_postgres else 1, is_marked=options.marked)
    if is_postgres:
        remember(connection, filling.crowd)


def remember(connection: Any, crowd: Crowd) -> None:
    """Write down, on the database itself, what it holds: only a whole one says so."""
    marker = json.dumps({"edition": EDITION, "now": crowd.now, **asdict(crowd.size)})
    name = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute(f"COMMENT ON DATABASE \"{name}\" IS '{marker}'")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.chosen")
    sys.exit(main())
