from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from config.common import keyset
from config.common.keyset import keys

NEWEST = keys("-created_at", "-id")
BY_LOGIN = keys("-last_login", "id", nullable=["last_login"])


def people(number: int, **fields: object) -> list[User]:
    known = User.objects.count()
    return User.objects.bulk_create(
        User(username=f"p{n}", email=f"p{n}@example.org", **fields)
        for n in range(known, known + number)
    )


@pytest.mark.django_db
@pytest.mark.parametrize(("there", "told"), [(0, 0), (1, 1), (1000, 1000)])
def test_up_to_a_thousand_matches_are_counted_exactly(there, told):
    people(there)

    assert keyset.count(User.objects.all()) == keyset.Count(told)


@pytest.mark.django_db
@pytest.mark.skipif("connection.vendor != 'postgresql'")
def test_past_a_thousand_the_planner_is_asked_and_nothing_is_counted_through():
    people(3000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE accounts_user")

    with CaptureQueriesContext(connection) as asked:
        counted = keyset.count(User.objects.order_by("email"))

    assert counted.is_estimate
    assert 2000 <= counted.total <= 4000
    assert len(asked) == 2
    assert "LIMIT 1001" in asked[0]["sql"]
    assert asked[1]["sql"].startswith("EXPLAIN")


@pytest.mark.django_db
@pytest.mark.skipif("connection.vendor != 'sqlite'")
def test_past_a_thousand_a_small_house_counts_on():
    people(1001)

    assert keyset.count(User.objects.all()) == keyset.Count(1001)


@pytest.mark.django_db
def test_an_estimate_is_never_below_what_was_counted():
    people(1500)

    counted = keyset.count(User.objects.filter(username__contains="p"))

    assert counted.total >= 1001


@pytest.mark.django_db
def test_rows_behind_a_row_are_entered_by_the_first_column():
    position = (datetime(2026, 1, 1, tzinfo=UTC), people(1)[0].pk)

    sql = str(User.objects.filter(keyset.behind(NEWEST, position)).query)

    condition = sql.partition("WHERE")[2]
    assert '"created_at" <= ' in condition
    assert condition.index("AND") < condition.index("OR")


@pytest.mark.django_db
@pytest.mark.parametrize("offset", [0, 2, 3, 4, 6, 7, 9])
def test_an_offset_reaches_over_the_seam_to_those_without_a_value(offset):
    told = people(4, last_login=datetime(2026, 1, 1, tzinfo=UTC))
    untold = people(3)
    in_order = sorted(u.pk for u in told) + sorted(u.pk for u in untold)

    read = keyset.read(User.objects.all(), BY_LOGIN, limit=2, offset=offset)

    assert [user.pk for user in read.rows] == in_order[offset : offset + 2]
    assert (read.position is not None) == (offset + 2 < 7)


@pytest.mark.django_db
@pytest.mark.parametrize("order", [NEWEST, BY_LOGIN])
def test_reading_takes_as_many_statements_for_many_rows_as_for_few(
    order, django_assert_max_num_queries
):
    people(60)

    for offset in (0, 30):
        with django_assert_max_num_queries(3 if order is BY_LOGIN else 1):
            read = keyset.read(User.objects.all(), order, limit=20, offset=offset)
        assert len(read.rows) == 20
