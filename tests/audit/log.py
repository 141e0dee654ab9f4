"""Entries for tests, made at any time, and whoever may do one thing."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import Permission as DjangoPermission
from django.utils import timezone

from accounts.models import User
from audit.kinds import Action
from audit.models import AuditEntry, Seal
from audit.selectors import unsealed
from audit.services import counting
from audit.services.marking import set_mark
from audit.services.recording import draft
from config.common.request_meta import RequestMeta
from rbac.models import Role
from rbac.permissions import Permission
from tests.factories import UserFactory

META = RequestMeta(ip="203.0.113.7", user_agent="Firefox", request_id="a-request-of-theirs")
OTHERS = sorted(set(Permission) - {Permission.AUDIT_READ, Permission.SYSTEM_MANAGE})


def happened(
    action: Action = Action.USER_LOGIN,
    *,
    at: datetime | None = None,
    ago: timedelta = timedelta(),
    actor: Any = None,
    subject: Any = None,
    meta: RequestMeta = META,
    **told: Any,
) -> AuditEntry:
    """One stored entry, of `at` or of so long ago."""
    entry = draft(action, actor=actor, subject=subject, meta=meta, **told)
    entry.timestamp = at or timezone.now() - ago
    set_mark(entry)
    entry.save()
    return entry


def holder(*permissions: Permission, **fields: Any) -> User:
    """Somebody with a role that allows this and nothing else."""
    role = Role.objects.create(name="only_" + "_".join(permissions)[:40])
    role.permissions.set(DjangoPermission.objects.filter(codename__in=permissions))
    return UserFactory(roles=[role.name], **fields)


def auditor(**fields: Any) -> User:
    return holder(Permission.AUDIT_READ, **fields)


def seal_all() -> Seal:
    """Everything that is not sealed yet, as one batch."""
    entries = list(unsealed().order_by("pk"))
    counting.add(
        Counter((entry.timestamp.date(), entry.action, entry.resource) for entry in entries)
    )
    return Seal.objects.create(
        pk=Seal.objects.count() + 1,
        first_id=entries[0].pk,
        last_id=entries[-1].pk,
        count=len(entries),
        ids=b"".join(entry.pk.to_bytes(8) for entry in entries),
        leaves=b"".join(bytes(32) for _ in entries),
        newest=max(entry.timestamp for entry in entries),
        root=bytes(32),
        previous=bytes(32),
        key_id="test",
        signature=bytes(64),
        sealed_at=timezone.now(),
    )
