"""A hundred thousand entries leave in little memory."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.db import connection

from accounts.services.lifecycle import export
from audit.models import AuditEntry
from config.common.request_meta import RequestMeta

STATUS = Path("/proc/self/status")
ENTRIES = 100_000
MOST = 60 * 1024 * 1024  # bytes

pytestmark = pytest.mark.skipif(
    not STATUS.exists(), reason="reads what Linux says of this process's memory"
)


def resident() -> int:
    """Memory of this process's own; pages of SQLite's file that are mapped in are not."""
    line = re.search(r"^RssAnon:\s+(\d+) kB", STATUS.read_text(), re.MULTILINE)
    assert line
    return int(line[1]) * 1024


def live_long(user) -> None:
    """One entry of a usual size, and then copies of it, made by the database."""
    AuditEntry(
        action="USER_LOGIN",
        resource="session",
        user=user,
        actor=user,
        details={"device": "Firefox on Linux"},
        ip_address="203.0.113.7",
        user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
        request_id="019aaf3e-5c1f-7c52-9d43-0c6f5a2b7e10",
    ).save()
    columns = [f.column for f in AuditEntry._meta.concrete_fields if not f.primary_key]
    names = ", ".join(f'"{column}"' for column in columns)
    table = AuditEntry._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) "  # noqa: S608  names of our own
            f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ENTRIES}) "
            f"SELECT {names} FROM (SELECT * FROM {table} ORDER BY id DESC LIMIT 1) AS one, n"
        )


@pytest.mark.django_db(transaction=True)
def test_the_file_is_written_while_it_is_read(owner):
    live_long(owner)
    before = resident()
    length = entries = highest = 0

    for part in export.start(owner, meta=RequestMeta()):
        length += len(part)
        entries += part.count(b'"USER_LOGIN"')
        highest = max(highest, resident())

    assert entries == ENTRIES + 1
    assert length > ENTRIES * 200
    assert highest - before < MOST, highest - before
