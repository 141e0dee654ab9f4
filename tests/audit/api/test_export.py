"""GET /audit/export: the list as a file."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest
from django.db import connection

from audit.kinds import Action
from audit.models import AuditEntry
from audit.services import export
from config.common import keyset
from config.common.request_meta import RequestMeta
from config.common.times import wire
from tests.audit.log import auditor, happened
from tests.factories import UserFactory

WIDE = "\uff1d"  # as wide as a Chinese letter; some spreadsheets take it for "="
HOUR = timedelta(hours=1)


@pytest.fixture
def reader(client_for):
    client = client_for(auditor(username="the_auditor"))
    AuditEntry.unlocked.all().delete()
    return client


def body(response):
    assert response.status_code == 200, response.data
    return b"".join(response.streaming_content)


def as_csv(reader, **query):
    text = body(reader.get("audit/export", query)).decode()
    assert text.endswith("\r\n")
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def as_lines(reader, **query):
    answer = body(reader.get("audit/export", {"format": "jsonl", **query}))
    return [json.loads(line) for line in answer.splitlines()]


def test_lines_are_entries_as_the_list_shows_them(reader, owner, stranger):
    happened(actor=owner, subject=owner, ago=HOUR, device="Firefox on Linux")
    happened(Action.ADMIN_SUSPENDED, actor=stranger, subject=owner, reason="Пермь")
    listed = reader.get("audit").data["data"]["logs"]

    assert as_lines(reader) == listed


def test_a_sheet_has_a_header_and_a_row_for_each(reader, owner):
    entry = happened(actor=owner, subject=owner, reason='He said "no",\nthen went.')

    (row,) = as_csv(reader)

    assert row == {
        "id": str(entry.pk),
        "timestamp": wire(entry.timestamp),
        "action": "USER_LOGIN",
        "resource": "user",
        "resourceId": str(owner.pk),
        "userId": str(owner.pk),
        "userEmail": owner.email,
        "userUsername": owner.username,
        "actorId": str(owner.pk),
        "actorEmail": owner.email,
        "actorUsername": owner.username,
        "ipAddress": "203.0.113.7",
        "userAgent": "Firefox",
        "requestId": "a-request-of-theirs",
        "details": row["details"],
    }
    assert json.loads(row["details"]) == {"reason": 'He said "no",\nthen went.'}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", WIDE])
def test_no_cell_is_a_formula(reader, start):
    evil = f"{start}HYPERLINK(1)"
    person = UserFactory(username="evil")
    type(person).objects.filter(pk=person.pk).update(email=f"{evil.lower()}@example.org")
    entry = happened(subject=person, resource_id=evil)
    AuditEntry.unlocked.filter(pk=entry.pk).update(user_agent=evil, request_id=evil)

    (row,) = as_csv(reader)

    for name in ("resourceId", "userEmail", "userAgent", "requestId"):
        assert row[name].startswith(f"'{start}")
    assert not any(cell.startswith(tuple(f"=+-@\t\r\n{WIDE}")) for cell in row.values())


def test_filters_hold_as_in_the_list(reader, owner, stranger):
    mine = happened(subject=owner)
    happened(subject=stranger)
    happened(Action.LOGIN_FAILED, subject=owner)

    found = as_lines(reader, userId=str(owner.pk), action="USER_LOGIN")

    assert [row["id"] for row in found] == [str(mine.pk)]
    assert reader.get("audit/export", {"userId": "abc"}).status_code == 422
    assert reader.get("audit/export", {"format": "xlsx"}).status_code == 422


def test_parts_meet_without_a_gap_or_a_double(reader, monkeypatch):
    monkeypatch.setattr(export, "CHUNK", 2)
    moment = happened().timestamp
    for number in range(6):
        happened(at=moment - HOUR * (number // 4))

    rows = as_lines(reader)

    assert [row["id"] for row in rows] == [
        str(entry.pk) for entry in AuditEntry.objects.newest_first() if entry.action == "USER_LOGIN"
    ]
    assert len(rows) == 7


def test_the_export_is_an_entry_and_not_in_itself(reader, owner):
    response = reader.get(
        "audit/export",
        {
            "format": "jsonl",
            "userId": str(owner.pk),
            "action": "USER_LOGIN",
            "endDate": "2026-11-23",
        },
    )

    entry = AuditEntry.objects.get()
    assert body(response) == b""
    assert (entry.action, entry.resource) == ("AUDIT_EXPORTED", "audit")
    assert entry.actor.username == "the_auditor"
    assert entry.details == {
        "format": "jsonl",
        "filters": {
            "userId": str(owner.pk),
            "action": ["USER_LOGIN"],
            "endDate": "2026-11-23",
        },
    }
    assert reader.get("audit").data["data"]["total"] == 1


def test_a_file_is_sent_as_one(reader):
    response = reader.get("audit/export", {"format": "csv"})

    assert response.streaming
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"].startswith('attachment; filename="audit-2')
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("style", "last"),
    [
        ("csv", b"ERROR,INTERNAL_ERROR,"),
        ("jsonl", b'{"error":{"code":"INTERNAL_ERROR","message":'),
    ],
)
def test_what_breaks_off_says_so_in_its_last_line(reader, monkeypatch, caplog, style, last):
    monkeypatch.setattr(export, "CHUNK", 2)
    for _ in range(5):
        happened()
    read, calls = keyset.read, []

    def breaks(*args, **kwargs):
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("the disk is full")
        return read(*args, **kwargs)

    monkeypatch.setattr(keyset, "read", breaks)
    parts = iter(reader.get("audit/export", {"format": style}).streaming_content)

    told = []
    with pytest.raises(RuntimeError):
        told.extend(iter(parts))

    lines = b"".join(told).splitlines()
    assert lines[-1].startswith(last)
    assert b"disk" not in lines[-1]
    assert len(lines) == (4 if style == "csv" else 3)


def test_no_transaction_stays_open_while_the_client_reads(db, monkeypatch):
    monkeypatch.setattr(export, "CHUNK", 1)
    happened()
    happened()
    depth = len(connection.savepoint_ids)

    parts = export.start({}, style=export.Style.JSONL, by=None, meta=RequestMeta(), given={})

    for _ in parts:
        assert len(connection.savepoint_ids) == depth
