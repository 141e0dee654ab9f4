from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.services.tasks import TASKS
from rbac import selectors
from rbac.models import Role, RoleAssignment
from rbac.services import holders

pytestmark = pytest.mark.django_db


def figures():
    return dict(Role.objects.values_list("name", "holders"))


def told():
    return {role.name: selectors.user_count(role) for role in selectors.roles()}


@pytest.fixture
def _few_are_many(monkeypatch):
    monkeypatch.setattr(selectors, "EXACT", 3)


def test_who_holds_a_role_now_is_counted(person):
    now = timezone.now()
    person("user", "admin")
    person("user", until=now + timedelta(minutes=1))
    person("user", "moderator", until=now - timedelta(seconds=1))

    holders.count_all()

    assert figures() == {"admin": 1, "moderator": 0, "user": 2}


def test_only_what_changed_is_written(person, django_assert_num_queries):
    person("user", "admin")

    assert holders.count_all() == 2
    with django_assert_num_queries(2):
        assert holders.count_all() == 0


def test_a_role_that_nobody_has_any_more_goes_back_to_none(person):
    person("moderator")
    holders.count_all()
    RoleAssignment.objects.all().delete()

    holders.count_all()

    assert figures()["moderator"] == 0


def test_a_count_is_no_change_of_the_role(person, role):
    before = role("user").updated_at
    person("user")

    holders.count_all()

    assert role("user").updated_at == before


@pytest.mark.usefixtures("_few_are_many")
def test_few_are_counted_at_once_whatever_the_worker_found(person):
    for _ in range(3):
        person("user")
    Role.objects.update(holders=70)

    assert told() == {"admin": 0, "moderator": 0, "user": 3}


@pytest.mark.usefixtures("_few_are_many")
def test_many_are_as_the_worker_found_or_at_least_what_was_seen(person):
    for _ in range(6):
        person("user")

    before = told()["user"]
    holders.count_all()

    assert before == 4
    assert told()["user"] == 6


def test_the_worker_does_it_well_within_the_minute():
    task = next(task for task in TASKS if task.name == "role holders")

    assert task.work is holders.count_all
    assert task.every < timedelta(minutes=1)
