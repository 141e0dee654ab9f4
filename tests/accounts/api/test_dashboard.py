"""Numbers about everybody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AccountLock, Figure, Session, User
from accounts.services import figures
from tests.accounts.authenticator import turned_on
from tests.factories import UserFactory, admin


@pytest.fixture
def staff(client_for):
    return client_for(admin())


@pytest.fixture
def everybody(db):
    long_ago = timezone.now() - timedelta(days=40)
    UserFactory(suspended=True, deleted=True)
    UserFactory(deactivated=True, unverified=True)
    User.objects.filter(pk=UserFactory().pk).update(created_at=long_ago)
    turned_on(UserFactory(username="locked_one"))
    AccountLock.objects.create(key="locked_one", password_off_at=timezone.now())


def test_the_dashboard_counts(staff, everybody):
    data = staff.get("admin/dashboard").data["data"]

    assert data == {
        "users": {
            "total": 5,
            "active": 3,
            "verified": 4,
            "with2FA": 1,
            "newThisWeek": 4,
            "suspended": 1,
            "locked": 1,
            "deleted": 1,
        },
        "sessions": {"active": 1},
        "roles": {"total": 3},
    }


def test_analytics_counts(staff, client_for, everybody):
    for days in (0, 3, 20, 40):
        person = UserFactory()
        client_for(person)
        seen = timezone.now() - timedelta(days=days)
        Session.objects.filter(user=person).update(last_activity=seen)

    data = staff.get("audit/analytics").data["data"]

    assert data["users"] == {"total": 9, "verified": 8, "verificationRate": "88.9%"}
    assert data["activity"] == {"activeToday": 2, "activeWeek": 3, "activeMonth": 4}
    assert data["growth"] == {"newUsersToday": 8, "newUsersWeek": 8}
    assert data["logins"] == {"last30Days": 5}


def test_many_people_are_counted_beforehand(staff, everybody, monkeypatch):
    monkeypatch.setattr(figures, "SMALL", 2)
    figures.refresh()
    UserFactory()

    assert staff.get("admin/dashboard").data["data"]["users"]["total"] == 5
    Figure.objects.update(counted_at=timezone.now() - timedelta(seconds=61))

    assert staff.get("admin/dashboard").data["data"]["users"]["total"] == 6


def test_one_counts_anew_and_the_others_of_that_moment_do_not_wait(staff, everybody, monkeypatch):
    monkeypatch.setattr(figures, "SMALL", 2)
    figures.refresh()
    UserFactory()
    Figure.objects.update(counted_at=timezone.now() - timedelta(seconds=61))
    counts, meanwhile = figures._count, []

    def slow():
        meanwhile.append(figures.people()["total"])
        return counts()

    monkeypatch.setattr(figures, "_count", slow)

    assert staff.get("admin/dashboard").data["data"]["users"]["total"] == 6
    assert meanwhile == [5]


def test_an_empty_house_has_a_rate_too(staff):
    User.objects.update(email_verified_at=None)

    assert staff.get("audit/analytics").data["data"]["users"]["verificationRate"] == "0.0%"
