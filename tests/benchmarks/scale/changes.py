"""What an audit entry adds to a change, and a role for ten thousand people at once."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from statistics import median
from typing import Any, Final

from psycopg.conninfo import conninfo_to_dict

from tests.benchmarks.place import CannotMeasure, at
from tests.benchmarks.results import at_most
from tests.benchmarks.scale.client import Client, Timing
from tests.benchmarks.scale.lines import Line
from tests.benchmarks.scale.stage import Stage
from tests.benchmarks.wire import counting

CHANGES: Final = 400
MORE_MS: Final = 0.5
MANY: Final = 10_000
BULK_MS: Final = 1_500.0
BULK_ROUNDS: Final = 3
BULK: Final = "/api/v1/admin/bulk"


def audited(_stage: Stage) -> Iterator[Line]:
    """A change of the profile as it is, and with nothing recorded, by turns."""
    from accounts.models import User
    from accounts.services import profile
    from config.common.request_meta import RequestMeta

    user = User.objects.order_by("created_at", "pk")[0]
    meta = RequestMeta(ip="127.0.0.1", user_agent="bench", request_id="bench-scale-audited")
    cities = itertools.cycle(["Köln", "Leeds"])
    each: dict[bool, list[float]] = {True: [], False: []}
    recording: Any = profile.record
    try:
        for turn in range(2 * CHANGES):
            is_audited = turn % 2 == 0
            profile.record = recording if is_audited else lambda *_a, **_k: None
            begun = time.perf_counter()
            profile.update(user, {"city": next(cities)}, meta=meta)
            each[is_audited].append(1000 * (time.perf_counter() - begun))
    finally:
        profile.record = recording
    with_entry, without = Timing(each[True]), Timing(each[False])
    line = Line("a change with its audit entry", with_entry.median, with_entry.worst)
    line.checks.append(at_most("ms more than without", with_entry.median - without.median, MORE_MS))
    yield line
    yield Line("– the same change, unaudited", without.median, without.worst)


def bulk(stage: Stage) -> Iterator[Line]:
    """Given and taken away again, so that every round does the same; then statements counted."""
    from accounts.models import User
    from rbac.models import Role

    role = str(Role.objects.get(name="archivists").pk)
    some = User.objects.active().exclude(role_assignments__role=role).order_by("pk")
    people = [str(key) for key in some.values_list("pk", flat=True)[1000 : 1000 + MANY]]
    given: list[float] = []
    taken: list[float] = []
    with stage.muster("bulk") as up:
        client = Client(up.port, stage.token())
        for _ in range(BULK_ROUNDS):
            given.append(_asked(client, "assign-role", people, role, "assigned"))
            taken.append(_asked(client, "remove-role", people, role, "removed"))
    statements = _statements(stage, people, role)
    lines = []
    for what, found in (("a role given to", given), ("a role taken from", taken)):
        line = Line(f"{what} {len(people):,} people, with entries", median(found), max(found))
        line.checks.append(at_most("ms", median(found), BULK_MS))
        lines.append(line)
    few, many = statements
    lines[0].checks.append(at_most(f"statements more than the {few} for 10 people", many - few, 0))
    yield from lines


def _asked(client: Client, call: str, people: list[str], role: str, name: str) -> float:
    begun = time.perf_counter()
    answer = client.post(f"{BULK}/{call}", {"userIds": people, "roleId": role})
    took = 1000 * (time.perf_counter() - begun)
    if answer[name] != len(people):
        raise CannotMeasure(f"{call}: {answer[name]} of {len(people)} {name}.")
    return took


def _statements(stage: Stage, people: list[str], role: str) -> tuple[int, int]:
    """For ten, and for all of them."""
    url = stage.place.database_url
    info = conninfo_to_dict(url)
    host, port = str(info.get("host") or "127.0.0.1"), int(info.get("port") or 5432)
    counts = []
    with (
        counting(host, port) as (between, tally),
        stage.muster("counted", database_url=at(url, port=between)) as up,
    ):
        client = Client(up.port, stage.token())
        # Every process connects and prepares before counting begins.
        for _ in range(20):
            client.get("/api/v1/users/profile")
        for some in (people[:10], people):
            tally.reset()
            _asked(client, "assign-role", some, role, "assigned")
            counts.append(tally.total)
            _asked(client, "remove-role", some, role, "removed")
    return counts[0], counts[1]


WORKS: Final = {"audited": audited, "bulk": bulk}
