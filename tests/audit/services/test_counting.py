from collections import Counter
from datetime import date

import pytest

from audit.models import DayCount
from audit.services import counting

pytestmark = pytest.mark.django_db

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)


def stored():
    return {(row.day, row.action, row.resource): row.count for row in DayCount.objects.all()}


def test_what_is_sealed_is_added_to_what_was_sealed_before():
    counting.add(Counter({(MONDAY, "USER_LOGIN", "session"): 2, (MONDAY, "X", "user"): 1}))
    counting.add(Counter({(MONDAY, "USER_LOGIN", "session"): 3, (TUESDAY, "X", "user"): 4}))

    assert stored() == {
        (MONDAY, "USER_LOGIN", "session"): 5,
        (MONDAY, "X", "user"): 1,
        (TUESDAY, "X", "user"): 4,
    }


def test_it_is_one_statement(django_assert_num_queries, settings):
    many = Counter({(MONDAY, f"ACTION_{number}", "user"): 1 for number in range(300)})

    with django_assert_num_queries(1):
        counting.add(many)

    assert DayCount.objects.count() == 300


def test_nothing_is_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        counting.add(Counter())
        counting.take_out(Counter())


def test_what_goes_is_taken_from_the_counts_and_nothing_left_leaves_no_row():
    counting.add(Counter({(MONDAY, "A", "user"): 5, (MONDAY, "B", "user"): 1}))

    counting.take_out(Counter({(MONDAY, "A", "user"): 2, (MONDAY, "B", "user"): 1}))

    assert stored() == {(MONDAY, "A", "user"): 3}
