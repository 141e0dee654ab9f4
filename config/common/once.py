"""What one request asks once, however many parts of it want to know.

The edge begins and ends it. Outside of a request nothing is kept: commands, the worker and the
tail of a streamed answer ask each time. Nothing outlives its request, so no process can hold what
another has changed since.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Final, TypeVar

T = TypeVar("T")

_kept: Final[ContextVar[dict[str, Any] | None]] = ContextVar("kept", default=None)


def begin() -> None:
    """A request begins, and knows nothing yet."""
    _kept.set({})


def end() -> None:
    """It is over; whatever this thread does next asks for itself."""
    _kept.set(None)


def a_request(name: str, ask: Callable[[], T]) -> T:
    """What `ask` answered earlier in this request, or answers now."""
    kept = _kept.get()
    if kept is None:
        return ask()
    if name not in kept:
        kept[name] = ask()
    found: T = kept[name]
    return found


def forget(name: str) -> None:
    """It was changed: this request asks again."""
    kept = _kept.get()
    if kept is not None:
        kept.pop(name, None)
