"""The log as a file, out of the staff site."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.test import Client

from audit.kinds import Action
from audit.models import AuditEntry
from rbac.permissions import Permission
from tests.audit.log import happened, holder

FILE = "/staff/audit/auditentry/export/"


@pytest.fixture
def staff(client):
    client.force_login(holder(Permission.ADMIN_ACCESS, Permission.AUDIT_READ, username="reader"))
    AuditEntry.unlocked.all().delete()
    return client


def body(answer):
    assert answer.status_code == 200
    return b"".join(answer.streaming_content).decode()


def test_a_sheet_holds_what_the_list_shows_and_no_formula(staff, owner, stranger):
    entry = happened(Action.ADMIN_SUSPENDED, subject=owner, actor=stranger, reason="=1+1")
    happened(subject=stranger)
    odd = happened(subject=owner, resource="=cmd")

    answer = staff.post(FILE, {"format": "csv", "person": owner.username})
    rows = list(csv.DictReader(io.StringIO(body(answer), newline=""), strict=True))

    assert [row["id"] for row in rows] == [str(odd.pk), str(entry.pk)]
    assert rows[0]["resource"] == "'=cmd"
    assert answer.headers["Content-Disposition"].endswith('.csv"')
    assert "no-store" in answer.headers["Cache-Control"]


def test_lines_are_entries_and_the_export_is_one_too(staff, owner):
    happened(subject=owner)
    entry = happened(Action.ADMIN_SUSPENDED, subject=owner)

    asked = {
        "format": "jsonl",
        "action": "ADMIN_SUSPENDED",
        "q": owner.email,
        "since": "2026-01-01",
    }
    lines = [json.loads(line) for line in body(staff.post(FILE, asked)).splitlines()]

    assert [line["id"] for line in lines] == [str(entry.pk)]
    told = AuditEntry.objects.get(action=Action.AUDIT_EXPORTED)
    assert told.actor.username == "reader"
    assert told.details["filters"] == {
        "action": "ADMIN_SUSPENDED", "q": owner.email, "startDate": "2026-01-01",
    }  # fmt: skip


def test_what_the_list_does_not_understand_makes_no_file(staff):
    answer = staff.post(FILE, {"format": "csv", "since": "soon"}, follow=True)

    assert "Enter a valid date." in answer.content.decode()
    assert not AuditEntry.objects.filter(action=Action.AUDIT_EXPORTED).exists()


def test_a_link_or_a_foreign_form_makes_no_file(staff):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = staff.cookies

    by_link = staff.get(FILE)
    assert (by_link.status_code, by_link.headers["Location"]) == (302, "/staff/audit/auditentry/")
    assert staff.put(FILE).status_code == 405
    assert strict.post(FILE, {"format": "csv"}).status_code == 403
    assert not AuditEntry.objects.filter(action=Action.AUDIT_EXPORTED).exists()


@pytest.mark.parametrize("permission", sorted(set(Permission) - {Permission.AUDIT_READ}))
def test_only_who_may_read_the_log_takes_it_along(client, permission):
    client.force_login(holder(*{Permission.ADMIN_ACCESS, permission}))

    assert client.post(FILE, {"format": "csv"}).status_code == 403
