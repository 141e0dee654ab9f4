"""Where a run takes place: a filled database, the servers in front of it, and what is in it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg import sql

from config.settings.keys import private_pem
from tests.benchmarks.place import REPOSITORY, CannotMeasure, Place, _forget, at, free_port
from tests.benchmarks.processes import Running, Server, run, running
from tests.benchmarks.scale.crowd import Size
from tests.benchmarks.scale.fill import EDITION
from tests.benchmarks.subjects import SECRETS, Subjects

KEPT: Final = "muster_scale"
# A kept database's people were deleted "within 30 days": later they are the purge's.
FRESH_SECONDS: Final = 20 * 86_400


@dataclass(frozen=True)
class Stage:
    """A database and the servers that can be started in front of it.

    marker: what the filler wrote down when it was done; `now` in it is the rows' present.
    """

    subjects: Subjects
    admin_url: str
    marker: dict[str, Any]

    @property
    def place(self) -> Place:
        return self.subjects.place

    @property
    def env(self) -> dict[str, str]:
        return self.subjects.muster_env()

    @contextmanager
    def muster(self, name: str = "muster", *, database_url: str | None = None) -> Iterator[Running]:
        """The program as shipped."""
        with running(self.subjects.muster(name, database_url=database_url), self.folder) as up:
            yield up

    @contextmanager
    def original(self) -> Iterator[Running]:
        """The original's way, on the same rows."""
        port = free_port()
        server = Server(
            name="original",
            command=[sys.executable, "-m", "tests.benchmarks.scale.original", str(port), "2"],
            env={**self.env, "BENCH_ORIGINAL": "1"},
            port=port,
            probe="/",
        )
        with running(server, self.folder) as up:
            yield up

    @property
    def folder(self) -> Path:
        return self.place.folder

    def token(self, number: int = 0) -> str:
        """Of the first admin, or of PROLIFIC (1)."""
        return self.place.lines("access.txt")[number]

    def manage(self, *arguments: str) -> None:
        """A command of the program, which must succeed."""
        run([sys.executable, "manage.py", *arguments], self.env, self.folder / "manage.log")

    def module(self, name: str, *arguments: str) -> None:
        """A module of this package as a program, with the server's settings."""
        command = [sys.executable, "-m", f"tests.benchmarks.scale.{name}", *arguments]
        run(command, self.env, self.folder / f"{name}.log")

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Straight from PostgreSQL."""
        with psycopg.connect(self.place.database_url, autocommit=True) as connection:
            connection.execute("SET TIME ZONE 'UTC'")
            return connection.execute(query.encode(), values or None).fetchall()

    @contextmanager
    def copy(self) -> Iterator[Stage]:
        """Another database with the same rows; nobody may be connected to this one meanwhile."""
        name = f"{database_of(self.place.database_url)}_copy_{os.getpid()}"
        execute(self.admin_url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        source = database_of(self.place.database_url)
        execute(self.admin_url, f"CREATE DATABASE {name} TEMPLATE {source}")
        try:
            place = Place(
                at(self.admin_url, database=name),
                "",
                self.place.redis_url,
                self.place.redis_prefix,
                self.folder,
            )
            yield Stage(Subjects(place, self.subjects.secret), self.admin_url, self.marker)
        finally:
            execute(self.admin_url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@contextmanager
def staged(
    admin_url: str, redis_url: str, size: Size, *, database: str, keep: bool, marked: bool = False
) -> Iterator[Stage]:
    """The filled database: made, or found as it was kept; gone afterwards unless it is kept.

    marked: entries carry the marks that the program would have given them, and wait to be sealed;
    else they are sealed and taken over, as after an upgrade.
    """
    marker = marker_of(admin_url, database)
    if not (keep and fits(marker, size)):
        execute(admin_url, f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        execute(admin_url, f"CREATE DATABASE {database}")
        marker = None
    with tempfile.TemporaryDirectory(prefix="muster-scale-") as folder:
        place = Place(at(admin_url, database=database), "", redis_url, f"{database}:", Path(folder))
        subjects = Subjects(place, secrets_of(database))
        _keep_key(Path(folder), database)
        try:
            _fill(subjects, size, anew=marker is None, marked=marked)
            marker = marker or marker_of(admin_url, database)
            if marker is None:
                raise CannotMeasure(f"Filling {database} did not come to its end.")
            stage = Stage(subjects, admin_url, marker)
            if not marked:
                print("Sealing the log …", file=sys.stderr)
                stage.manage("audit_seal", "--adopt")
            stage.module("staff", folder)
            yield stage
        finally:
            if not keep:
                execute(admin_url, f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
            import redis

            _forget(redis.Redis.from_url(redis_url), place.redis_prefix)


def _fill(subjects: Subjects, size: Size, *, anew: bool, marked: bool) -> None:
    """Migrations in any case: the program may have moved on since."""
    env, log = subjects.muster_env(), subjects.place.folder / "fill.log"
    run([sys.executable, "manage.py", "migrate", "--verbosity=0"], env, log)
    if not anew:
        # A migration may have made an index or statistics that nothing is known about yet, and the
        # last run left rows that autovacuum would have looked after by now.
        with psycopg.connect(subjects.place.database_url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
        return
    command = [sys.executable, "-m", "tests.benchmarks.scale.fill"]
    command += [f"--users={size.users}", f"--sessions={size.sessions}"]
    command += [f"--entries={size.entries}", *(["--marked"] if marked else [])]
    import subprocess

    # It shows how far it is, so it speaks to whoever watches.
    if subprocess.run(command, cwd=REPOSITORY, env=env, check=False).returncode:
        raise CannotMeasure("Filling failed.")


def fits(marker: dict[str, Any] | None, size: Size) -> bool:
    """Is what was kept what is asked for, and young enough?"""
    import time

    return (
        marker is not None
        and marker["edition"] == EDITION
        and Size(marker["users"], marker["sessions"], marker["entries"]) == size
        and time.time() - marker["now"] < FRESH_SECONDS
    )


def marker_of(admin_url: str, database: str) -> dict[str, Any] | None:
    query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
    with psycopg.connect(admin_url, autocommit=True, connect_timeout=5) as connection:
        row = connection.execute(query, [database]).fetchone()
    return json.loads(row[0]) if row and row[0] else None


def execute(admin_url: str, statement: str) -> None:
    with psycopg.connect(admin_url, autocommit=True, connect_timeout=5) as connection:
        connection.execute(sql.SQL(statement))


def database_of(url: str) -> str:
    return url.rpartition("/")[2].partition("?")[0]


def secrets_of(database: str) -> dict[str, str]:
    """From the name alone: seals and marks of a kept database have to hold in the next run."""
    return {name: _derived(database, name) for name in SECRETS}


def _derived(*parts: str) -> str:
    digest = hashlib.sha256("/".join(["bench-scale", *parts]).encode()).digest()
    return base64.urlsafe_b64encode(digest + digest[::-1]).decode()


def _keep_key(folder: Path, database: str) -> None:
    seed = hashlib.sha256(f"bench-scale/{database}/audit".encode()).digest()
    path = folder / "audit_signing.pem"
    path.touch(mode=0o600)
    path.write_text(private_pem(Ed25519PrivateKey.from_private_bytes(seed)))
