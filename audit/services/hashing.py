"""Hashing many entries: page by page, and on all cores where there is much of it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_all_start_methods, get_context
from typing import Any, Final, Self, TypeVar

from audit.selectors import stored
from audit.selectors.stored import BLANKED, DETAILS, Row
from audit.services.leaves import leaf, parsed
from audit.services.marking import is_marked_row

T = TypeVar("T")
# So many are hashed here before others are called in: with fewer that is not worth it.
ALONE: Final = 50_000


def leaves(rows: list[Row]) -> list[bytes]:
    return [leaf(row, parsed(row[DETAILS])) for row in rows]


def proven_leaves(rows: list[Row]) -> list[tuple[bytes, bool]]:
    """The leaf of each entry, and whether this program wrote it as it is."""
    found = []
    for row in rows:
        details = parsed(row[DETAILS])
        blanked = row[BLANKED] and parsed(row[BLANKED])
        found.append((leaf(row, details), is_marked_row(row, details, blanked)))
    return found


class Crew:
    """Processes that hash, one a core; as a context, they end with the block.

    alone: so many entries are hashed in this process before others are called. For commands only:
    they are forked, which a program with threads must not be. They touch no database.
    """

    def __init__(self, *, alone: int = ALONE, cores: int | None = None) -> None:
        self._cores = cores or len(os.sched_getaffinity(0))
        self._alone, self._seen = alone, 0
        self._pool: ProcessPoolExecutor | None = None

    @property
    def is_called(self) -> bool:
        return self._pool is not None

    def submit(
        self, work: Callable[[list[Row]], list[T]], rows: list[Row]
    ) -> Callable[[], list[T]]:
        """Begin; the answer gives what `work` makes of the rows, in their order."""
        self._seen += len(rows)
        if self._seen <= self._alone or self._cores < 2 or not rows:  # noqa: PLR2004
            return lambda: work(rows)
        if self._pool is None:
            # Who interrupts a command means the command; it ends them.
            self._pool = ProcessPoolExecutor(
                self._cores, get_context("fork"), signal.signal, (signal.SIGINT, signal.SIG_IGN)
            )
        size = -(-len(rows) // self._cores)
        parts = [rows[at : at + size] for at in range(0, len(rows), size)]
        coming = [self._pool.submit(work, part) for part in parts]
        return lambda: [one for part in coming for one in part.result()]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


def crew() -> Crew:
    """For a command. Alone where processes cannot be forked."""
    can_fork = "fork" in get_all_start_methods() and hasattr(os, "sched_getaffinity")
    return Crew() if can_fork else Crew(cores=1)


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, and what `proven_leaves` says of them as soon as it is asked."""

    rows: list[Row]
    hashed: Callable[[], list[tuple[bytes, bool]]]


class Pages:
    """Entries as `stored.written` reads them; those expected next while these are hashed."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._coming: tuple[dict[str, Any], Page] | None = None

    def read(self, **asked: Any) -> Page:
        coming, self._coming = self._coming, None
        return coming[1] if coming and coming[0] == asked else self._begun(asked)

    def expect(self, **asked: Any) -> None:
        """Read and begin what will be asked for next, most likely."""
        if self._crew.is_called:
            self._coming = asked, self._begun(asked)

    def _begun(self, asked: dict[str, Any]) -> Page:
        rows = stored.written(**asked)
        return Page(rows, self._crew.submit(proven_leaves, rows))
