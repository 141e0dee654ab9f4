"""A place of the benchmark's own: databases, a key prefix, a folder; all gone when it ends."""

from __future__ import annotations

import secrets
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis
from psycopg import sql

REPOSITORY = Path(__file__).resolve().parents[2]


class CannotMeasure(Exception):
    """The benchmark cannot go on; the message says what to do."""


@dataclass(frozen=True)
class Place:
    """Where one run keeps everything it makes."""

    database_url: str
    peer_database_url: str
    redis_url: str
    redis_prefix: str
    folder: Path

    def lines(self, name: str) -> list[str]:
        """What the filling scripts have left under this name."""
        return (self.folder / name).read_text().splitlines()


@contextmanager
def prepared(database_url: str, redis_url: str) -> Iterator[Place]:
    """Make the place, and take it away again whatever happens in between."""
    name = f"muster_bench_{secrets.token_hex(4)}"
    names = [name, f"{name}_peer"]
    store = redis.Redis.from_url(redis_url)
    try:
        store.ping()
        with psycopg.connect(database_url, autocommit=True, connect_timeout=5) as connection:
            for each in names:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(each)))
    except (psycopg.Error, redis.RedisError) as error:
        _drop(database_url, names)
        raise CannotMeasure(
            f"PostgreSQL and Redis are needed (BENCH_DATABASE_URL, BENCH_REDIS_URL): {error}"
        ) from error
    try:
        with tempfile.TemporaryDirectory(prefix="muster-bench-") as folder:
            yield Place(
                database_url=at(database_url, database=names[0]),
                peer_database_url=at(database_url, database=names[1]),
                redis_url=redis_url,
                redis_prefix=name,
                folder=Path(folder),
            )
    finally:
        try:
            _drop(database_url, names)
        finally:
            _forget(store, name)


def at(url: str, *, database: str | None = None, port: int | None = None) -> str:
    """The same URL with another database, or with another port of this machine."""
    parts = urlsplit(url)
    path = parts.path if database is None else f"/{database}"
    netloc = parts.netloc
    if port is not None:
        who, separator, _ = netloc.rpartition("@")
        netloc = f"{who}{separator}127.0.0.1:{port}"
    return urlunsplit(parts._replace(netloc=netloc, path=path))


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _drop(database_url: str, names: list[str]) -> None:
    try:
        with psycopg.connect(database_url, autocommit=True, connect_timeout=5) as connection:
            for each in names:
                # FORCE: a server that would not die must not keep the database alive.
                connection.execute(
                    sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(each))
                )
    except psycopg.OperationalError:
        # Where PostgreSQL cannot be reached there is nothing that could be dropped.
        return


def _forget(store: redis.Redis, prefix: str) -> None:
    keys = list(store.scan_iter(match=f"{prefix}*", count=1000))
    for start in range(0, len(keys), 1000):
        store.unlink(*keys[start : start + 1000])
