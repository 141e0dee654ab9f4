"""The list of the log, asked in fields."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from audit.kinds import Action
from audit.models import AuditEntry
from config.common.request_meta import RequestMeta
from rbac.permissions import Permission
from tests.audit.log import happened, holder

LOG = "/staff/audit/auditentry/"


@pytest.fixture
def staff(client):
    client.force_login(holder(Permission.ADMIN_ACCESS, Permission.AUDIT_READ, username="reader"))
    AuditEntry.unlocked.all().delete()
    return client


@pytest.fixture
def log(db, owner, stranger):
    """Three entries that have little in common, by what was done."""

    def at(day, hour):
        return datetime(2026, 3, day, hour, tzinfo=UTC)

    here, there = RequestMeta(ip="203.0.113.7"), RequestMeta(ip="2001:db8::1")
    return {
        "login": happened(subject=owner, actor=owner, at=at(1, 0), meta=here),
        "suspended": happened(
            Action.ADMIN_SUSPENDED, subject=owner, actor=stranger, at=at(1, 23), meta=there
        ),
        "failed": happened(Action.LOGIN_FAILED, subject=stranger, at=at(2, 0), meta=here),
    }


def found(answer, log):
    assert answer.status_code == 200
    names = {entry.pk: name for name, entry in log.items()}
    return {names[one.pk] for one in answer.context_data["cl"].result_list if one.pk in names}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, {"login", "suspended", "failed"}),
        ({"person": "owner_of_it"}, {"login", "suspended"}),
        ({"person": "OWNER_of_it@example.org", "action": "USER_LOGIN"}, {"login"}),
        ({"actor": "stranger"}, {"suspended"}),
        ({"action": "LOGIN_FAILED"}, {"failed"}),
        ({"address": "2001:DB8:0:0::1"}, {"suspended"}),
        ({"address": " 203.0.113.7 "}, {"login", "failed"}),
        ({"since": "2026-03-02"}, {"failed"}),
        ({"until": "2026-03-01"}, {"login", "suspended"}),
        ({"since": "2026-03-01", "until": "2026-03-01"}, {"login", "suspended"}),
        ({"person": "owner_of_it", "q": "suspend"}, {"suspended"}),
        ({"person": "00000000-0000-7000-8000-000000000000"}, set()),
        ({"person": "", "action": "", "since": ""}, {"login", "suspended", "failed"}),
    ],
)
def test_all_that_is_asked_has_to_hold(staff, log, asked, expected):
    assert found(staff.get(LOG, asked), log) == expected


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"person": "nobody_here"}, "There is nobody of this email, username or id."),
        ({"actor": "a\x00b"}, "Null characters are not allowed."),
        (
            {"action": "DANCED"},
            "Select a valid choice.",
        ),
        ({"address": "here"}, "Enter a valid IPv4 or IPv6 address."),
        ({"since": "yesterday"}, "Enter a valid date."),
        ({"until": "9999-12-31"}, "Enter a valid date."),
        ({"since": "2026-03-02", "until": "2026-03-01"}, "This is before the start."),
    ],
)
def test_a_fault_is_told_at_its_field_and_nothing_is_shown(staff, log, asked, told):
    answer = staff.get(LOG, asked)

    assert found(answer, log) == set()
    assert told in answer.content.decode()


def test_pages_and_searches_keep_what_was_asked(staff, log, owner):
    for _ in range(60):
        happened(subject=owner)

    page = staff.get(LOG, {"person": owner.username, "q": "USER_LOGIN"}).content.decode()

    assert 'name="person" value="owner_of_it"' in page
    assert 'name="q" value="USER_LOGIN"' in page
    assert "?p=2&amp;person=owner_of_it&amp;q=USER_LOGIN" in page


@pytest.mark.parametrize("name", ["details__bulkId", "user_agent__contains", "user__password"])
def test_no_other_column_can_be_asked_by_address(staff, name):
    assert staff.get(LOG, {name: "x"}).status_code == 400
