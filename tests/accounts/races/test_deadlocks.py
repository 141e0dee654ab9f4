"""What every test here asserts at its end is able to fail."""

from __future__ import annotations

from threading import Barrier

import pytest
from django.db import OperationalError, transaction
from django.utils import timezone

from accounts.models import User
from tests.accounts.races.conftest import deadlocks
from tests.accounts.races.crowd import gathered
from tests.factories import UserFactory


@pytest.mark.usefixtures("wants_deadlocks")
def test_two_who_wait_for_each_other_are_counted():
    one, other = UserFactory(), UserFactory()
    before, both_hold_one = deadlocks(), Barrier(2)

    def touch(first: User, second: User) -> None:
        with transaction.atomic():
            User.objects.filter(pk=first.pk).update(last_login=timezone.now())
            both_hold_one.wait(10)
            User.objects.filter(pk=second.pk).update(last_login=timezone.now())

    with gathered(2) as pair:
        outcomes = pair.at_once([lambda: touch(one, other), lambda: touch(other, one)])

    assert sum(isinstance(outcome, OperationalError) for outcome in outcomes) == 1
    assert deadlocks() == before + 1
