"""A writer beside something else: audited changes, one after the other, each of them timed."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import django


@dataclass(frozen=True)
class Written:
    """Milliseconds of each change, and how long all of it took in seconds."""

    each: list[float]
    seconds: float

    @property
    def rate(self) -> float:
        return len(self.each) / self.seconds

    @property
    def p99(self) -> float:
        return sorted(self.each)[int(len(self.each) * 0.99)]


def write_for(seconds: float, until: Path | None, pause: float) -> Written:
    """So long, or until that file is there. pause: seconds between two changes."""
    from accounts.models import User
    from accounts.services import profile
    from config.common.request_meta import RequestMeta

    user = User.objects.order_by("created_at", "pk")[1]
    meta = RequestMeta(ip="127.0.0.1", user_agent="bench", request_id="bench-scale-writer")
    cities = itertools.cycle(["Köln", "Leeds"])
    each: list[float] = []
    begun = time.perf_counter()
    while time.perf_counter() - begun < seconds and not (until and until.exists()):
        started = time.perf_counter()
        profile.update(user, {"city": next(cities)}, meta=meta)
        each.append(1000 * (time.perf_counter() - started))
        if pause:
            time.sleep(pause)
    return Written(each, time.perf_counter() - begun)


@contextmanager
def beside(env: dict[str, str], folder: Path, *, pause: float = 0) -> Iterator[list[Written]]:
    """One that writes as long as the block lasts; what it found is in the list afterwards."""
    stop, out = folder / "writer.stop", folder / "writer.json"
    stop.unlink(missing_ok=True)
    out.unlink(missing_ok=True)
    found: list[Written] = []
    writer = _started(env, ["3600", str(out), str(stop), str(pause)])
    try:
        yield found
    finally:
        stop.touch()
        writer.wait(60)
    found.append(_read(out))


def alone(env: dict[str, str], folder: Path, seconds: float, *, pause: float = 0) -> Written:
    """One that has the machine to itself."""
    out = folder / "writer.json"
    out.unlink(missing_ok=True)
    _started(env, [str(seconds), str(out), "", str(pause)]).wait(seconds + 60)
    return _read(out)


def _started(env: dict[str, str], arguments: list[str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.benchmarks.scale.writer", *arguments]
    return subprocess.Popen(command, env=env)


def _read(out: Path) -> Written:
    return Written(**json.loads(out.read_text()))


if __name__ == "__main__":
    django.setup()
    _seconds, _out, _until, _pause = sys.argv[1:]
    _found = write_for(float(_seconds), Path(_until) if _until else None, float(_pause))
    Path(_out).write_text(json.dumps({"each": _found.each, "seconds": _found.seconds}))
