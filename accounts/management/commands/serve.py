"""The production server: granian, one process a core, one port."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from granian import Granian
from granian.constants import Interfaces

from config import env


def granian_options(*, host: str, port: int, workers: int) -> dict[str, Any]:
    """How the program is served; the benchmark serves what it compares with in the same way."""
    return {
        "address": host,
        "port": port,
        "interface": Interfaces.WSGI,
        "workers": workers,
        # Enough that those who wait for a hash leave threads for everybody else.
        "blocking_threads": env.number("SERVE_THREADS", least=1, most=256),
        # An idle thread takes its database connection with it; granian's own 30 s is short.
        "blocking_threads_idle_timeout": 600,
        "backlog": 2048,
        "respawn_failed_workers": True,
        # Requests under way end within the time a proxy waits; what hangs is not waited for.
        "workers_kill_timeout": 20,
        "log_access": False,
        # Warnings of its own taste, and not in our format; what fails is an error.
        "log_level": "error",
    }


class Command(BaseCommand):
    help = "Serve. As many processes as cores with REDIS_URL, one without."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--workers", type=int, help="Server processes; default: cores.")
        parser.add_argument("--host", default=settings.HOST)
        parser.add_argument("--port", type=int, default=settings.PORT)

    def handle(self, *args: Any, **options: Any) -> None:
        workers = options["workers"] or (os.cpu_count() or 1 if settings.REDIS_URL else 1)
        if workers > 1 and not settings.REDIS_URL:
            raise CommandError(
                "More than one process needs REDIS_URL: rate limits are counted in the process "
                "without it, and each would allow the whole of them."
            )
        host, port = options["host"], options["port"]
        if settings.APP_ENV == "development":
            self._announce(port)
            Helper().start()
        Granian(
            "config.wsgi:application", **granian_options(host=host, port=port, workers=workers)
        ).serve()

    def _announce(self, port: int) -> None:
        base = settings.PUBLIC_URL if port == settings.PORT else f"http://localhost:{port}"
        self.stdout.write(
            f"\n  API documents   {base}/api/v1/docs"
            f"\n  Account pages   {base}/"
            f"\n  Staff site      {base}/staff/"
            f"\n  Mailbox         {base}/dev/mailbox\n"
        )
        self.stdout.flush()


class Helper:
    """Development's worker: a child process, started again if it dies, ended with its parent."""

    def start(self) -> None:
        threading.Thread(target=self._keep, daemon=True).start()

    @staticmethod
    def _keep() -> None:
        while True:
            command = [sys.executable, "manage.py", "worker", "--parent", str(os.getpid())]
            subprocess.run(command, cwd=settings.BASE_DIR, check=False)  # noqa: S603  our own
            time.sleep(1)
