"""How far it is, on one line that is written over, or a line a tenth where nobody watches."""

from __future__ import annotations

import sys
import time
from typing import Final

WIDTH: Final = 30


class Bar:
    """`bar.add(n)` as it goes on; `bar.say(text)` for what has no measure."""

    def __init__(self, what: str, total: int) -> None:
        self.what, self.total, self.done = what, max(1, total), 0
        self.begun = time.monotonic()
        self.told = -1
        self.is_watched = sys.stderr.isatty()

    def add(self, count: int) -> None:
        self.done += count
        share = min(1.0, self.done / self.total)
        tenth = int(share * 10)
        if not self.is_watched and tenth == self.told:
            return
        self.told = tenth
        full = int(share * WIDTH)
        self._write(f"[{'#' * full}{'.' * (WIDTH - full)}] {self.done:,} of {self.total:,}")

    def say(self, text: str) -> None:
        self._write(text)

    def end(self) -> float:
        """Seconds that it took."""
        took = time.monotonic() - self.begun
        self._write(f"{self.done:,} in {took:.0f} s" if self.done else f"{took:.0f} s")
        if self.is_watched:
            print(file=sys.stderr)
        return took

    def _write(self, text: str) -> None:
        took = f"{time.monotonic() - self.begun:5.0f} s"
        if self.is_watched:
            print(f"\r\033[K{self.what}: {text} {took}", end="", file=sys.stderr, flush=True)
        else:
            print(f"{self.what}: {text} {took}", file=sys.stderr, flush=True)
