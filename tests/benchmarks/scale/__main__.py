"""`python -m tests.benchmarks.scale`: a million people, ten million entries. `--help` says how."""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import psycopg
import redis

from tests.benchmarks.place import CannotMeasure
from tests.benchmarks.scale import changes, directory, exports, figures, keeping, log, small
from tests.benchmarks.scale.contest import Contest, contest, in_short, say
from tests.benchmarks.scale.crowd import Size
from tests.benchmarks.scale.lines import Line, conditions, table, verdict, write
from tests.benchmarks.scale.stage import KEPT, Stage, staged

DATABASE_URL: Final = "postgresql://postgres@127.0.0.1:5432/postgres"
REDIS_URL: Final = "redis://127.0.0.1:6379/0"

# Over HTTP, beside the original's way.
CONTESTS: Final[dict[str, Callable[[Stage, Contest], None]]] = {
    **directory.GROUPS,
    **log.GROUPS,
    **figures.GROUPS,
}
# What changes the rows comes last, and works on copies where it takes rows away.
WORKS: Final[dict[str, Callable[[Stage], Iterator[Line]]]] = {
    **changes.WORKS,
    **exports.WORKS,
    **keeping.WORKS,
    **small.WORKS,
}
GROUPS: Final = (*CONTESTS, *WORKS)


def main() -> int:
    """0 where everything that was asked for was measured, whatever the figures."""
    options = _options()
    # As an exception it unwinds everything: servers stop, databases go.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Ended."))
    size = Size(options.users, options.sessions, options.entries)
    try:
        with staged(
            os.environ.get("BENCH_DATABASE_URL") or DATABASE_URL,
            os.environ.get("BENCH_REDIS_URL") or REDIS_URL,
            size,
            database=options.database if options.keep else f"{KEPT}_{secrets.token_hex(4)}",
            keep=options.keep,
        ) as stage:
            lines = _measure(stage, options)
    except (CannotMeasure, psycopg.OperationalError, redis.RedisError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return int(any(line.error for line in lines))


def _measure(stage: Stage, options: argparse.Namespace) -> list[Line]:
    # The rows themselves are asked for what a cursor half-way in stands at.
    os.environ.update(stage.env)
    import django

    django.setup()
    text = (
        f"{options.users:,} people, {options.sessions:,} sessions, {options.entries:,} entries; "
        "one client, median of 20 after 3; the original's way: of 3 after 1."
    )
    lines: list[Line] = []
    for name in GROUPS:
        if name not in options.only:
            continue
        print(f"Measuring {name} …", file=sys.stderr)
        if name in CONTESTS:
            with contest(stage, alone=options.alone) as both:
                CONTESTS[name](stage, both)
            lines += both.lines
        else:
            lines += _worked(name, stage)
        if options.out:
            # After each group: what was found is kept if a later one fails.
            write(options.out, lines, text)
    print(conditions(text))
    print(table(lines))
    print(verdict(lines))
    return lines


def _worked(name: str, stage: Stage) -> list[Line]:
    """What was measured until something could not be."""
    lines: list[Line] = []
    try:
        for line in WORKS[name](stage):
            lines.append(line)
            say(line)
    except (CannotMeasure, psycopg.OperationalError) as error:
        lines.append(Line(name, error=in_short(error)))
        say(lines[-1])
    return lines


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.scale", description=__doc__)
    parser.add_argument("--users", type=int, default=1_000_000)
    parser.add_argument("--sessions", type=int, default=2_000_000)
    parser.add_argument("--entries", type=int, default=10_000_000)
    parser.add_argument("--only", type=_groups, default=list(GROUPS), help=f"of {','.join(GROUPS)}")
    parser.add_argument("--alone", action="store_true", help="without the original's way")
    parser.add_argument(
        "--keep",
        action="store_true",
        help="leave the database, and take it again if it fits (one that does not is dropped)",
    )
    parser.add_argument("--database", default=KEPT, help="what --keep calls it")
    parser.add_argument("--out", type=Path, help="also write OUT.json and OUT.md")
    return parser.parse_args()


def _groups(value: str) -> list[str]:
    chosen = [name.strip() for name in value.split(",")]
    unknown = sorted(set(chosen) - set(GROUPS))
    if unknown:
        raise argparse.ArgumentTypeError(f"no such measure: {', '.join(unknown)}")
    return chosen


if __name__ == "__main__":
    sys.exit(main())
