"""The worker: queued mails at once, periodic work when it is due."""

from __future__ import annotations

import logging
import os
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, close_old_connections, connection

from accounts.services import tasks
from notifications.services import outbox

logger = logging.getLogger(__name__)

PAUSE = 1.0  # seconds between looks at an empty queue
BATCH = 20


class Command(BaseCommand):
    help = "Send queued mails, purge, seal. Any number may run; periodic work stays single."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="Do what is due, then end.")
        parser.add_argument("--parent", type=int, help="End when this process is gone.")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        if threading.current_thread() is threading.main_thread():
            for name in (signal.SIGTERM, signal.SIGINT):
                signal.signal(name, lambda *_: stop.set())
        while not stop.is_set():
            is_busy = self._round()
            if options["once"] and not is_busy:
                return
            if options["parent"] and os.getppid() != options["parent"]:
                return
            if not is_busy:
                stop.wait(PAUSE)

    @staticmethod
    def _round() -> bool:
        """One look around; was there so much to do that another should follow at once?"""
        try:
            close_old_connections()
            tasks.run_due()
            delivery = outbox.deliver_due(limit=BATCH)
        except DatabaseError:
            logger.exception("The worker could not reach the database")
            connection.close()
            return False
        return delivery.sent + delivery.failed + delivery.dead >= BATCH
