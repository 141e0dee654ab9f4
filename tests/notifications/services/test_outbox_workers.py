from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction

from notifications.kinds import State
from notifications.models import OutboxMail
from notifications.services import outbox
from notifications.services.outbox import Delivery


class Killed(BaseException):
    """What no handler catches."""


def kill():
    raise Killed


def test_a_worker_that_is_killed_loses_nothing(queue, server):
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False) as clock:
        queue()
        server.while_sending = kill
        with pytest.raises(Killed):
            outbox.deliver_due()
        server.while_sending = lambda: None

        clock.shift(timedelta(seconds=119))
        under_lease = outbox.deliver_due()
        clock.shift(timedelta(seconds=2))
        after_lease = outbox.deliver_due()

    assert (under_lease, after_lease) == (Delivery(), Delivery(sent=1))


def test_a_mail_sent_twice_is_recognisable(queue, server):
    """The worker died between sending and noting it."""
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False) as clock:
        row = queue()
        server.while_sending = kill
        with pytest.raises(Killed):
            outbox.deliver_due()
        server.while_sending = lambda: None
        clock.shift(outbox.LEASE)
        outbox.deliver_due()

    ids = [message.message()["Message-ID"] for message in server.took]
    assert ids == [f"<{row.pk}@localhost>"] * 2


def test_a_worker_whose_lease_ran_out_does_not_touch_the_row(queue, server):
    row = queue()
    theirs = "0198a000-0000-7000-8000-000000000001"

    def somebody_takes_it():
        OutboxMail.objects.filter(pk=row.pk).update(lease_id=theirs)

    server.while_sending = somebody_takes_it

    outbox.deliver_due()

    row.refresh_from_db()
    assert (row.state, str(row.lease_id)) == (State.PENDING, theirs)


def test_a_row_that_another_worker_took_meanwhile_is_not_sent(queue, server):
    queue(to="a@example.com")
    second = queue(to="b@example.com")

    def somebody_takes_it():
        OutboxMail.objects.filter(pk=second.pk).update(lease_id=second.pk)

    server.while_sending = somebody_takes_it

    delivery = outbox.deliver_due()

    assert delivery == Delivery(sent=1)
    assert [message.to for message in server.took] == [["a@example.com"]]


def test_a_person_erased_meanwhile_gets_no_mail(queue, server, person):
    queue(to="a@example.com")
    queue(to=person.email, user_id=person.pk)
    server.while_sending = lambda: person.pk and person.delete()

    delivery = outbox.deliver_due()

    assert delivery == Delivery(sent=1)
    assert [message.to for message in server.took] == [["a@example.com"]]


def test_each_mail_renews_its_lease(queue, server):
    """A slow server may take longer for a batch than one lease lasts."""
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False) as clock:
        for name in "abc":
            queue(to=f"{name}@example.com")
        others = []

        def slowly():
            clock.shift(timedelta(seconds=50))
            others.append(OutboxMail.objects.get(payload__isnull=False, pk=third).leased_until)

        third = OutboxMail.objects.latest("id").pk
        server.while_sending = slowly
        outbox.deliver_due()

    assert others[0] == others[1]
    assert others[2] > others[1]


def at_once(work: Callable[[], Any], *, workers: int = 4) -> list[Any]:
    """What each of the workers got, having begun in the same moment."""
    start = threading.Barrier(workers)

    def run() -> Any:
        try:
            start.wait(timeout=10)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        return [future.result() for future in [pool.submit(run) for _ in range(workers)]]


@pytest.mark.django_db(transaction=True)
def test_no_mail_is_in_the_hands_of_two_workers(queue):
    for number in range(10):
        queue(to=f"p{number}@example.com")

    for _ in range(15):
        OutboxMail.objects.update(lease_id=None, leased_until=None)
        leased = at_once(lambda: [row.pk for row in outbox._lease(10)])

        taken = [pk for hands in leased for pk in hands]
        assert len(taken) == len(set(taken))
        assert taken


@pytest.mark.django_db(transaction=True)
def test_workers_that_come_at_once_share_the_mails_and_double_none(queue, mailoutbox):
    for number in range(40):
        queue(to=f"p{number}@example.com")

    deliveries = at_once(lambda: [outbox.deliver_due(limit=5) for _ in range(10)])

    assert sum(delivery.sent for batches in deliveries for delivery in batches) == 40
    recipients = sorted(message.to[0] for message in mailoutbox)
    assert recipients == sorted(f"p{number}@example.com" for number in range(40))


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite locks no rows, but everything")
def test_a_worker_does_not_wait_for_rows_in_other_hands(queue):
    queue(to="a@example.com")
    queue(to="b@example.com")
    held, done = threading.Event(), threading.Event()

    def hold_the_first():
        with transaction.atomic():
            OutboxMail.objects.select_for_update().earliest("id")
            held.set()
            done.wait(timeout=10)
        connection.close()

    holder = threading.Thread(target=hold_the_first)
    holder.start()
    held.wait(timeout=10)
    delivery = outbox.deliver_due()
    done.set()
    holder.join()

    assert delivery == Delivery(sent=1)
