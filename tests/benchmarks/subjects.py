"""The servers that are measured: the program as shipped, the bare app, the peer."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from config.env import VARIABLES
from config.settings.keys import private_pem
from tests.benchmarks.place import Place, free_port
from tests.benchmarks.processes import Server

PROCESSES = 2
THREADS = 16
PROFILE = "/api/v1/users/profile"
REFRESH = "/api/v1/auth/refresh"
LOGIN = "/api/v1/auth/login"
PEER_PROFILE = "/auth/users/me/"
SECRETS = ("SECRET_KEY", "JWT_ACCESS_SECRET", "JWT_REFRESH_SECRET", "FIELD_ENCRYPTION_KEYS")
# High enough that nobody meets them, and counted all the same.
UNREACHED = "100000000/m"
# What a process needs of its surroundings; anything else might change what is measured.
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH")


@dataclass(frozen=True)
class Subjects:
    """Makes the servers of one place, all with the same secrets."""

    place: Place
    secret: Mapping[str, str] = field(
        default_factory=lambda: {name: secrets.token_urlsafe(48) for name in SECRETS}
    )

    def muster_env(
        self, *, threads: int = THREADS, limits: bool = True, database_url: str | None = None
    ) -> dict[str, str]:
        """Production. Every variable is set, if only to nothing: no `.env` can get in."""
        folder = self.place.folder
        rate = UNREACHED if limits else "off"
        return {
            **_surroundings(),
            **dict.fromkeys(VARIABLES, ""),
            **self.secret,
            "DJANGO_SETTINGS_MODULE": "config.settings.chosen",
            "APP_ENV": "production",
            "PUBLIC_URL": "https://bench.example",
            "ALLOWED_HOSTS": "127.0.0.1",
            # The load generator speaks for many clients, each of which has limits of its own.
            "TRUSTED_PROXIES": "127.0.0.1",
            "DATABASE_URL": database_url or self.place.database_url,
            "REDIS_URL": self.place.redis_url,
            "REDIS_KEY_PREFIX": self.place.redis_prefix,
            "AUDIT_SIGNING_KEY_FILE": str(_audit_key(folder)),
            # Tokens that outlive the whole run, so that they can be made beforehand.
            "JWT_ACCESS_EXPIRY": "12h",
            "EMAIL_URL": f"file://{folder / 'mail'}",
            "STORAGE_URL": f"file://{folder / 'media'}",
            "RATE_LIMIT_DEFAULT": rate,
            "RATE_LIMIT_AUTH": rate,
            "RATE_LIMIT_UPLOAD": rate,
            "SERVE_THREADS": str(threads),
        }

    def muster(
        self,
        name: str = "muster",
        *,
        threads: int = THREADS,
        limits: bool = True,
        database_url: str | None = None,
    ) -> Server:
        """`manage.py serve`; it is up when it has answered somebody's profile."""
        port = free_port()
        return Server(
            name=name,
            command=[
                sys.executable,
                "manage.py",
                "serve",
                f"--workers={PROCESSES}",
                "--host=127.0.0.1",
                f"--port={port}",
            ],
            env=self.muster_env(threads=threads, limits=limits, database_url=database_url),
            port=port,
            probe=PROFILE,
            bearer=self.place.lines("access.txt")[0],
        )

    def bare(self, name: str = "bare", *, threads: int = THREADS) -> Server:
        """The same server program with an app that does nothing but ask and answer."""
        port = free_port()
        return Server(
            name=name,
            command=[sys.executable, "-m", "tests.benchmarks.bare", str(port), str(PROCESSES)],
            env={
                **self.muster_env(threads=threads),
                "BENCH_BARE": str(self.place.folder / "bare.json"),
            },
            port=port,
            probe=PROFILE,
        )

    def peer_env(self) -> dict[str, str]:
        """The peer's own settings."""
        return {
            **_surroundings(),
            "DJANGO_SETTINGS_MODULE": "tests.benchmarks.peer.settings",
            "SECRET_KEY": self.secret["SECRET_KEY"],
            "DATABASE_URL": self.place.peer_database_url,
        }

    def peer(self) -> Server:
        """Gunicorn as most would set it for two cores; with our 16 threads it does worse."""
        port = free_port()
        return Server(
            name="peer",
            command=[
                sys.executable,
                "-m",
                "gunicorn",
                "tests.benchmarks.peer.wsgi:application",
                f"--bind=127.0.0.1:{port}",
                "--worker-class=gthread",
                f"--workers={PROCESSES}",
                "--threads=4",
                "--log-level=warning",
            ],
            env=self.peer_env(),
            port=port,
            probe=PEER_PROFILE,
            bearer=self.place.lines("peer_access.txt")[0],
        )


def _surroundings() -> dict[str, str]:
    return {name: os.environ[name] for name in KEPT if name in os.environ}


def _audit_key(folder: Path) -> Path:
    path = folder / "audit_signing.pem"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(private_pem(Ed25519PrivateKey.generate()))
    return path
