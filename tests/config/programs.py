"""Programs of their own, started with nothing of ours in their environment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from config.env import BASE_DIR, VARIABLES

SET_UP = "import django; django.setup()"


def run(code: str, *, cwd: Path = BASE_DIR, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run Python code with only these settings; a developer's .env does not count either."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=cwd,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def environment(**variables: str) -> dict[str, str]:
    # An empty variable counts as unset, and keeps .env from setting it.
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(BASE_DIR),
        "DJANGO_SETTINGS_MODULE": "config.settings.chosen",
        **dict.fromkeys(VARIABLES, ""),
        **variables,
    }
