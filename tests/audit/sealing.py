"""A sealed log for tests, and what somebody with SQL and no keys may do to it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from audit.kinds import Action
from audit.models import AuditEntry
from audit.selectors import unsealed
from audit.services import sealing
from audit.services.findings import Finding
from audit.services.verifying import verify
from config.common.crypto import forget_keys
from tests.audit.log import happened, seal_all

PATIENCE = 60.0  # seconds


def sealed_log(*batches: int, people: Any = (None,)) -> list[AuditEntry]:
    """Entries that belong to these people by turns, so many to each seal."""
    entries: list[AuditEntry] = []
    for size in batches:
        for _ in range(size):
            person = people[len(entries) % len(people)]
            entries.append(
                happened(
                    Action.PROFILE_UPDATED,
                    actor=person,
                    subject=person,
                    fields=["city"],
                    old={"city": "Leeds"},
                    new={"city": f"London {len(entries)}"},
                )
            )
        seal_all()
    return entries


def tamper(entry: AuditEntry | int, **columns: Any) -> None:
    """UPDATE, as anybody can who reaches the database."""
    key = entry if isinstance(entry, int) else entry.pk
    assert AuditEntry.unlocked.filter(pk=key).update(**columns) == 1


def sql(text: str, *params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text, params)


def put_in(entry: AuditEntry, **columns: Any) -> AuditEntry:
    """INSERT the same row once more, but for these columns."""
    copy = AuditEntry(
        **{field.attname: getattr(entry, field.attname) for field in entry._meta.concrete_fields}
    )
    copy.pk = columns.pop("pk", None)
    for name, value in columns.items():
        setattr(copy, name, value)
    copy.save()
    return copy


def fault() -> tuple[str, int | None]:
    """What checking finds first, and of which entry; `("", None)` for nothing."""
    found = finding()
    return (found.fault.value, found.entry) if found else ("", None)


def finding() -> Finding | None:
    return verify().finding


def seal_to_the_end(*, crew: Any = None) -> None:
    """As the worker does. Transactions that run elsewhere on the server have to end first."""
    deadline = time.monotonic() + PATIENCE
    while unsealed().exists():
        sealing.seal(crew=crew)
        assert time.monotonic() < deadline, "somebody's transaction does not end"
        time.sleep(0.02)


@contextmanager
def secrets(settings: Any, *listed: str) -> Iterator[None]:
    """With other SECRET_KEYs."""
    settings.SECRETS = list(listed)
    forget_keys()
    try:
        yield
    finally:
        forget_keys()
