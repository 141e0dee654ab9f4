"""`python -m tests.benchmarks`: measure the program on this machine. `--help` says how."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.checks import Requests, check_all
from tests.benchmarks.footprint import footprint
from tests.benchmarks.load import need_wrk
from tests.benchmarks.measures import Measures
from tests.benchmarks.place import CannotMeasure, Place, prepared
from tests.benchmarks.processes import run
from tests.benchmarks.report import conditions, table, write
from tests.benchmarks.results import Row
from tests.benchmarks.statements import costs
from tests.benchmarks.subjects import Subjects

GROUPS = ("profile", "refresh", "login", "storm", "memory")
DATABASE_URL = "postgresql://postgres@127.0.0.1:5432/postgres"
REDIS_URL = "redis://127.0.0.1:6379/0"


def main() -> int:
    """Measure what was asked for and print it."""
    options = _options()
    # As an exception it unwinds everything: servers stop, databases go.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Ended."))
    try:
        need_wrk()
        with prepared(
            os.environ.get("BENCH_DATABASE_URL") or DATABASE_URL,
            os.environ.get("BENCH_REDIS_URL") or REDIS_URL,
        ) as place:
            _measure(place, options)
    except CannotMeasure as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _measure(place: Place, options: argparse.Namespace) -> None:
    only: list[str] = options.only
    subjects = Subjects(place)
    _say("Filling the databases …")
    _fill(subjects, options.users, peer="profile" in only)
    _say("Checking the answers …")
    check_all(subjects, peer="profile" in only)
    _say("Counting statements …")
    found = costs(subjects, Requests(subjects).kinds())
    measures = Measures(subjects, options.seconds, options.rounds, found, not options.impatient)
    groups: dict[str, Callable[[], list[Row]]] = {
        "profile": measures.profile,
        "refresh": measures.refresh,
        "login": measures.login,
        "storm": measures.storm,
        "memory": lambda: footprint(subjects, options.rounds),
    }
    rows: list[Row] = []
    for name in GROUPS:
        if name in only:
            _say(f"Measuring {name} …")
            rows += groups[name]()
            if options.out:
                # After each group: what was found is kept if a later one fails.
                write(options.out, rows, found, options.seconds, options.rounds)
    print(conditions(options.seconds, options.rounds))
    print(table(rows))


def _fill(subjects: Subjects, users: int, *, peer: bool) -> None:
    folder = subjects.place.folder
    arguments = [str(users), str(folder)]
    log = folder / "fill.log"
    env = subjects.muster_env()
    run([sys.executable, "manage.py", "bootstrap"], env, log)
    run([sys.executable, "-m", "tests.benchmarks.fill", *arguments], env, log)
    if peer:
        script = [sys.executable, "-m", "tests.benchmarks.peer.fill", *arguments]
        run(script, subjects.peer_env(), log)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10, help="of one timed run")
    parser.add_argument("--rounds", type=int, default=5, help="of which the median counts")
    parser.add_argument("--users", type=int, default=2000)
    parser.add_argument("--only", type=_groups, default=list(GROUPS), help=f"of {','.join(GROUPS)}")
    parser.add_argument(
        "--impatient",
        action="store_true",
        help="logins try again at once, whatever Retry-After says",
    )
    parser.add_argument("--out", type=Path, help="also write OUT.json and OUT.md")
    return parser.parse_args()


def _groups(value: str) -> list[str]:
    chosen = [name.strip() for name in value.split(",")]
    unknown = sorted(set(chosen) - set(GROUPS))
    if unknown:
        raise argparse.ArgumentTypeError(f"no such measure: {', '.join(unknown)}")
    return chosen


def _say(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
