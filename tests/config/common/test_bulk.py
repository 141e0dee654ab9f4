"""Many rows in one statement."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Session, User
from audit.models import AuditEntry
from config.common.bulk import among, insert_alike, insert_many, update_many
from config.common.one_row import insert_one
from notifications.kinds import Kind
from notifications.models import Notification
from notifications.services import inbox, outbox
from notifications.services.inbox import notify
from tests.factories import UserFactory

MOMENT = datetime(2026, 11, 23, 10, 0, 0, 123456, tzinfo=UTC)


def entry(**fields):
    return AuditEntry(action="USER_LOGIN", resource="user", timestamp=MOMENT, **fields)


@pytest.mark.django_db
def test_every_kind_of_value_comes_back_as_it_was():
    who = uuid4()
    rows = [
        entry(
            user_id=who,
            details={"text": "ü'\"\\", "list": [1, None, {"a": True}]},
            ip_address="2001:db8::1",
            user_agent="a,b{c}",
            mark=b"\x00\xff\\",
            salt=who,
        ),
        entry(user_id=None, details={}, ip_address=None, mark=None, salt=None),
    ]

    assert insert_many(rows) == 2

    one, other = AuditEntry.objects.order_by("pk")
    assert one.details == rows[0].details
    assert (one.user_id, one.salt, one.ip_address) == (who, who, "2001:db8::1")
    assert (one.user_agent, bytes(one.mark), one.timestamp) == ("a,b{c}", b"\x00\xff\\", MOMENT)
    assert (other.user_id, other.ip_address, other.mark, other.blanked) == (None, None, None, None)


@pytest.mark.django_db
def test_nothing_is_nothing():
    assert insert_many([]) == 0


@pytest.mark.django_db
@pytest.mark.parametrize("number", [2, 3000])
def test_it_is_one_statement_however_many_they_are(owner, number):
    rows = [
        Notification(user=owner, type=Kind.SYSTEM, title="x", message="y") for _ in range(number)
    ]

    with CaptureQueriesContext(
        connection,
    ) as said:
        insert_many(rows)

    assert len(said) == 1
    assert Notification.objects.count() == number


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {
            "user_id": UUID(int=7),
            "details": {"text": "ü'\"\\", "list": [1, None]},
            "ip_address": "2001:db8::1",
            "user_agent": "a,b{c}",
            "mark": b"\x00\xff\\",
            "blanked": [],
        },
        {"salt": None, "mark": None, "id": 4711},
    ],
)
def test_one_row_is_stored_as_its_save_would(django_assert_num_queries, fields):
    row, saved = entry(**{"salt": uuid4(), **fields}), entry(**fields)
    saved.pk, saved.salt = None, row.salt
    saved.save()

    with django_assert_num_queries(1):
        insert_one(row)

    assert not row._state.adding
    one, other = AuditEntry.objects.get(pk=row.pk), AuditEntry.objects.get(pk=saved.pk)
    assert row.pk == fields.get("id", row.pk)
    for field in AuditEntry._meta.concrete_fields[1:]:
        assert getattr(one, field.attname) == getattr(other, field.attname), field.name


@pytest.mark.django_db
def test_one_row_that_is_refused_undoes_its_transaction(owner):
    notice = Notification(user=owner, type=Kind.SYSTEM, title="x", message="y")
    insert_one(notice)

    with transaction.atomic():
        with pytest.raises(IntegrityError):
            insert_one(notice)
        assert transaction.get_rollback()
        transaction.set_rollback(True)

    assert Notification.objects.count() == 1


@pytest.mark.django_db
def test_a_row_is_stored_many_times_with_some_values_of_each(django_assert_num_queries):
    one, other, last = uuid4(), uuid4(), uuid4()
    texts = ['a,b{c}"\\', "NULL", ""]
    later = MOMENT + timedelta(microseconds=1)

    with django_assert_num_queries(1):
        count = insert_alike(
            entry(details={"all": ["ü"]}, ip_address="2001:db8::1", mark=b"\x00"),
            {
                "user_id": [one, None, last],
                "salt": [one, other, last],
                "user_agent": texts,
                "mark": [b"\x00\xff\\", None, b""],
                "blanked": [{"x": '"'}, None, []],
                "timestamp": [MOMENT, later, MOMENT],
            },
        )

    assert count == 3
    rows = list(AuditEntry.objects.order_by("pk"))
    assert [row.user_id for row in rows] == [one, None, last]
    assert [row.salt for row in rows] == [one, other, last]
    assert [row.user_agent for row in rows] == texts
    assert [row.mark if row.mark is None else bytes(row.mark) for row in rows] == [
        b"\x00\xff\\", None, b"",
    ]  # fmt: skip
    assert [row.blanked for row in rows] == [{"x": '"'}, None, []]
    assert [row.timestamp for row in rows] == [MOMENT, later, MOMENT]
    assert all(row.details == {"all": ["ü"]} and row.ip_address == "2001:db8::1" for row in rows)
    assert insert_alike(entry(), {"user_id": []}) == 0


@pytest.mark.django_db
def test_what_does_not_fit_stores_nothing():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite bounds no text.")
    with pytest.raises(DataError), transaction.atomic():
        insert_many([entry(), entry(request_id="x" * 129)])

    assert not AuditEntry.objects.exists()


@pytest.mark.django_db
def test_conflicts_are_refused_or_left_out(owner):
    notice = Notification(user=owner, type=Kind.SYSTEM, title="x", message="y")
    insert_many([notice])

    with pytest.raises(IntegrityError), transaction.atomic():
        insert_many([notice])
    fresh = Notification(user=owner, type=Kind.SYSTEM, title="x", message="y")
    assert insert_many([notice, fresh], ignore_conflicts=True) == 1


@pytest.mark.django_db
def test_rows_are_found_by_any_number_of_ids():
    people = [UserFactory() for _ in range(3)]
    ids = [people[0].pk, people[2].pk, *[UUID(int=number) for number in range(5000)]]

    found = User.objects.filter(among("pk", ids)).order_by("pk")

    assert list(found) == [people[0], people[2]]
    assert not User.objects.filter(among("pk", [])).exists()
    assert not Session.objects.filter(among("user", ids)).exists()


@pytest.mark.django_db
def test_notices_collected_in_a_block_are_stored_at_its_end(owner):
    with inbox.ROWS.together(), outbox.ROWS.together():
        notify(owner, Kind.SYSTEM, title="one", message="x")
        notify(owner, Kind.SYSTEM, title="two", message="x")
        assert not Notification.objects.exists()

    assert Notification.objects.count() == 2
    notify(owner, Kind.SYSTEM, title="three", message="x")
    assert Notification.objects.count() == 3


@pytest.mark.django_db
def test_a_block_that_fails_stores_nothing(owner):
    def fail():
        with inbox.ROWS.together():
            notify(owner, Kind.SYSTEM, title="one", message="x")
            raise LookupError

    with pytest.raises(LookupError):
        fail()

    assert not Notification.objects.exists()


@pytest.mark.django_db
def test_each_row_gets_its_own_values_and_no_other_row_or_field_does(django_assert_num_queries):
    insert_many([entry(user_agent=str(number), salt=uuid4()) for number in range(4)])
    rows = list(AuditEntry.objects.order_by("pk"))
    salts = [row.salt for row in rows]
    for row in rows[:3]:
        row.details = {"was": [row.user_agent, None]}
        row.ip_address = "2001:db8::1"
        row.user_agent, row.salt, row.mark, row.request_id = "", None, b"\x00\xff", "not stored"

    with django_assert_num_queries(1):
        fields = ["details", "ip_address", "user_agent", "salt", "mark"]
        assert update_many(rows[:3], fields) == 3

    found = list(AuditEntry.objects.order_by("pk"))
    assert [row.details for row in found] == [{"was": [str(n), None]} for n in range(3)] + [{}]
    assert [row.ip_address for row in found] == ["2001:db8::1"] * 3 + [None]
    assert [row.user_agent for row in found] == ["", "", "", "3"]
    assert [row.salt for row in found] == [None, None, None, salts[3]]
    assert [row.mark and bytes(row.mark) for row in found] == [b"\x00\xff"] * 3 + [None]
    assert {row.request_id for row in found} == {""}


@pytest.mark.django_db
def test_nothing_to_change_is_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert update_many([], ["details"]) == 0
