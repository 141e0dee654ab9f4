"""Which index a list of the log is read from, whatever the planner expects of the rows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from audit.kinds import Action
from audit.models import AuditEntry
from audit.selectors import search
from config.common import keyset
from config.common.ids import uuid7
from tests.audit.log import happened

SINGLE = {
    "user_id": (uuid7(), "audit_user"),
    "actor_id": (uuid7(), "audit_actor"),
    "action": (["USER_LOGIN"], "audit_action"),
    "resource": ("role", "audit_resource"),
    "resource_id": ("4711", "audit_resource_id"),
    "ip_address": ("192.0.2.1", "audit_ip"),
}


def plan(filters, order=None):
    found = search.matching(**filters)
    rows = found.order_by(*(key.ordering() for key in order or search.order_of(filters)))[:50]
    with connection.cursor() as cursor:
        # The table is empty: what matters is which way there is.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
    return rows.explain()


@pytest.mark.django_db
@pytest.mark.skipif("connection.vendor != 'postgresql'")
@pytest.mark.parametrize("name", SINGLE)
def test_a_filter_has_an_index_that_gives_the_newest_first(name):
    value, index = SINGLE[name]

    said = plan({name: value})

    assert f"{index} " in said
    assert "Sort" not in said


@pytest.mark.django_db
@pytest.mark.skipif("connection.vendor != 'postgresql'")
def test_a_filter_never_walks_along_the_whole_log():
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX audit_action")

    said = plan({"action": ["USER_LOGIN"]})

    # Nothing but the whole log's own index is left to walk along, and it is not taken.
    assert "audit_timestamp" not in said
    assert "Sort" in said


@pytest.mark.django_db
@pytest.mark.skipif("connection.vendor != 'postgresql'")
@pytest.mark.parametrize("filters", [{}, {"action": ["USER_LOGIN", "USER_LOGOUT"]}])
def test_the_whole_log_has_one_too(filters):
    said = plan(filters)

    assert "audit_timestamp" in said
    assert "Sort" not in said


@pytest.mark.django_db
@pytest.mark.skipif("connection.vendor != 'postgresql'")
@pytest.mark.parametrize("name", ["user_id", "actor_id", "ip_address"])
@pytest.mark.parametrize("second", [{"action": ["USER_LOGIN"]}, {"resource": "role"}])
def test_a_second_filter_is_looked_at_in_the_index_of_the_first(name, second):
    value, index = SINGLE[name]
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX audit_action, audit_resource")

    said = plan({name: value, **second})

    condition = next(line for line in said.splitlines() if "Index Cond" in line)
    assert f"{index} " in said
    assert next(iter(second)) in condition


@pytest.mark.django_db
@pytest.mark.skipif("connection.vendor != 'postgresql'")
def test_the_oldest_are_read_from_the_index_of_the_whole_log():
    said = plan({}, keyset.flipped(keyset.keys("timestamp", "id")))

    assert "audit_timestamp" in said
    assert "Sort" not in said


@pytest.mark.django_db
@pytest.mark.parametrize("oldest", [False, True])
def test_a_flipped_order_is_the_same_order(oldest):
    first = happened(Action.USER_LOGIN, ago=timedelta(hours=1))
    for _ in range(5):
        happened(Action.USER_LOGOUT, at=first.timestamp + timedelta(minutes=1))
    order = keyset.keys("timestamp", "id") if oldest else search.NEWEST
    entries = AuditEntry.objects.all()

    plain = keyset.read(entries, order, limit=3)
    flipped = keyset.read(entries, keyset.flipped(order), limit=3)

    assert flipped == plain
    rest = keyset.read(entries, keyset.flipped(order), limit=9, position=flipped.position)
    assert rest == keyset.read(entries, order, limit=9, position=plain.position)
    assert len(rest.rows) == 3


@pytest.mark.django_db
@pytest.mark.parametrize(("there", "told"), [(3, 3), (999, 999)])
def test_matches_are_counted_along_their_index_as_well(there, told):
    AuditEntry.objects.bulk_create(
        AuditEntry(action="USER_LOGIN", resource="session") for _ in range(there)
    )
    happened(Action.USER_LOGOUT)

    assert search.count({"action": ["USER_LOGIN"]}) == keyset.Count(told)
    assert search.count({}) == keyset.Count(told + 1)
