"""Settings changed by many at once: the log is one chain from value to value, with no gap."""

from __future__ import annotations

from accounts.models import Setting
from accounts.services import settings
from audit.models import AuditEntry
from rbac.permissions import Permission
from tests.accounts.races.crowd import unexpected
from tests.staff import holding


def test_each_change_tells_what_it_found(crowd, meta, rounds):
    keeper = holding(Permission.ADMIN_SETTINGS)
    for _ in range(rounds):
        Setting.objects.all().delete()
        last = AuditEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        tasks = [
            lambda n=number: settings.change({"lockout_threshold": n}, by=keeper, meta=meta)
            for number in range(10, 18)
        ]

        outcomes = crowd.at_once(tasks)

        assert unexpected(outcomes) == []
        steps = [
            (entry.details["old"]["lockoutThreshold"], entry.details["new"]["lockoutThreshold"])
            for entry in AuditEntry.objects.filter(pk__gt=last).order_by("pk")
        ]
        assert [old for old, _new in steps] == [5, *(new for _old, new in steps[:-1])]
        assert Setting.objects.get().value == steps[-1][1]


def test_setting_and_setting_back_at_once_never_trip(crowd, meta, rounds):
    keeper = holding(Permission.ADMIN_SETTINGS)
    for _ in range(rounds):
        tasks = [
            lambda n=number: settings.change(
                {"lockout_threshold": n if n % 2 else None}, by=keeper, meta=meta
            )
            for number in range(10, 18)
        ]

        assert unexpected(crowd.at_once(tasks)) == []
