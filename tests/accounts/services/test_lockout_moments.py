"""A lock is one of failures that were counted, not of clocks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.utils import timezone

from accounts.services import lockout
from accounts.services.lockout import Attempt


@pytest.mark.django_db
def test_one_failure_that_is_younger_than_the_look_at_the_clock_locks_nobody(owner, meta):
    AccessAttempt.objects.create(
        username=owner.username, ip_address=meta.network, user_agent="", failures_since_start=1
    )
    AccessAttempt.objects.update(attempt_time=timezone.now() + timedelta(seconds=5))

    assert lockout.locked_for(Attempt(owner.username, owner, meta)) is None
