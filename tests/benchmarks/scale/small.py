"""SQLite, as a small house has it: one file, one process, no Redis."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Final

from tests.benchmarks.place import free_port
from tests.benchmarks.processes import Server, run, running
from tests.benchmarks.scale.client import Client
from tests.benchmarks.scale.contest import AUDIT, USERS, Contest
from tests.benchmarks.scale.lines import Line
from tests.benchmarks.scale.stage import Stage
from tests.benchmarks.subjects import PROFILE

USERS_SHARE: Final = 10
MOST_MS: Final = 30.0
DEEP_PAGES: Final = 200


def small(stage: Stage) -> Iterator[Line]:
    """A tenth of the people and of their sessions, a hundredth of the entries."""
    folder = stage.folder / "sqlite"
    folder.mkdir(exist_ok=True)
    env = {
        **stage.env,
        "DATABASE_URL": f"sqlite:///{folder / 'muster.sqlite3'}",
        "REDIS_URL": "",
        "REDIS_KEY_PREFIX": "",
    }
    log = folder / "fill.log"
    users = stage.marker["users"] // USERS_SHARE
    sizes = [f"--users={users}", f"--sessions={stage.marker['sessions'] // 10}"]
    sizes.append(f"--entries={stage.marker['entries'] // 100}")
    run([sys.executable, "-m", "tests.benchmarks.scale.fill", *sizes], env, log)
    run([sys.executable, "-m", "tests.benchmarks.scale.staff", str(folder)], env, log)
    token = (folder / "access.txt").read_text().splitlines()[0]
    port = free_port()
    command = [sys.executable, "manage.py", "serve", "--workers=1", "--host=127.0.0.1"]
    server = Server("sqlite", [*command, f"--port={port}"], env, port, PROFILE, token)
    with running(server, folder) as up:
        both = Contest(Client(up.port, token), None, prefix=f"SQLite, {users:,} people: ")
        yield from _measure(both)


def _measure(both: Contest) -> Iterator[Line]:
    for query in (
        {},
        {"q": "gmail.com"},
        {"q": "MÜLLER"},
        {"q": "Иванов"},
        {"q": "жемчужников"},
        {"q": "öx"},
        {"q": "an"},
        {"sortBy": "email", "order": "asc"},
        {"sortBy": "lastLoginAt", "order": "desc"},
        {"status": "suspended"},
        {"status": "locked"},
        {"verified": "false"},
        {"twoFactor": "true"},
        {"role": "founders"},
        {"role": "editors", "sortBy": "email", "order": "asc"},
        {"status": "inactive", "twoFactor": "true"},
    ):
        words = ", ".join(f"{name}={value}" for name, value in query.items()) or "no term"
        if both.line(words, USERS, query, most_ms=MOST_MS) is not None:
            cursor = _deep(both.ours, query)
            if cursor:
                both.line(f"{words}, deep", USERS, {"cursor": cursor}, most_ms=MOST_MS)
        yield from both.taken()
    both.line("log, no filter", AUDIT, {}, most_ms=MOST_MS)
    both.line("log, USER_LOGIN", AUDIT, {"action": "USER_LOGIN"}, most_ms=MOST_MS)
    yield from both.taken()


def _deep(client: Client, query: dict[str, str]) -> str | None:
    """The cursor up to 20,000 rows in, by walking there."""
    cursor = None
    answer = client.get(USERS, **query, limit=100)
    for _ in range(DEEP_PAGES):
        if not answer["nextCursor"]:
            break
        cursor = answer["nextCursor"]
        answer = client.get(USERS, cursor=cursor)
    return cursor


WORKS: Final = {"sqlite": small}
