"""Periodic work: each piece done by one worker at a time, however many run."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.utils import timezone

from accounts.models import PeriodicTask
from accounts.services import figures, hours, impersonation
from accounts.services.purge import purge
from audit.services import sealing
from rbac.services import expiry, holders

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Task:
    """every: how long after its last start it is due again.

    is_unfinished: asked of what the work returned; where it left something, it is due at once.
    """

    name: str
    every: timedelta
    work: Callable[[], Any]
    is_unfinished: Callable[[Any], bool] = lambda _result: False


# Seconds of sealing at a time: queued mails wait for it.
SEALING: Final = 2.0

TASKS: Final = (
    # Does nothing, and that shows that somebody is there to do it.
    Task("heartbeat", timedelta(minutes=1), lambda: None),
    Task("purge", timedelta(hours=1), purge),
    Task("expired roles", timedelta(minutes=1), expiry.end_overdue),
    Task("impersonations", timedelta(minutes=1), impersonation.end_fallen),
    Task("role holders", timedelta(seconds=45), holders.count_all),
    Task("figures", timedelta(seconds=45), figures.refresh),
    Task("hours", timedelta(seconds=45), hours.refresh),
    Task(
        "seal",
        timedelta(minutes=1),
        lambda: sealing.seal(seconds=SEALING),
        lambda run: run.more,
    ),
)


def run_due() -> int:
    """Do what is due and not being done; returns how many pieces that were.

    A piece is claimed by moving its next time on. A worker that dies in the middle of one has
    delayed it by one period and lost nothing: each piece can be done again from the start.
    """
    done = 0
    for task in TASKS:
        now = timezone.now()
        PeriodicTask.objects.bulk_create([PeriodicTask(name=task.name)], ignore_conflicts=True)
        claimed = PeriodicTask.objects.filter(pk=task.name, due_at__lte=now).update(
            due_at=now + task.every, started_at=now
        )
        if claimed:
            _run(task)
            done += 1
    return done


def _run(task: Task) -> None:
    error, finished = "", {}
    try:
        if task.is_unfinished(task.work()):
            finished = {"due_at": timezone.now()}
    except Exception as exception:
        logger.exception("The periodic task %s failed", task.name)
        error = type(exception).__name__
    PeriodicTask.objects.filter(pk=task.name).update(
        finished_at=timezone.now(), last_error=error[:300], **finished
    )
