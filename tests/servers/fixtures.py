"""What the conftests of journeys and faults take from here."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest
import redis
from psycopg import sql

from tests.benchmarks.place import at
from tests.servers.mail import MailServer
from tests.servers.process import NotHere
from tests.servers.program import Program
from tests.servers.stores import Postgres, Redis

StartProgram = Callable[..., Program]


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One instance for all tests that stop and freeze it; each finds it running."""
    try:
        server = Postgres()
    except NotHere as reason:
        pytest.skip(str(reason))
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[Redis]:
    try:
        server = Redis(tmp_path)
    except NotHere as reason:
        pytest.skip(str(reason))
    try:
        server.start()
        yield server
    finally:
        server.process.close()


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with tables, roles and first admin, to be copied: making one takes seconds."""
    folder = tmp_path_factory.mktemp("empty")
    Program(folder).bootstrap()
    return folder / "muster.sqlite3"


@pytest.fixture(scope="session")
def empty_postgres(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same as a template database; its name."""
    name = "muster_empty"
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    Program(tmp_path_factory.mktemp("empty"), database_url=postgres.url(name)).bootstrap()
    return name


@pytest.fixture
def on_sqlite(
    tmp_path: Path, mail_server: MailServer, empty_sqlite: Path
) -> Iterator[StartProgram]:
    """`on_sqlite(RATE_LIMIT_AUTH="10/m")`: the program, not started yet, on a file of its own."""
    with ExitStack() as stack:

        def prepare(**settings: str) -> Program:
            shutil.copy(empty_sqlite, tmp_path / "muster.sqlite3")
            program = Program(tmp_path, **{"EMAIL_URL": mail_server.url, **settings})
            stack.callback(program.close)
            return program

        yield prepare


@pytest.fixture
def on_postgres(
    tmp_path: Path, mail_server: MailServer, postgres: Postgres, empty_postgres: str
) -> Iterator[StartProgram]:
    """The same on the instance of PostgreSQL that is the tests' own."""
    with ExitStack() as stack:

        def prepare(**settings: str) -> Program:
            name = f"muster_{secrets.token_hex(4)}"
            with psycopg.connect(postgres.url(), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name} TEMPLATE {empty_postgres}")
            url = postgres.url(name)
            program = Program(
                tmp_path, database_url=url, **{"EMAIL_URL": mail_server.url, **settings}
            )
            stack.callback(program.close)
            return program

        yield prepare


@pytest.fixture(params=["sqlite", "postgresql"])
def on_either(request: pytest.FixtureRequest) -> StartProgram:
    """Once on SQLite, once on PostgreSQL where there is one."""
    name = "on_sqlite" if request.param == "sqlite" else "on_postgres"
    prepare: StartProgram = request.getfixturevalue(name)
    return prepare


@pytest.fixture
def as_configured(tmp_path: Path, mail_server: MailServer, empty_sqlite: Path) -> Iterator[Program]:
    """On the kind of database and cache that the suite runs on, in a place of the test's own."""
    database, cache = os.environ.get("DATABASE_URL", ""), os.environ.get("REDIS_URL", "")
    prefix = f"{os.environ.get('REDIS_KEY_PREFIX') or 'muster'}:journey:{secrets.token_hex(4)}"
    with ExitStack() as stack:
        settings = {"EMAIL_URL": mail_server.url}
        if cache:
            settings |= {"REDIS_URL": cache, "REDIS_KEY_PREFIX": prefix}
            stack.callback(_forget, cache, prefix)
        if database.startswith("postgres"):
            url = stack.enter_context(_own_database(database))
            program = Program(tmp_path, database_url=url, **settings)
            program.bootstrap()
        else:
            shutil.copy(empty_sqlite, tmp_path / "muster.sqlite3")
            program = Program(tmp_path, **settings)
        stack.callback(program.close)
        yield program


@contextmanager
def _own_database(url: str) -> Iterator[str]:
    """The URL of a new database on the same server, which goes when the test ends."""
    name = sql.Identifier(own := f"muster_journey_{secrets.token_hex(4)}")
    # The one that is always there: the URL's own may not be.
    door = at(url, database="postgres")
    with psycopg.connect(door, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
    try:
        yield at(url, database=own)
    finally:
        with psycopg.connect(door, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def _forget(url: str, prefix: str) -> None:
    store = redis.Redis.from_url(url)
    for key in store.scan_iter(match=f"{prefix}*", count=1000):
        store.unlink(key)
    store.close()
