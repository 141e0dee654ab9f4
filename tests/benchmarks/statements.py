"""How many statements and commits one request of each kind costs, asked one after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from psycopg.conninfo import conninfo_to_dict

from tests.benchmarks.asking import Answer
from tests.benchmarks.load import WARM_SECONDS, Load, finish, start
from tests.benchmarks.place import CannotMeasure, at
from tests.benchmarks.processes import Running, running
from tests.benchmarks.subjects import PROFILE, Subjects
from tests.benchmarks.wire import Tally, counting

COUNTED = 20


@dataclass(frozen=True)
class Cost:
    """For each request; `texts` names the statements, for whoever wonders."""

    statements: float
    commits: float
    texts: dict[str, int]


def costs(
    subjects: Subjects, kinds: dict[str, tuple[Callable[[int], Answer], int]]
) -> dict[str, Cost]:
    """Each kind: a request to a port, and how many of them to count."""
    place = subjects.place
    info = conninfo_to_dict(place.database_url)
    host, port = str(info.get("host") or "127.0.0.1"), int(info.get("port") or 5432)
    found: dict[str, Cost] = {}
    with counting(host, port) as (between, tally):
        server = subjects.muster("counted", database_url=at(place.database_url, port=between))
        with running(server, place.folder) as up:
            # Every thread connects and prepares before counting begins.
            warm = Load("profile.lua", PROFILE, place.folder / "access.txt")
            finish(start(up.port, warm, WARM_SECONDS))
            for kind, (request, times) in kinds.items():
                found[kind] = _cost(up, tally, request, times)
    return found


def _cost(up: Running, tally: Tally, request: Callable[[int], Answer], times: int) -> Cost:
    request(up.port)
    tally.reset()
    for _ in range(times):
        answer = request(up.port)
        if answer.status != 200:
            raise CannotMeasure(f"Not 200 but {answer.status}: {answer.body}")
    return Cost(tally.total / times, tally.commits / times, dict(tally.statements))
