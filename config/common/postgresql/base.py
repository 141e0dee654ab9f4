"""Django's PostgreSQL backend, with three habits for persistent connections."""

from __future__ import annotations

import select
import time
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from django.db.utils import OperationalError
from psycopg import errors
from psycopg.conninfo import make_conninfo

PATIENCE = 5.0  # seconds to wait for a server that restarts
FIRST_WAIT = 0.05
SILENCE = 3.0  # seconds without an answer before it is asked whether anybody is there
KNOCK = 2  # seconds that a server may take to greet (libpq takes whole ones, from two on)


class Connection(psycopg.Connection[Any]):
    """Gives up on a server that hangs, and only on that: a slow statement may take its time.

    A hung machine or a stopped process keeps its sockets open, so neither keepalives nor libpq
    would ever notice, and every thread of the program would stand and wait.
    """

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        while True:
            try:
                return super().wait(gen, interval=interval, timeout=timeout or SILENCE)
            except errors._WaitTimeout:  # noqa: SLF001  what `timeout` is documented to raise
                if timeout is not None:
                    raise
                if not self._greets():
                    self.pgconn.finish()
                    raise psycopg.OperationalError("the server hangs") from None

    def _greets(self) -> bool:
        """Does it take a new connection? To refuse one is an answer too."""
        known = {"password": self.info.password or None, "connect_timeout": KNOCK}
        try:
            psycopg.connect(make_conninfo(self.info.dsn, **known)).close()
        except psycopg.errors.ConnectionTimeout:
            return False
        except psycopg.OperationalError:
            return True
        return True


class _Driver:
    """psycopg with connections of ours."""

    connect = staticmethod(Connection.connect)

    def __getattr__(self, name: str) -> Any:
        return getattr(psycopg, name)


class DatabaseWrapper(base.DatabaseWrapper):
    """Notices a dead connection without a round trip, and waits for a server that restarts."""

    Database: Any = _Driver()

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
