"""What no framework can beat: one prepared query and its answer, under the same server program.

Each thread has one connection. The ids come from a fixed list, in turn.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from operator import itemgetter
from pathlib import Path
from typing import Any

import orjson
import psycopg

Start = Callable[[str, list[tuple[str, str]]], Any]


class App:
    """A WSGI app. `setup`: the query, the names of its columns, and the sessions to ask for."""

    def __init__(self, database_url: str, setup: dict[str, Any]) -> None:
        self.database_url = database_url
        self.sql: str = setup["sql"]
        columns: list[str] = setup["columns"]
        self.wanted = itemgetter(*(columns.index(name) for name in WANTED))
        self.ids = itertools.cycle(setup["ids"])
        self.local = threading.local()

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        row = self._cursor().execute(self.sql, (next(self.ids),), prepare=True).fetchone()
        if row is None:
            raise LookupError("The session is gone.")
        data = answer(*self.wanted(row))
        body = orjson.dumps({"success": True, "message": "OK", "data": data})
        start(
            "200 OK",
            [("Content-Type", "application/json"), ("Content-Length", str(len(body)))],
        )
        return [body]

    def _cursor(self) -> psycopg.Cursor[tuple[Any, ...]]:
        cursor: psycopg.Cursor[tuple[Any, ...]] | None = getattr(self.local, "cursor", None)
        if cursor is None:
            connection = psycopg.connect(
                self.database_url, autocommit=True, options="-c timezone=UTC"
            )
            cursor = self.local.cursor = connection.cursor()
        return cursor


WANTED = (
    "u.id", "u.email", "u.username", "u.first_name", "u.last_name", "u.avatar",
    "u.email_verified_at", "u.created_at", "u.last_login", "p.bio", "p.phone", "p.date_of_birth",
    "p.address", "p.city", "p.country", "p.timezone", "u.language", "p.preferences", "roles",
)  # fmt: skip


def answer(*row: Any) -> dict[str, Any]:
    """The columns of WANTED as the profile has them."""
    return {
        "id": row[0],
        "email": row[1],
        "username": row[2],
        "firstName": row[3] or None,
        "lastName": row[4] or None,
        "avatar": row[5] or None,
        "emailVerified": row[6] is not None,
        "isActive": True,
        "createdAt": _time(row[7]),
        "lastLoginAt": _time(row[8]) if row[8] else None,
        "profile": {
            "bio": row[9],
            "phone": row[10],
            "dateOfBirth": row[11],
            "address": row[12],
            "city": row[13],
            "country": row[14],
            "timezone": row[15],
            "language": row[16],
            "preferences": row[17],
        },
        "roles": row[18],
    }


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def serve(port: int, workers: int) -> None:
    """As `manage.py serve` starts the program."""
    from granian import Granian

    from accounts.management.commands.serve import granian_options

    Granian(
        "tests.benchmarks.bare:application",
        **granian_options(host="127.0.0.1", port=port, workers=workers),
    ).serve()


if __name__ == "__main__":
    serve(int(sys.argv[1]), int(sys.argv[2]))
elif "BENCH_BARE" in os.environ:
    application = App(
        os.environ["DATABASE_URL"], json.loads(Path(os.environ["BENCH_BARE"]).read_text())
    )
