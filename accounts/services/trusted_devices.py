"""Devices on which a right code was given, and that asked not to be asked again for a while.

A device is the id in its device token. Trust ends with whatever ends a person's sessions
(`sessions.end_all`): a new password, a new email, another factor, a reset, a suspension, a
deactivation, "that was not me".
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import TrustedDevice, User
from accounts.services.devices import Device
from audit.kinds import Action
from audit.services.recording import record
from config.common.errors import NotFound
from config.common.request_meta import RequestMeta

LIFETIME: Final = timedelta(days=30)  # from the code on; using it does not lengthen it


def is_trusted(user: User, device: Device | None) -> bool:
    """May the password alone do here? Never for who may enter the staff site."""
    if device is None or user.has_perm("rbac.admin_access"):
        return False
    return TrustedDevice.objects.in_force().filter(user=user, device_id=device.id).exists()


def use(user: User, device: Device) -> bool:
    """Is it trusted at this very moment? One statement, in the login's transaction."""
    used = TrustedDevice.objects.in_force().filter(user=user, device_id=device.id)
    return bool(used.update(last_used_at=timezone.now()))


def trust(user: User, device_id: UUID, *, name: str, meta: RequestMeta) -> TrustedDevice | None:
    """From a right code on, in its transaction. None, and nothing is done, for staff."""
    if user.has_perm("rbac.admin_access"):
        return None
    now = timezone.now()
    device, _made = TrustedDevice.objects.update_or_create(
        user=user,
        device_id=device_id,
        defaults={
            "name": name,
            "trusted_at": now,
            "expires_at": now + LIFETIME,
            "last_used_at": None,
        },
    )
    record(
        Action.DEVICE_TRUSTED,
        actor=user,
        subject=user,
        meta=meta,
        resource="trusted_device",
        resource_id=device.pk,
        device=name,
    )
    return device


def of(user: User) -> QuerySet[TrustedDevice]:
    """Those in force, the newest first."""
    return TrustedDevice.objects.in_force().filter(user=user).order_by("-trusted_at", "-pk")


@transaction.atomic
def forget(user: User, trusted_id: UUID, *, meta: RequestMeta) -> None:
    """Ask for a code there again. Raises NotFound for what is not the person's own."""
    own = TrustedDevice.objects.in_force().filter(pk=trusted_id, user=user)
    name = own.values_list("name", flat=True).first()
    deleted, _rows = own.delete()
    if not deleted:
        raise NotFound
    record(
        Action.DEVICE_UNTRUSTED,
        actor=user,
        subject=user,
        meta=meta,
        resource="trusted_device",
        resource_id=trusted_id,
        device=name,
    )


def forget_all(user: User) -> int:
    """All of them, in the caller's transaction, whose entry tells why. Returns how many."""
    deleted, _rows = TrustedDevice.objects.filter(user=user).delete()
    return deleted
