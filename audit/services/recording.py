"""Writing the log: in the transaction of the change that it tells of, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import connection

from audit.kinds import Action
from audit.models import AuditEntry
from audit.services.details import clean
from audit.services.marking import set_mark
from config.common.bulk import insert_alike, insert_many
from config.common.one_row import insert_one
from config.common.request_meta import RequestMeta

Who = AbstractBaseUser | AnonymousUser | UUID | None


def record(
    action: Action,
    *,
    actor: Who,
    subject: Who,
    meta: RequestMeta,
    resource: str = "user",
    resource_id: object = "",
    **details: Any,
) -> AuditEntry:
    """Store one entry, with one INSERT, in the caller's transaction. Arguments as in `draft`.

    Raises RuntimeError outside a transaction: the entry could then outlive a change that failed.
    """
    _require_transaction()
    entry = draft(
        action,
        actor=actor,
        subject=subject,
        meta=meta,
        resource=resource,
        resource_id=resource_id,
        **details,
    )
    insert_one(entry)
    return entry


def record_many(entries: Iterable[AuditEntry]) -> int:
    """Store drafts, all in one statement; how many. Raises RuntimeError outside a transaction."""
    _require_transaction()
    return insert_many(list(entries))


def record_each(
    action: Action,
    *,
    actor: Who,
    subjects: Iterable[UUID],
    meta: RequestMeta,
    resource: str = "user",
    resource_id: object = "",
    own: Mapping[UUID, Mapping[str, Any]] | None = None,
    **details: Any,
) -> int:
    """Store one entry for each of these people, all in one statement; how many.

    own: what the details of one of them say beside the others'. The rest as in `draft`. Raises
    RuntimeError outside a transaction.
    """
    _require_transaction()
    entry = draft(
        action,
        actor=actor,
        subject=None,
        meta=meta,
        resource=resource,
        resource_id=resource_id,
        **details,
    )
    shared = entry.details
    is_about_user = resource == "user" and not entry.resource_id
    each: dict[str, list[Any]] = {"user_id": [], "salt": [], "mark": []}
    if is_about_user:
        each["resource_id"] = []
    if own is not None:
        each["details"] = []
    for subject in subjects:
        entry.user_id, entry.salt = subject, uuid4()
        if is_about_user:
            entry.resource_id = str(subject)
        if own is not None:
            entry.details = {**shared, **clean(own[subject])}
        set_mark(entry)
        for name, column in each.items():
            column.append(getattr(entry, name))
    return insert_alike(entry, each)


def draft(
    action: Action,
    *,
    actor: Who,
    subject: Who,
    meta: RequestMeta,
    resource: str = "user",
    resource_id: object = "",
    **details: Any,
) -> AuditEntry:
    """An entry that is not stored yet, and carries its mark already: nothing of it may change.

    actor: who did it, None for the program itself; subject: whom it concerns, None for nobody.
    resource_id: left out, it is the subject's id where the resource is a user.
    details: see `services/details.py`; secrets are masked, a value JSON cannot hold is a TypeError.

    Under impersonation (`meta.actor_id`) the admin is the actor, and whom the caller took for the
    actor is the person impersonated.
    """
    actor_id, subject_id = _id_of(actor), _id_of(subject)
    impersonating_id = None
    if meta.actor_id is not None and meta.actor_id != actor_id:
        actor_id, impersonating_id = meta.actor_id, actor_id
    if resource_id in ("", None) and resource == "user":
        resource_id = subject_id or ""
    entry = AuditEntry(
        action=action.value,
        resource=resource,
        resource_id=str(resource_id),
        details=clean(details),
        user_id=subject_id,
        actor_id=actor_id,
        impersonating_id=impersonating_id,
        ip_address=meta.ip,
        user_agent=meta.user_agent,
        request_id=meta.request_id,
    )
    set_mark(entry)
    return entry


def _id_of(who: Who) -> UUID | None:
    return who if isinstance(who, UUID) or who is None else who.pk


def _require_transaction() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError(
            "Audit entries are written inside the transaction of the change they tell of: "
            "put the service under transaction.atomic."
        )
