"""Entries for tests, made at any time, and whoever may do one thing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import Permission as DjangoPermission
from django.utils import timezone

from accounts.models import User
from audit.kinds import Action
from audit.models import AuditEntry, Seal
from audit.selectors import stored, unsealed
from audit.selectors.sealed import Position
from audit.services import sealing
from audit.services.hashing import Page, proven_leaves
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
    """Everything that is not sealed yet, as one batch: what this transaction wrote as well.

    By keys, as on SQLite. Who wants it by transactions calls `sealing.seal` outside of any.
    """
    last = Seal.objects.order_by("-pk").first()
    rows = stored.by_keys(list(unsealed().values_list("pk", flat=True)))
    there = Position(
        cluster=stored.cluster(),
        since=None,
        below=None,
        upto=rows[-1][stored.ID],
        floor=0,
        highest=last.position["highest"] if last else 0,
        newest=last.position["newest"] if last else "",
    )
    made = sealing._store(
        last, sealing._Batch(rows, Page(rows, lambda: proven_leaves(rows)), there)
    )
    assert made
    return made
