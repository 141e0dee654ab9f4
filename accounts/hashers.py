"""Password hashing: which algorithms, and one bounded queue a process in front of them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from functools import cache
from typing import Any, TypeVar

import bcrypt
from django.conf import settings
from django.contrib.auth.hashers import (
    Argon2PasswordHasher,
    BCryptPasswordHasher,
    BCryptSHA256PasswordHasher,
    check_password,
    get_hasher,
    identify_hasher,
    is_password_usable,
    make_password,
)

from config.common.errors import Busy

T = TypeVar("T")


class BCrypt12PasswordHasher(BCryptSHA256PasswordHasher):
    """bcrypt over SHA-256, so that all of a long password counts. About 240 ms a hash.

    12 rounds: OWASP asks for 10 or more (Password Storage Cheat Sheet).
    """

    rounds = 12

    def must_update(self, encoded: str) -> bool:
        return int(self.decode(encoded)["work_factor"]) < self.rounds


class Argon2idPasswordHasher(Argon2PasswordHasher):
    """19 MiB, two passes, one lane: OWASP's first choice. About 21 ms a hash.

    Django's own default of eight lanes and 100 MiB made parallel logins wait for memory.
    """

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1


class OldBCryptPasswordHasher(BCryptPasswordHasher):
    """Plain bcrypt, as other programs stored it: read, never written.

    They cut passwords at 72 bytes, and bcrypt 5 refuses longer ones rather than cut them.
    """

    def encode(self, password: str, salt: Any) -> str:
        data: bytes = bcrypt.hashpw(password.encode()[:72], salt)
        return f"{self.algorithm}${data.decode('ascii')}"


class HashQueue:
    """Hashes a few at a time, lets a few wait, and sends the rest away.

    A hash is a quarter of a second of one core. Without a bound a login storm takes every thread
    and every core, and requests that need neither stand behind it.
    """

    def __init__(
        self, *, at_once: int, waiting: int, seconds: float, per_account: int, per_address: int
    ) -> None:
        self.places = at_once + waiting
        self.seconds = seconds
        self.per_account = per_account
        self.per_address = per_address
        self._lock = threading.Lock()
        self._inside: Counter[str] = Counter()
        self._total = 0
        self._pool = ThreadPoolExecutor(at_once, "hash")

    def require_room(self) -> None:
        """Raises Busy where nobody more would be let in: a look ahead that promises nothing."""
        if self._total >= self.places:
            raise Busy(retry_after=1)

    def run(self, work: Callable[[], T], *, account: str, address: str) -> T:
        """The result of `work`, done in its turn.

        Raises Busy, with Retry-After, where too many wait already (in all, for this account or
        from this address; one may run besides), or where the turn does not come in time.
        """
        keys = {f"account:{account}": self.per_account, f"address:{address}": self.per_address}
        with self._lock:
            full = self._total >= self.places or any(
                self._inside[key] > limit for key, limit in keys.items()
            )
            if full:
                raise Busy(retry_after=1)
            self._total += 1
            self._inside.update(keys.keys())
        try:
            return self._wait(self._pool.submit(work))
        finally:
            with self._lock:
                self._total -= 1
                for key in keys:
                    self._inside[key] -= 1
                    if not self._inside[key]:
                        del self._inside[key]

    def _wait(self, future: Future[T]) -> T:
        try:
            return future.result(self.seconds)
        except FutureTimeout:
            if future.cancel():
                raise Busy(retry_after=int(self.seconds)) from None
            # Its turn came at the last moment; a hash that runs ends soon.
            return future.result()


@cache
def queue() -> HashQueue:
    """The queue of this process."""
    limits: dict[str, Any] = settings.HASH_QUEUE
    return HashQueue(**limits)


def hashed(password: str, *, account: str, address: str = "") -> str:
    """The stored form of a new password. Raises Busy."""
    return queue().run(lambda: make_password(password), account=account, address=address)


def matches(password: str, encoded: str, *, account: str, address: str) -> bool:
    """Is it this password? The same work is done where there is no usable one. Raises Busy."""
    if not is_password_usable(encoded):
        queue().run(lambda: make_password(password), account=account, address=address)
        return False
    return queue().run(lambda: check_password(password, encoded), account=account, address=address)


def matches_any(password: str, listed: list[str], *, account: str, address: str = "") -> bool:
    """Is it one of these? One turn in the queue for all of them. Raises Busy."""
    usable = [encoded for encoded in listed if is_password_usable(encoded)]
    return queue().run(
        lambda: any(check_password(password, encoded) for encoded in usable),
        account=account,
        address=address,
    )


def is_outdated(encoded: str) -> bool:
    """Made by another algorithm, or with less work, than new ones are."""
    preferred = get_hasher("default")
    hasher = identify_hasher(encoded)
    return hasher.algorithm != preferred.algorithm or preferred.must_update(encoded)
