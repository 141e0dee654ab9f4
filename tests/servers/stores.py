"""PostgreSQL and Redis of the test's own, from the machine's binaries."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from contextlib import closing, suppress
from pathlib import Path

import psycopg
import redis

from tests.benchmarks.place import free_port
from tests.servers.process import NotHere, Process, as_user, until


class Postgres:
    """A PostgreSQL of the test's own, from the machine's binaries. Raises NotHere."""

    def __init__(self) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
        binary = str(found[-1]) if found else shutil.which("initdb")
        if binary is None:
            raise NotHere("No PostgreSQL binaries (initdb) on this machine.")
        # It refuses to run as root.
        user = "postgres" if os.geteuid() == 0 else None
        if user and not _is_known(user):
            raise NotHere("PostgreSQL refuses to run as root, and there is no user postgres.")
        self.folder = Path(tempfile.mkdtemp(prefix="muster-postgresql-"))
        if user:
            shutil.chown(self.folder, user)
        data, self.port = self.folder / "data", free_port()
        env = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
        made = subprocess.run(
            [binary, "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync"],
            cwd=self.folder,
            env=env,
            capture_output=True,
            check=False,
            **as_user(user),
        )
        if made.returncode:
            shutil.rmtree(self.folder)
            raise NotHere(f"initdb failed: {made.stderr.decode(errors='replace')}")
        options = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",  # the machine does not lose power here
        }
        self.process = Process(
            [str(Path(binary).with_name("postgres")), "-D", str(data)]
            + [part for name, value in options.items() for part in ("-c", f"{name}={value}")],
            log=self.folder / "postgresql.log",
            env=env,
            folder=self.folder,
            user=user,
        )

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        self.process.start()
        until(self._answers, what="PostgreSQL answers")

    def stop(self) -> None:
        """What `pg_ctl stop -m fast` does: connections are cut, nothing is lost."""
        self.process.stop(signal.SIGINT)

    def restart(self) -> None:
        self.stop()
        self.start()

    def start_if_stopped(self) -> None:
        """For the next test, after one that failed on its way."""
        if self.process.running is None:
            self.start()

    def close(self) -> None:
        self.process.thaw()
        self.stop()
        self.process.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError):
            psycopg.connect(self.url(), connect_timeout=3).close()
            return True
        return False


class Redis:
    """A Redis of the test's own. Raises NotHere."""

    def __init__(self, folder: Path) -> None:
        binary = shutil.which("redis-server")
        if binary is None:
            raise NotHere("No redis-server on this machine.")
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        options = [
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            str(folder),
        ]
        self.process = Process(
            [binary, *options], log=folder / "redis.log", env={"PATH": os.environ["PATH"]}
        )

    def start(self) -> None:
        self.process.start()
        with closing(redis.Redis.from_url(self.url)) as client:

            def answers() -> bool:
                with suppress(redis.RedisError):
                    return bool(client.ping())
                return False

            until(answers, what="Redis answers")

    def flush(self) -> None:
        with closing(redis.Redis.from_url(self.url)) as client:
            client.flushall()

    def keys(self) -> int:
        with closing(redis.Redis.from_url(self.url)) as client:
            return int(client.dbsize())


def _is_known(user: str) -> bool:
    with suppress(KeyError):
        return bool(pwd.getpwnam(user))
    return False


def _version(path: Path) -> float:
    with suppress(ValueError):
        return float(path.parts[-3])
    return 0.0
