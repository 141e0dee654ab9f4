"""Django's PostgreSQL backend, with two habits for persistent connections."""

from __future__ import annotations

import select
import time
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from django.db.utils import OperationalError

PATIENCE = 5.0  # seconds to wait for a server that restarts
FIRST_WAIT = 0.05


class DatabaseWrapper(base.DatabaseWrapper):
    """Notices a dead connection without a round trip, and waits for a server that restarts."""

    def is_usable(self) -> bool:
        """Has the server said goodbye?

        Between requests nothing is expected of it, so a readable socket means that it hung up.
        Django's own check asks `SELECT 1`, a round trip on every request.
        """
        if self.connection is None or self.connection.closed:
            return False
        poll = select.poll()
        poll.register(self.connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
        return not poll.poll(0)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect. A refused connection is tried again for up to `PATIENCE` seconds.

        Failing at once turned a restart of PostgreSQL into hundreds of errors, waiting into a few.
        """
        deadline = time.monotonic() + PATIENCE
        wait = FIRST_WAIT
        while True:
            try:
                return super().get_new_connection(conn_params)
            except (OperationalError, psycopg.OperationalError) as error:
                if not _passing(error) or time.monotonic() + wait > deadline:
                    raise
            time.sleep(wait)
            wait = min(wait * 2, 0.5)


def _passing(error: Exception) -> bool:
    """Refused or still starting up: worth waiting for. A wrong password is not."""
    message = str(error).lower()
    return any(
        sign in message
        for sign in (
            "refused",
            "starting up",
            "shutting down",
            "no such file",
            "closed the connection",
        )
    )
