"""Counting requests in the database, for the minutes in which the cache is away."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import transaction
from django.db.models import F

from accounts.models import RateCount


@transaction.atomic
def count(key: str, *, ends: int) -> int:
    """One more under this key; how many it is now. ends: seconds since the epoch."""
    RateCount.objects.bulk_create(
        [RateCount(key=key, expires_at=datetime.fromtimestamp(ends, UTC))], ignore_conflicts=True
    )
    RateCount.objects.filter(pk=key).update(count=F("count") + 1)
    return RateCount.objects.values_list("count", flat=True).get(pk=key)
