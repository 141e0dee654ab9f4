"""Muster itself, as an operator starts it."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from config import env as variables
from config.settings.keys import private_pem
from tests.benchmarks.place import free_port
from tests.servers.process import Process, until


@dataclass(frozen=True)
class Answer:
    """What came back. headers: by lower-case name; body: the API's envelope, or a page's text."""

    status: int
    headers: dict[str, str]
    body: Any
    cookies: dict[str, str]

    @property
    def data(self) -> Any:
        return self.body["data"]


class Program:
    """Muster in production, with a database, a folder and a port of its own.

    settings: environment variables on top of those that make it quick and alone.
    """

    def __init__(self, folder: Path, *, database_url: str = "", **settings: str) -> None:
        self.folder, self.port = folder, free_port()
        self.database_url = database_url or f"sqlite:///{folder / 'muster.sqlite3'}"
        key = folder / "audit.pem"
        key.write_text(private_pem(Ed25519PrivateKey.generate()))
        self.env = {
            # Empty counts as unset, and wins over a developer's own .env.
            **dict.fromkeys(variables.VARIABLES, ""),
            "PATH": os.environ["PATH"],
            "PYTHONUNBUFFERED": "1",
            "APP_ENV": "production",
            "PORT": str(self.port),
            "PUBLIC_URL": "https://accounts.example.org",
            "DATABASE_URL": self.database_url,
            "STORAGE_URL": f"file://{folder / 'media'}",
            "AUDIT_SIGNING_KEY_FILE": str(key),
            "PASSWORD_HASHER": "argon2id",
            # Else the first admin is mailed a link, and every test has one mail too many.
            "ADMIN_PASSWORD": "Owner-of-it-all7",
            "LOG_FORMAT": "console",
            "LOG_LEVEL": "WARNING",
            **dict.fromkeys(("RATE_LIMIT_DEFAULT", "RATE_LIMIT_AUTH", "RATE_LIMIT_UPLOAD"), "off"),
            **{
                name: f"for-one-test-only-{name.lower()}-0123456789"
                for name in ("SECRET_KEY", "JWT_ACCESS_SECRET", "JWT_REFRESH_SECRET")
            },
            "FIELD_ENCRYPTION_KEYS": "for-one-test-only-field-keys-0123456789",
            **settings,
        }
        self.server = self._command("serve")
        self.worker = self._command("worker")

    def bootstrap(self) -> None:
        command = self._command("bootstrap")
        command.start()
        assert command.running is not None
        assert command.running.wait(60) == 0, command.log.read_text(errors="replace")

    def serve(self, *options: str) -> None:
        self.server.command = [*self.server.command[:3], *options]
        self.server.start()
        until(self._answers, what="the program answers")

    def close(self) -> None:
        for process in (self.worker, self.server):
            process.close()

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str = "",
        timeout: float = 30,
        **headers: str,
    ) -> Answer:
        """One request on a connection of its own. Raises OSError past `timeout` seconds.

        body: JSON to the API where it is an object, as it is where it is text.
        """
        url = path if path.startswith("/") else f"/api/v1/{path}"
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, Mapping):
            body = json.dumps(body)
            sent["Content-Type"] = "application/json"
        if token:
            sent["Authorization"] = f"Bearer {token}"
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=timeout)) as connection:
            connection.request(method, url, body, sent)
            response = connection.getresponse()
            text = response.read().decode()
            is_json = response.headers.get_content_type() == "application/json"
            return Answer(
                response.status,
                {name.lower(): value for name, value in response.getheaders()},
                json.loads(text) if is_json else text,
                {
                    name: morsel.value
                    for line in response.headers.get_all("Set-Cookie", [])
                    for name, morsel in SimpleCookie(line).items()
                },
            )

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask the database itself, past the program. `%s` stands for a value."""
        if self.database_url.startswith("sqlite"):
            path = self.database_url.removeprefix("sqlite:///")
            with closing(sqlite3.connect(path, timeout=20)) as database, database:
                return database.execute(statement.replace("%s", "?"), values).fetchall()
        with psycopg.connect(self.database_url, connect_timeout=5) as database:
            cursor = database.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def _command(self, name: str) -> Process:
        return Process(
            [sys.executable, "manage.py", name], log=self.folder / f"{name}.log", env=self.env
        )

    def _answers(self) -> bool:
        assert not self.server.has_died, self.server.log.read_text(errors="replace")
        with suppress(OSError):
            return self.call("GET", "/live").status == 200
        return False
