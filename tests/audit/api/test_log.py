"""GET /audit: which entries, in which order, and how they look."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.kinds import Action
from audit.models import AuditEntry
from config.common.request_meta import RequestMeta
from tests.audit.log import auditor, happened
from tests.factories import UserFactory

HOUR = timedelta(hours=1)


@pytest.fixture
def reader(client_for):
    """Somebody who may read the log, signed in; what that wrote is out of the way."""
    client = client_for(auditor(username="the_auditor"))
    AuditEntry.unlocked.all().delete()
    return client


def ids(response):
    assert response.status_code == 200, response.data
    return [int(entry["id"]) for entry in response.data["data"]["logs"]]


def asked(reader, **query):
    return ids(reader.get("audit", query))


def test_an_entry_shows_whom_it_concerns_and_who_did_it(reader, owner, stranger):
    entry = happened(
        Action.PROFILE_UPDATED,
        at=datetime(2026, 11, 23, 10, tzinfo=UTC),
        actor=stranger,
        subject=owner,
        fields=["city"],
        old={"city": "Leeds"},
        new={"city": "London"},
    )

    response = reader.get("audit")

    assert response.data["data"] == {
        "logs": [
            {
                "id": str(entry.pk),
                "action": "PROFILE_UPDATED",
                "resource": "user",
                "resourceId": str(owner.pk),
                "details": {
                    "fields": ["city"],
                    "old": {"city": "Leeds"},
                    "new": {"city": "London"},
                },
                "ipAddress": "203.0.113.7",
                "userAgent": "Firefox",
                "requestId": "a-request-of-theirs",
                "timestamp": "2026-11-23T10:00:00.000Z",
                "user": {"id": str(owner.pk), "email": owner.email, "username": owner.username},
                "actor": {
                    "id": str(stranger.pk),
                    "email": stranger.email,
                    "username": stranger.username,
                },
            }
        ],
        "total": 1,
        "totalIsEstimate": False,
        "page": 1,
        "limit": 50,
        "totalPages": 1,
        "nextCursor": None,
    }


def test_what_the_program_did_by_itself_has_no_actor(reader):
    happened(Action.ROLE_EXPIRED, meta=RequestMeta())

    shown = reader.get("audit").data["data"]["logs"][0]

    nothing = {"user", "actor", "resourceId", "ipAddress", "userAgent", "requestId"}
    assert {name: shown[name] for name in nothing} == dict.fromkeys(nothing)


def test_somebody_who_is_gone_is_nobody(reader, stranger):
    happened(actor=stranger, subject=stranger)
    stranger.role_assignments.all().delete()
    stranger.delete()

    shown = reader.get("audit").data["data"]["logs"][0]

    assert (shown["user"], shown["actor"]) == (None, None)


def test_under_impersonation_both_are_named(reader, owner, stranger):
    happened(
        Action.PROFILE_UPDATED,
        actor=owner,
        subject=owner,
        meta=RequestMeta(actor_id=stranger.pk),
        fields=["city"],
    )

    shown = reader.get("audit").data["data"]["logs"][0]

    assert shown["actor"]["username"] == stranger.username
    assert shown["details"] == {"fields": ["city"], "impersonating": str(owner.pk)}


def test_the_newest_comes_first_whatever_its_key(reader):
    late_key_early_time = [happened(ago=HOUR), happened(), happened(ago=2 * HOUR)]

    assert asked(reader) == [late_key_early_time[number].pk for number in (1, 0, 2)]


def test_each_filter_finds_its_own(reader, owner, stranger):
    there = RequestMeta(ip="2001:db8::7", request_id="another-request")
    by_owner = happened(actor=owner, subject=owner, resource="session", resource_id="s-1")
    by_stranger = happened(
        Action.ADMIN_SUSPENDED, actor=stranger, subject=owner, meta=there, ago=HOUR
    )
    about_none = happened(Action.LOGIN_FAILED, ago=2 * HOUR)

    assert asked(reader, userId=str(owner.pk)) == [by_owner.pk, by_stranger.pk]
    assert asked(reader, actorId=str(stranger.pk)) == [by_stranger.pk]
    assert asked(reader, action="LOGIN_FAILED") == [about_none.pk]
    assert asked(reader, action=["LOGIN_FAILED", "USER_LOGIN"]) == [by_owner.pk, about_none.pk]
    assert asked(reader, resource="session") == [by_owner.pk]
    assert asked(reader, resourceId="s-1") == [by_owner.pk]
    assert asked(reader, resource="user", resourceId="s-1") == []
    assert asked(reader, ipAddress="2001:DB8:0::7") == [by_stranger.pk]
    assert asked(reader, userId=str(owner.pk), action="ADMIN_SUSPENDED") == [by_stranger.pk]


def test_bounds_of_time_include_what_they_name(reader):
    at = [
        happened(at=datetime(2026, 11, day, hour, tzinfo=UTC)) for day, hour in [(22, 23), (23, 0)]
    ]
    last = happened(at=datetime(2026, 11, 23, 23, 59, 59, 999_999, tzinfo=UTC))
    after = happened(at=datetime(2026, 11, 24, tzinfo=UTC))

    assert asked(reader, startDate="2026-11-23", endDate="2026-11-23") == [last.pk, at[1].pk]
    assert asked(reader, startDate="2026-11-23T23:59:59.999Z") == [after.pk, last.pk]
    assert asked(reader, endDate="2026-11-23T01:00:00+01:00") == [at[1].pk, at[0].pk]
    assert asked(reader, startDate="2026-11-24T00:00:00.001Z") == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("userId", "abc"),
        ("actorId", "1"),
        ("action", "NO_SUCH_THING"),
        ("ipAddress", "203.0.113"),
        ("startDate", "yesterday"),
        ("startDate", "2026-02-30"),
        ("endDate", "9999-12-31"),
        ("endDate", "20261123"),
        ("resource", "x" * 41),
        ("q", "a\x00b"),
        ("q", "x" * 255),
        ("limit", "101"),
    ],
)
def test_a_filter_that_is_none_is_a_fault_of_its_field(reader, field, value):
    response = reader.get("audit", {field: value})

    assert (response.status_code, response.data["code"]) == (422, "VALIDATION_FAILED")
    assert [fault["field"] for fault in response.data["errors"]] == [field]


def test_an_end_before_the_start_is_a_fault(reader):
    response = reader.get("audit", {"startDate": "2026-11-23", "endDate": "2026-11-22"})

    faults = [(fault["field"], fault["code"]) for fault in response.data["errors"]]
    assert (response.status_code, faults) == (422, [("endDate", "order")])


def test_a_cursor_goes_on_with_the_filters_and_meets_every_entry_once(reader, owner):
    moment = datetime(2026, 11, 23, 10, tzinfo=UTC)
    # Many in one moment: the key decides between them.
    wanted = [happened(at=moment + HOUR * (number // 3), subject=owner) for number in range(7)]
    happened(at=moment)

    seen, cursor = [], ""
    while True:
        query = {"cursor": cursor} if cursor else {"userId": str(owner.pk), "limit": 2}
        data = reader.get("audit", query).data["data"]
        assert data["total"] == 7
        seen += [int(entry["id"]) for entry in data["logs"]]
        cursor = data["nextCursor"]
        if not cursor:
            break

    expected = sorted(wanted, key=lambda entry: (entry.timestamp, entry.pk), reverse=True)
    assert seen == [entry.pk for entry in expected]


def test_entries_that_come_in_meanwhile_move_no_page(reader, owner):
    older = [happened(ago=HOUR * number) for number in range(4, 0, -1)]
    cursor = reader.get("audit", {"limit": 2}).data["data"]["nextCursor"]
    happened()

    assert asked(reader, cursor=cursor) == [older[1].pk, older[0].pk]


def test_a_cursor_of_one_query_opens_no_other(reader, owner):
    for _ in range(3):
        happened(subject=owner)
    cursor = reader.get("audit", {"limit": 2}).data["data"]["nextCursor"]

    others = [
        reader.get("audit", {"cursor": cursor, "action": "LOGIN_FAILED"}),
        reader.get("audit", {"cursor": cursor[:-1] + ("A" if cursor[-1] != "A" else "B")}),
        reader.get(f"audit/user/{owner.pk}", {"cursor": cursor}),
    ]

    assert [(r.status_code, r.data["code"]) for r in others] == [(422, "INVALID_CURSOR")] * 3


def test_pages_by_number_reach_ten_thousand_rows_deep(reader):
    response = reader.get("audit", {"page": 201})

    assert (response.status_code, response.data["code"]) == (422, "USE_CURSOR")


def test_a_persons_log_is_what_concerns_them(reader, owner, stranger):
    mine = happened(subject=owner, actor=stranger)
    happened(subject=stranger, actor=owner)

    response = reader.get(f"audit/user/{owner.pk}")

    assert ids(response) == [mine.pk]
    assert ids(reader.get(f"audit/user/{owner.pk}", {"action": "LOGIN_FAILED"})) == []


def test_who_is_not_there_has_no_history(reader, owner):
    assert reader.get(f"audit/user/{UserFactory.build().pk}").status_code == 404
    assert reader.get("audit/user/abc").status_code == 404


def test_q_finds_what_is_pasted_whole(reader, owner, stranger):
    meta = RequestMeta(ip="2001:db8::7", request_id="0123-abcd")
    about = happened(Action.ADMIN_SUSPENDED, actor=stranger, subject=owner, meta=meta)
    login = happened(actor=stranger, subject=stranger, ago=HOUR)
    gone = happened(
        Action.ACCOUNT_ERASED, resource_id="erased-0011", meta=RequestMeta(), ago=HOUR * 2
    )

    assert asked(reader, q="0123-abcd") == [about.pk]
    assert asked(reader, q=owner.email.upper()) == [about.pk]
    assert asked(reader, q=owner.username) == [about.pk]
    assert asked(reader, q=str(stranger.pk)) == [about.pk, login.pk]
    assert asked(reader, q="2001:db8:0:0::7") == [about.pk]
    assert asked(reader, q="suspend") == [about.pk]
    assert asked(reader, q="account erased") == [gone.pk]
    assert asked(reader, q="erased-0011") == [gone.pk]
    assert asked(reader, q="us") == []
    assert asked(reader, q="nobody@example.org") == []
    assert asked(reader, q="fe80::1%eth0") == []
    assert asked(reader, q=stranger.username, action="USER_LOGIN") == [login.pk]


def test_a_page_costs_as_many_statements_as_a_shorter_one(reader, owner, stranger):
    def statements():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert reader.get("audit").status_code == 200
        return len(captured)

    happened(subject=owner)
    one = statements()
    for _ in range(20):
        happened(subject=owner, actor=stranger)

    assert statements() == one
