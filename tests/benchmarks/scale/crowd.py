"""Who there is: keys and days of sign-up of everybody, by number, the same in every process."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

DAY: Final = 86_400.0  # seconds, as everything here
PERIOD: Final = 5 * 365 * DAY
LOGGED: Final = 730 * DAY  # over which the entries are spread
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

ADMINS: Final = 10  # the first ones
PROLIFIC: Final = 10  # whom every hundredth entry concerns
CHATTY: Final = 100
OFFICE: Final = "192.0.2.10"  # where staff sit: many entries of many people
ONCE: Final = "198.51.100.77"  # an address of the first day, and never again
JITTER: Final = 20.0  # seconds by which keys and times disagree at most


@dataclass(frozen=True)
class Size:
    """How much to make."""

    users: int
    sessions: int
    entries: int


@dataclass
class Crowd:
    """Person 0 signed up five years ago, the last one just now; more and more in between.

    now: the moment as of which everything is told, in seconds since 1970.
    """

    size: Size
    now: float
    keys: bytes = field(default=b"", repr=False)
    created: array[float] = field(default_factory=lambda: array("d"), repr=False)

    def __post_init__(self) -> None:
        random = Random("keys")
        begun, count = self.now - PERIOD, self.size.users
        keys = bytearray()
        for number in range(count):
            moment = begun + PERIOD * math.sqrt((number + random.random()) / count)
            self.created.append(moment)
            keys += uuid7_of(moment, random)
        self.keys = bytes(keys)

    def key(self, number: int) -> str:
        """In hex, which both databases take for a UUID."""
        return self.keys[16 * number : 16 * number + 16].hex()

    def there_by(self, moment: float) -> int:
        """How many people there were then; at least one."""
        share = max(0.0, (moment - self.now + PERIOD) / PERIOD)
        return max(1, min(self.size.users, int(self.size.users * share * share)))


def uuid7_of(moment: float, random: Random) -> bytes:
    """A key as it would have been made then (RFC 9562, 5.7)."""
    value = (int(moment * 1000) << 80) | random.getrandbits(80)
    value = value & ~(0xF << 76) | (0x7 << 76)
    return (value & ~(0x3 << 62) | (0x2 << 62)).to_bytes(16, "big")


def told(moment: float) -> str:
    """A time as both databases take it; the connection speaks UTC."""
    return (EPOCH + timedelta(seconds=moment)).strftime("%Y-%m-%d %H:%M:%S.%f")


def home_of(number: int) -> str:
    """The address that a person mostly comes from; every twentieth has an IPv6 one."""
    mixed = (number * 2_654_435_761) & 0xFFFFFFFF
    if number % 20 == 3:
        return f"2001:db8:{mixed >> 16:x}:{mixed & 0xFFFF:x}::{number % 9 + 1:x}"
    return f"{11 + (mixed >> 24) % 180}.{mixed >> 16 & 255}.{mixed >> 8 & 255}.{mixed & 255}"


def network_of(address: str) -> str:
    """What `services/devices.wide_network` makes of such an address."""
    if ":" in address:
        return ":".join(address.split(":")[:3]) + "::"
    return address.rpartition(".")[0] + ".0"
