"""The same request to the program and to the original's way, and a cursor from half-way in."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from tests.benchmarks.place import CannotMeasure
from tests.benchmarks.results import at_least, at_most
from tests.benchmarks.scale.client import Client, Query, Timing
from tests.benchmarks.scale.lines import Line, line_of
from tests.benchmarks.scale.stage import Stage

USERS: Final = "/api/v1/admin/users"
AUDIT: Final = "/api/v1/audit"
ORIGINAL_ROUNDS: Final = 3
LONG_MS: Final = 4000.0


@dataclass
class Contest:
    """Both at once; the other one rests meanwhile.

    theirs: None where only ours is asked for. prefix: what every line begins with, where
    somebody else says them.
    """

    ours: Client
    theirs: Client | None
    lines: list[Line] = field(default_factory=list)
    prefix: str = ""

    def line(
        self,
        what: str,
        path: str,
        query: Query,
        *,
        original: str = "",
        beside: Query | None = None,
        most_ms: float,
        least_times: float = 0,
    ) -> Timing | None:
        """One line. original: the name of its page there, asked with `beside`."""
        try:
            found = self.ours.timed(path, query)
            other = None
            if original and self.theirs:
                asked = query if beside is None else beside
                other = _original(self.theirs, f"/{original}", asked)
        except CannotMeasure as error:
            self._add(Line(what, error=in_short(error)))
            return None
        line = line_of(what, found, other)
        line.checks.append(at_most("ms", found.median, most_ms))
        if least_times and line.times is not None:
            line.checks.append(at_least("times faster", line.times, least_times))
        self._add(line)
        return found

    def pages(
        self,
        what: str,
        path: str,
        query: Query,
        *,
        rows: Any,
        original: str,
        most_ms: float,
        least_times: float = 0,
    ) -> None:
        """First page, and the page behind the row half-way in.

        rows: a query set of the same matches, in any order.
        """
        same = {"original": original, "most_ms": most_ms, "least_times": least_times}
        if self.line(f"{what}: first page", path, query, **same) is None:
            return
        try:
            cursor, depth = half_way(self.ours, path, query, rows)
        except CannotMeasure as error:
            self._add(Line(f"{what}: half-way in", error=in_short(error)))
            return
        if cursor is not None:
            self.line(
                f"{what}: {depth:,} rows deep",
                path,
                {"cursor": cursor},
                beside={**query, "offset": depth},
                **same,
            )

    def taken(self) -> list[Line]:
        """What came in since the last time."""
        lines, self.lines = self.lines, []
        return lines

    def _add(self, line: Line) -> None:
        line.what = self.prefix + line.what
        self.lines.append(line)
        if not self.prefix:
            say(line)


def say(line: Line) -> None:
    """On the way, for whoever waits."""
    mark = line.error or ("" if line.is_met else "MISSED")
    ms = f"{line.ms:,.1f} ms" if line.ms is not None else ""
    print(f"  {line.what}: {ms} {mark}", file=sys.stderr, flush=True)


def _original(client: Client, path: str, query: Query) -> Timing:
    """Of three after one; where that one takes long, nobody waits for three more."""
    first = client.timed(path, query, rounds=1, warm=0)
    if first.median > LONG_MS:
        return first
    return client.timed(path, query, rounds=ORIGINAL_ROUNDS, warm=0)


@contextmanager
def contest(stage: Stage, *, alone: bool) -> Iterator[Contest]:
    """alone: without the original's way."""
    with stage.muster() as up:
        ours = Client(up.port, stage.token())
        if alone:
            yield Contest(ours, None)
            return
        with stage.original() as other:
            yield Contest(ours, Client(other.port))


def in_short(error: Exception) -> str:
    """On one line: the last one says what it was."""
    return str(error).strip().splitlines()[-1][:200]


def half_way(client: Client, path: str, query: Query, rows: Any) -> tuple[str | None, int]:
    """A cursor that stands half-way in, and how many rows that is; None for a single page.

    The list's own first cursor is moved on, since walking to the five-millionth row would take
    minutes: its signature is made anew, with the secret that the server has.
    """
    from django.core import signing
    from django.db.models import F

    from config.common.api import pagination

    answer = client.get(path, **query)
    token = answer["nextCursor"]
    if token is None:
        return None, 0
    salt, held = _opened(token)
    order = held["order"]
    half = rows.count() // 2
    names = [name.removeprefix("-") for name in order]
    sorts = [
        F(name.removeprefix("-")).desc(nulls_last=True) if name.startswith("-") else F(name).asc()
        for name in order
    ]
    position = rows.order_by(*sorts).values_list(*names)[half - 1]
    held["position"] = [pagination._packed(value) for value in position]
    held["offset"] = half
    cursor = signing.dumps(held, salt=salt, compress=True)
    expected = rows.order_by(*sorts).values_list("pk", flat=True)[half]
    name = next(key for key in answer if isinstance(answer[key], list))
    page = client.get(path, cursor=cursor)[name]
    if not page or page[0]["id"] != str(expected):
        raise CannotMeasure(f"The cursor half-way in {path} {dict(query)} leads elsewhere.")
    return cursor, half


def _opened(token: str) -> tuple[str, Any]:
    from django.core import signing

    import config.urls  # noqa: F401  so that every list is there
    from config.common.api.pagination import ListQuery

    waiting = [ListQuery]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        salt = f"muster.cursor:{kind.__name__}:"
        try:
            return salt, signing.loads(token, salt=salt)
        except signing.BadSignature:
            continue
    raise CannotMeasure("A cursor of a list that is not known.")
