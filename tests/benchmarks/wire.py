"""Counts the statements that reach PostgreSQL, by standing between it and the program.

What a program sends is read from the protocol itself (PostgreSQL documentation, "Message Formats"),
so nothing escapes: not what goes round the framework's cursor, not what a pipeline bundles.
"""

from __future__ import annotations

import re
import socket
import socketserver
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import sqlparse

ENCRYPTION_REQUESTS = {80877103, 80877104}
CONTROL = re.compile(r"\s*(BEGIN|START|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE)\b", re.IGNORECASE)
WRITES = re.compile(r"\b(INSERT|UPDATE|DELETE|MERGE)\b", re.IGNORECASE)
CHUNK = 65536


@dataclass
class Tally:
    """What went by since the last `reset`. Commits: said, or implied by a lone write."""

    statements: Counter[str] = field(default_factory=Counter)
    commits: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def reset(self) -> None:
        with self.lock:
            self.statements.clear()
            self.commits = 0

    @property
    def total(self) -> int:
        """Statements, with BEGIN, COMMIT and their kind aside."""
        return self.statements.total()


class Reader:
    """Follows one connection's messages from the program to the server."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self.buffer = b""
        self.prepared: dict[bytes, str] = {}
        self.portals: dict[bytes, str] = {}
        self.in_transaction = False

    def feed(self, data: bytes) -> None:
        self.buffer += data
        while len(self.buffer) >= 5:
            size = 1 + int.from_bytes(self.buffer[1:5], "big")
            if len(self.buffer) < size:
                return
            self._message(self.buffer[:1], self.buffer[5:size])
            self.buffer = self.buffer[size:]

    def _message(self, kind: bytes, body: bytes) -> None:
        if kind == b"Q":
            for statement in sqlparse.split(body.rstrip(b"\0").decode()):
                self._executed(statement)
        elif kind == b"P":
            name, text, _ = body.split(b"\0", 2)
            self.prepared[name] = text.decode()
        elif kind == b"B":
            portal, name, _ = body.split(b"\0", 2)
            self.portals[portal] = self.prepared.get(name, "?")
        elif kind == b"E":
            self._executed(self.portals.get(body.split(b"\0", 1)[0], "?"))

    def _executed(self, statement: str) -> None:
        control = CONTROL.match(statement)
        with self.tally.lock:
            if control is None:
                self.tally.statements[" ".join(statement.split())] += 1
                self.tally.commits += not self.in_transaction and bool(WRITES.search(statement))
                return
            word = control[1].upper()
            if word in {"BEGIN", "START"}:
                self.in_transaction = True
            elif word in {"COMMIT", "END"}:
                self.in_transaction = False
                self.tally.commits += 1
            elif word == "ROLLBACK" and " TO " not in statement.upper():
                self.in_transaction = False


class _Between(socketserver.BaseRequestHandler):
    """Copies both ways; what goes to the server is read on the way."""

    tally: Tally
    target: tuple[str, int]

    def handle(self) -> None:
        client: socket.socket = self.request
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with socket.create_connection(self.target) as server:
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            server.sendall(_startup(client))
            back = threading.Thread(target=_copy, args=(server, client), daemon=True)
            back.start()
            reader = Reader(self.tally)
            while data := _received(client):
                reader.feed(data)
                server.sendall(data)
            # Closed alone, it stays open for as long as the other thread waits for its answers.
            with suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False


@contextmanager
def counting(host: str, port: int) -> Iterator[tuple[int, Tally]]:
    """The port to connect to instead, and the tally."""
    tally = Tally()
    members: dict[str, Any] = {"tally": tally, "target": (host, port)}
    with _Listener(("127.0.0.1", 0), type("Between", (_Between,), members)) as listener:
        threading.Thread(target=listener.serve_forever, daemon=True).start()
        try:
            yield int(listener.server_address[1]), tally
        finally:
            listener.shutdown()


def _startup(client: socket.socket) -> bytes:
    """The start-up message. Encryption is declined, which clients accept by default."""
    while True:
        head = _exactly(client, 8)
        if int.from_bytes(head[4:], "big") not in ENCRYPTION_REQUESTS:
            return head + _exactly(client, int.from_bytes(head[:4], "big") - 8)
        client.sendall(b"N")


def _exactly(source: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = source.recv(size - len(data))
        if not part:
            raise ConnectionError("The program hung up during start-up.")
        data += part
    return data


def _received(source: socket.socket) -> bytes:
    try:
        return source.recv(CHUNK)
    except OSError:
        return b""


def _copy(source: socket.socket, target: socket.socket) -> None:
    while data := _received(source):
        try:
            target.sendall(data)
        except OSError:
            return
