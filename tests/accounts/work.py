"""How much work something was: statements and password hashes, counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from unittest import mock

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import hashers
from tests.hashers import FastPasswordHasher

_FRAME = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")


@dataclass
class Work:
    """statements: without what frames transactions."""

    statements: list[str] = field(default_factory=list)
    hashes: int = 0

    @property
    def cost(self) -> tuple[int, int]:
        return len(self.statements), self.hashes


@contextmanager
def counted() -> Iterator[Work]:
    """The statements that were sent and the passwords that were hashed inside."""
    work = Work()
    encode = FastPasswordHasher.encode

    def counting(self, *args, **kwargs):
        work.hashes += 1
        return encode(self, *args, **kwargs)

    with (
        mock.patch.object(FastPasswordHasher, "encode", counting),
        CaptureQueriesContext(connection) as queries,
    ):
        yield work
    work.statements = [
        sent for query in queries if not (sent := query["sql"].lstrip()).startswith(_FRAME)
    ]


@contextmanager
def between_check_and_commit(change) -> Iterator[None]:
    """`change()` happens when the next password was found right, before anything is stored."""
    matches = hashers.matches

    def then_change(*args, **kwargs):
        found = matches(*args, **kwargs)
        patch.stop()
        change()
        return found

    patch = mock.patch.object(hashers, "matches", then_change)
    patch.start()
    yield
