"""Many callers, each with a database connection of its own, who begin in the same moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any

from django.db import connection

PATIENCE = 60  # seconds that a test may hang before it fails

Task = Callable[[], Any]


class Crowd:
    """Threads that keep their connections from round to round."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._pool = ThreadPoolExecutor(size)

    def at_once(self, tasks: Sequence[Task]) -> list[Any]:
        """What each task returned, or the exception that it raised, in their order.

        One task a thread starts from a common barrier; where there are more tasks than threads,
        each thread goes on with the next one without a pause.
        """
        barrier = Barrier(min(self.size, len(tasks)))

        def run(first: int) -> list[tuple[int, Any]]:
            connection.ensure_connection()
            barrier.wait(PATIENCE)
            return [
                (number, _outcome(tasks[number]))
                for number in range(first, len(tasks), barrier.parties)
            ]

        running = [self._pool.submit(run, first) for first in range(barrier.parties)]
        outcomes = dict(pair for one in running for pair in one.result(PATIENCE))
        return [outcomes[number] for number in range(len(tasks))]

    def leave(self) -> None:
        """Every thread closes its connection: the barrier sees to it that each takes one turn."""
        barrier = Barrier(self.size)

        def close() -> None:
            barrier.wait(PATIENCE)
            connection.close()

        leaving = [self._pool.submit(close) for _ in range(self.size)]
        for one in leaving:
            one.result(PATIENCE)
        self._pool.shutdown()


@contextmanager
def gathered(size: int) -> Iterator[Crowd]:
    crowd = Crowd(size)
    try:
        yield crowd
    finally:
        crowd.leave()


def _outcome(task: Task) -> Any:
    try:
        return task()
    except Exception as error:  # noqa: BLE001  the test looks at it
        return error


def unexpected(outcomes: Sequence[Any], *expected: type[Exception]) -> list[Exception]:
    """The exceptions that are none of these: a deadlock, a timeout, a bug."""
    return [
        outcome
        for outcome in outcomes
        if isinstance(outcome, Exception) and not isinstance(outcome, expected)
    ]
