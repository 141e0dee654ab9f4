"""Periodic work that did not get done in its time goes on at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import PeriodicTask
from accounts.services import tasks
from accounts.services.tasks import Task, run_due
from audit.services import sealing
from tests.audit.log import happened
from tests.audit.sealing import seal_to_the_end

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def due(monkeypatch, task):
    """No other work there is, and it is time for it."""
    monkeypatch.setattr(tasks, "TASKS", (task,))
    PeriodicTask.objects.create(name=task.name, due_at=timezone.now() - HOUR)


@pytest.mark.parametrize(("left", "runs"), [([True, True, False], 3), ([False], 1)])
def test_it_is_due_again_until_nothing_is_left(monkeypatch, left, runs):
    answers = iter(left)
    task = Task("counting", HOUR, lambda: next(answers), lambda is_left: is_left)
    due(monkeypatch, task)

    done = 0
    while run_due():
        done += 1

    assert done == runs
    assert PeriodicTask.objects.get(pk="counting").due_at > timezone.now()


def test_work_that_fails_waits_for_its_time(monkeypatch):
    task = Task("failing", HOUR, lambda: 1 / 0, lambda _result: True)
    due(monkeypatch, task)

    assert (run_due(), run_due()) == (1, 0)


@pytest.mark.django_db(transaction=True)
def test_sealing_is_one_of_them(monkeypatch):
    (seal,) = [task for task in tasks.TASKS if task.name == "seal"]
    happened()

    assert seal.every == timedelta(minutes=1)
    assert seal.is_unfinished(sealing.Run(1, 1, 0, more=True))
    assert not seal.is_unfinished(seal.work())
    seal_to_the_end()
