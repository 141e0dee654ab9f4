"""A worker that does nothing but seal, every second, until a file is there."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django

PAUSE_SECONDS = 1.0


@contextmanager
def beside(env: dict[str, str], folder: Path) -> Iterator[None]:
    """Seals as long as the block lasts."""
    stop = folder / "sealer.stop"
    stop.unlink(missing_ok=True)
    command = [sys.executable, "-m", "tests.benchmarks.scale.sealer", str(stop)]
    sealer = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        stop.touch()
        sealer.wait(60)
    if sealer.returncode:
        raise RuntimeError("Sealing beside the writer failed.")


def _seal_until(stop: Path) -> None:
    from django.core.management import call_command

    while not stop.exists():
        call_command("audit_seal")
        time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    django.setup()
    _seal_until(Path(sys.argv[1]))
