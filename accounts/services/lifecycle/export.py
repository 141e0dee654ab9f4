"""Everything held about a person, as one JSON file, written while it is read.

Each app says what it holds (`exported…` and `own_history` in the selectors); SECTIONS puts the
file together. A key that a model declares in `personal_data` and that stands in no section fails
a test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import orjson
from axes.models import AccessFailureLog
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import (
    AccountLock,
    OneTimeToken,
    Profile,
    Purpose,
    Session,
    TrustedDevice,
    User,
)
from accounts.models.session import Kind as SessionKind
from accounts.services import two_factor
from accounts.services.lifecycle.holdings import lock_keys
from audit import selectors as log
from audit.kinds import Action
from audit.services.recording import record
from config.common.request_meta import RequestMeta
from config.common.times import wire, wire_or_none
from notifications import selectors as notices
from notifications.kinds import Kind
from notifications.services import inbox
from rbac import selectors as roles

CHUNK: Final = 1000  # rows in memory at a time
PART: Final = 65_536  # bytes that leave together
_ADDRESSES: Final[dict[str, str]] = {Purpose.CHANGE_EMAIL: "wanted", Purpose.UNDO_EMAIL: "former"}


@dataclass(frozen=True, slots=True)
class Section:
    """One key of the file. read: one object (or None), or the rows of a list, one by one."""

    key: str
    read: Callable[[User], Mapping[str, Any] | Iterator[dict[str, Any]] | None]


def start(user: User, *, meta: RequestMeta) -> Iterator[bytes]:
    """The file, in parts. The entry and the notice are stored before the first one is read."""
    with transaction.atomic():
        record(Action.DATA_EXPORTED, actor=user, subject=user, meta=meta)
        inbox.notify(
            user,
            Kind.ACCOUNT_UPDATE,
            title=_("Your data was exported"),
            message=_("If this was not you, choose a new password right away."),
        )
    return _parts(user)


def _parts(user: User) -> Iterator[bytes]:
    """Joined to parts of a size that is worth a packet."""
    held = bytearray()
    with _one_view():
        for piece in _pieces(user):
            held += piece
            if len(held) >= PART:
                yield bytes(held)
                held.clear()
    yield bytes(held)


def _pieces(user: User) -> Iterator[bytes]:
    opening = b"{"
    for section in SECTIONS:
        yield opening + orjson.dumps(section.key) + b":"
        opening = b",\n"
        found = section.read(user)
        if not isinstance(found, Iterator):
            yield orjson.dumps(found, default=_plain)
            continue
        separator = b"[\n"
        for row in found:
            yield separator + orjson.dumps(row, default=_plain)
            separator = b",\n"
        yield b"[]" if separator == b"[\n" else b"\n]"
    yield b"}\n"


@contextmanager
def _one_view() -> Iterator[None]:
    """On PostgreSQL all sections see the same moment, and rows come through a cursor.

    On SQLite a transaction would keep every writer out until the client has read it all; rows
    come one by one there anyway.
    """
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return wire(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _user(user: User) -> dict[str, Any]:
    return {
        "id": str(user.pk),
        "email": user.email,
        "username": user.username,
        "firstName": user.first_name or None,
        "lastName": user.last_name or None,
        "language": user.language,
        "avatar": user.avatar or None,
        "emailVerified": user.email_verified,
        "emailVerifiedAt": wire_or_none(user.email_verified_at),
        "createdAt": wire(user.created_at),
        "updatedAt": wire(user.updated_at),
        "lastLoginAt": wire_or_none(user.last_login),
        "invitedAt": wire_or_none(user.invited_at),
        "deactivatedAt": wire_or_none(user.deactivated_at),
        "deletedAt": wire_or_none(user.deleted_at),
        "suspendedAt": wire_or_none(user.suspended_at),
        "suspensionReason": user.suspension_reason or None,
        "passwordChangedAt": wire(user.password_changed_at),
    }


def _profile(user: User) -> dict[str, Any] | None:
    profile = Profile.objects.filter(user=user).first()
    if profile is None:
        return None
    return {
        "bio": profile.bio,
        "phone": profile.phone,
        "dateOfBirth": profile.date_of_birth and profile.date_of_birth.isoformat(),
        "address": profile.address,
        "city": profile.city,
        "country": profile.country,
        "timezone": profile.timezone,
        "preferences": profile.preferences,
    }


def _sessions(user: User) -> Iterator[dict[str, Any]]:
    rows = Session.objects.filter(user=user).select_related("impersonator").order_by("created_at")
    for session in rows.iterator(chunk_size=CHUNK):
        # Under impersonation the address and the device are the admin's; the name is told.
        is_own = session.kind != SessionKind.IMPERSONATION
        admin = session.impersonator
        yield {
            "id": str(session.pk),
            "kind": session.kind,
            "deviceInfo": session.device_name if is_own else None,
            "browser": (session.browser or None) if is_own else None,
            "system": (session.system or None) if is_own else None,
            "ipAddress": session.ip_address if is_own else None,
            "userAgent": (session.user_agent or None) if is_own else None,
            "impersonatedBy": (admin.get_full_name() or admin.username) if admin else None,
            "createdAt": wire(session.created_at),
            "lastActivity": wire(session.last_activity),
            "expiresAt": wire(session.expires_at),
            "endedAt": wire_or_none(session.revoked_at),
        }


def _two_factor(user: User) -> dict[str, Any]:
    known = two_factor.status(user)
    return {
        "enabled": known.enabled_at is not None,
        "enabledAt": wire_or_none(known.enabled_at),
        "lastUsedAt": wire_or_none(known.last_used_at),
        "backupCodesRemaining": known.backup_codes_remaining,
    }


def _trusted_devices(user: User) -> Iterator[dict[str, Any]]:
    for device in TrustedDevice.objects.filter(user=user).order_by("trusted_at", "pk"):
        yield {
            "id": str(device.pk),
            "name": device.name or None,
            "trustedAt": wire(device.trusted_at),
            "expiresAt": wire(device.expires_at),
            "lastUsedAt": wire_or_none(device.last_used_at),
        }


def _addresses(user: User) -> Iterator[dict[str, Any]]:
    """Other addresses that a link still holds: one asked for, those from before."""
    held = OneTimeToken.objects.unspent().filter(user=user, purpose__in=_ADDRESSES)
    for link in held.order_by("created_at", "pk"):
        yield {
            "kind": _ADDRESSES[link.purpose],
            "email": (link.payload or {}).get("email"),
            "createdAt": wire(link.created_at),
            "expiresAt": wire(link.expires_at),
        }


def _failures(user: User) -> Iterator[dict[str, Any]]:
    rows = AccessFailureLog.objects.filter(username__in=lock_keys(user)).order_by("attempt_time")
    for row in rows.iterator(chunk_size=CHUNK):
        yield {
            "timestamp": wire(row.attempt_time),
            "ipAddress": row.ip_address,
            "reason": row.path_info or None,
        }


def _lock(user: User) -> dict[str, Any] | None:
    lock = AccountLock.objects.filter(pk=user.username).first()
    if lock is None:
        return None
    return {
        "failures": lock.failures,
        "lockedUntil": wire_or_none(lock.locked_until),
        "passwordOffAt": wire_or_none(lock.password_off_at),
        "codeFailures": lock.code_failures,
        "codeLockedUntil": wire_or_none(lock.code_locked_until),
    }


SECTIONS: Final = (
    Section("user", _user),
    Section("profile", _profile),
    Section("roles", lambda user: roles.exported_roles(user.pk)),
    Section("grants", lambda user: roles.exported_grants(user.pk)),
    Section("sessions", _sessions),
    Section("twoFactor", _two_factor),
    Section("trustedDevices", _trusted_devices),
    Section("otherAddresses", _addresses),
    Section("lock", _lock),
    Section("loginFailures", _failures),
    Section("notifications", lambda user: notices.exported(user.pk, chunk=CHUNK)),
    Section("auditLogs", lambda user: log.own_history(user.pk, chunk=CHUNK)),
)
