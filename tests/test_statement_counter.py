"""What counts statements stands between program and database, and must not stay there."""

from __future__ import annotations

import socket

from tests.benchmarks.wire import counting

STARTUP = (8).to_bytes(4, "big") + (3 << 16).to_bytes(4, "big")
QUERY = b"Q" + (4 + len(b"SELECT 1\0")).to_bytes(4, "big") + b"SELECT 1\0"


def test_the_database_hears_that_the_program_hung_up() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as database,
        counting("127.0.0.1", database.getsockname()[1]) as (port, tally),
    ):
        database.settimeout(10)
        with socket.create_connection(("127.0.0.1", port), timeout=10) as program:
            program.sendall(STARTUP + QUERY)
            upstream, _ = database.accept()
        with upstream:
            upstream.settimeout(10)
            heard = b""
            while part := upstream.recv(100):
                heard += part
    assert heard == STARTUP + QUERY
    assert tally.total == 1
