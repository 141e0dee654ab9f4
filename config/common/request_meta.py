"""Facts about the request, for business code that never sees the request itself."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest

USER_AGENT_LENGTH = 512


@dataclass(frozen=True, slots=True)
class RequestMeta:
    """Where a call came from. Everything is empty for what the program does by itself.

    ip: the client's address; network: its IPv4 address or IPv6 /64, which limits count by.
    actor_id: the admin behind an impersonated request.
    """

    ip: str | None = None
    user_agent: str = ""
    request_id: str = ""
    session_id: UUID | None = None
    actor_id: UUID | None = None
    language: str = ""

    @classmethod
    def of(cls, request: Any) -> RequestMeta:
        """The facts of a Django or REST framework request."""
        http: HttpRequest = getattr(request, "_request", request)
        principal = getattr(request, "auth", None)
        return cls(
            ip=client_ip(http),
            user_agent=clean_agent(http.META.get("HTTP_USER_AGENT", "")),
            request_id=getattr(http, "request_id", ""),
            session_id=getattr(principal, "session_id", None),
            actor_id=getattr(principal, "actor_id", None),
        )

    @property
    def network(self) -> str:
        return network_of(self.ip)


def clean_agent(value: str) -> str:
    """A user agent without control characters, cut to what is kept."""
    return "".join(c for c in value[:USER_AGENT_LENGTH] if c.isprintable())


def client_ip(request: HttpRequest) -> str | None:
    """The socket's peer, or what trusted proxies say of it; see `resolve_client`."""
    known = getattr(request, "client_ip", None)
    if known is None:
        known = resolve_client(
            request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", "")
        )
        request.client_ip = known  # type: ignore[attr-defined]
    return known or None


def resolve_client(peer: str, forwarded: str) -> str:
    """The right-most address that is not a proxy of ours; '' where there is none.

    X-Forwarded-For counts only from TRUSTED_PROXIES: whatever stands left of the first address
    that is not one of them was written by somebody else and proves nothing.
    """
    current = _address(peer)
    if current is None:
        return ""
    if not settings.TRUSTED_PROXIES or not forwarded:
        return str(current)
    for hop in reversed(forwarded.split(",")):
        if not _trusted(current):
            break
        nearer = _address(hop)
        if nearer is None:
            break
        current = nearer
    return str(current)


def from_trusted_proxy(request: HttpRequest) -> bool:
    """May this peer speak for others?"""
    peer = _address(request.META.get("REMOTE_ADDR", ""))
    return peer is not None and _trusted(peer)


def network_of(ip: str | None) -> str:
    """What limits count by: an IPv4 address, an IPv6 /64 (one customer's usual share)."""
    address = _address(ip or "")
    if address is None:
        return ""
    if address.version == 4:  # noqa: PLR2004
        return str(address)
    return str(ipaddress.ip_network((address, 64), strict=False).network_address)


def _trusted(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return any(address in network for network in settings.TRUSTED_PROXIES)


def _address(value: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        # The zone of a link-local address (fe80::1%eth0) is this machine's affair.
        address = ipaddress.ip_address(value.strip().partition("%")[0])
    except ValueError:
        return None
    # An IPv4 client on a dual-stack socket is the same client.
    return (address.version == 6 and address.ipv4_mapped) or address  # noqa: PLR2004
