"""What a device is called, and how one is known again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from ipaddress import ip_network
from typing import Final
from uuid import UUID

from django.core import signing
from django.utils import timezone
from ua_parser import parse

from accounts.models import Session, User
from config.common.ids import parse_uuid, uuid7
from config.common.request_meta import RequestMeta

TOKEN_AGE: Final = timedelta(days=365)
MEMORY: Final = timedelta(days=90)  # how long a network and browser are remembered
NAME_LENGTH: Final = 120  # of `Session.device_name`
SALT: Final = "muster.device"


@dataclass(frozen=True, slots=True)
class Agent:
    """A user agent as people would say it. Families are empty where it says nothing."""

    browser: str
    system: str

    @property
    def name(self) -> str:
        """`Firefox on Linux`"""
        if self.browser and self.system:
            return f"{self.browser} on {self.system}"[:NAME_LENGTH]
        return self.browser or self.system or "Unknown device"


@dataclass(frozen=True, slots=True)
class Device:
    """A device token that was read: whose it is, and which."""

    id: UUID
    user_id: UUID
    issued: float


@lru_cache(maxsize=4096)
def agent_of(user_agent: str) -> Agent:
    """Parsed once per user agent; the first one loads the patterns (about 0.25 s)."""
    found = parse(user_agent)
    browser = found.user_agent.family if found.user_agent else ""
    system = found.os.family if found.os else ""
    return Agent(_known(browser)[:60], _known(system)[:60])


def _known(family: str) -> str:
    return "" if family == "Other" else family


def token_for(user: User, device_id: UUID | None = None) -> str:
    """A token that says "this device", for this user alone, good for a year from now."""
    value = {"u": str(user.pk), "d": str(device_id or uuid7()), "t": timezone.now().timestamp()}
    return signing.dumps(value, salt=SALT)


def read_token(token: str) -> Device | None:
    """Whose device; None for one that is forged, old, or not a device token."""
    if not token:
        return None
    try:
        value = signing.loads(token, salt=SALT, max_age=TOKEN_AGE)
        device_id, user_id = parse_uuid(value["d"]), parse_uuid(value["u"])
        issued = float(value["t"])
    except (signing.BadSignature, KeyError, TypeError, ValueError, UnicodeError):
        return None
    return Device(device_id, user_id, issued) if device_id and user_id else None


def is_known(device: Device | None, user: User) -> bool:
    """Is it this user's, and younger than the last "that was not me"?"""
    return (
        device is not None
        and device.user_id == user.pk
        and device.issued >= user.devices_valid_from.timestamp()
    )


def was_seen(user: User, meta: RequestMeta) -> bool:
    """Same browser and system, from the same network, within 90 days: known, for alerts only.

    What was there before the last "that was not me" is as strange as if it had never been, and
    where staff acted in the person's place is not where the person was.
    """
    agent = agent_of(meta.user_agent)
    return Session.objects.filter(
        user=user,
        impersonator__isnull=True,
        created_at__gte=max(timezone.now() - MEMORY, user.devices_valid_from),
        browser=agent.browser,
        system=agent.system,
        network=wide_network(meta.ip),
    ).exists()


def wide_network(ip: str | None) -> str:
    """The /24 or /48 around an address: one household, one office."""
    if not ip:
        return ""
    length = 48 if ":" in ip else 24
    return str(ip_network(f"{ip}/{length}", strict=False).network_address)
