from __future__ import annotations

from datetime import timedelta

import time_machine
from django.core import mail
from django.db import connection, transaction

from config.common.crypto import new_token
from notifications.kinds import State
from notifications.models import OutboxMail
from notifications.services import email, outbox
from notifications.services.outbox import Delivery, Figures


def raw_payload() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT payload FROM notifications_outboxmail")
        return cursor.fetchone()[0]


def test_a_mail_leaves_once_and_is_blanked(queue):
    row = queue()

    first, second = outbox.deliver_due(), outbox.deliver_due()

    assert (first, second) == (Delivery(sent=1), Delivery())
    assert [message.to for message in mail.outbox] == [["anna@example.com"]]
    row.refresh_from_db()
    assert (row.state, row.payload, row.lease_id) == (State.SENT, None, None)
    assert row.sent_at is not None


def test_nothing_leaves_when_the_transaction_is_rolled_back(queue):
    with transaction.atomic():
        queue()
        transaction.set_rollback(True)

    outbox.deliver_due()

    assert mail.outbox == []


def test_neither_address_nor_link_stands_in_clear(queue):
    row = queue()

    assert row.payload["to"] == "anna@example.com"
    assert "anna" not in raw_payload()
    assert "sesame" not in raw_payload()


def test_a_batch_takes_the_longest_due_first_and_no_more_than_its_limit(queue):
    for name in "abc":
        queue(to=f"{name}@example.com")

    delivery = outbox.deliver_due(limit=2)

    assert delivery == Delivery(sent=2)
    assert [message.to[0][0] for message in mail.outbox] == ["a", "b"]


def test_a_batch_needs_one_connection(queue, server):
    for name in "abc":
        queue(to=f"{name}@example.com")

    outbox.deliver_due()

    assert len(server.took) == 3
    assert server.opened == 1
    assert server.is_open is False


def test_nothing_due_opens_no_connection(db, server):
    outbox.deliver_due()

    assert server.opened == 0


def test_a_decoy_is_written_like_a_mail_and_dropped_unsent(
    db, server, caplog, django_assert_num_queries
):
    with django_assert_num_queries(1):
        outbox.enqueue_decoy()

    delivery = outbox.deliver_due()

    assert delivery == Delivery()
    assert (server.opened, server.took, caplog.records) == (0, [], [])
    assert not OutboxMail.objects.exists()


def test_a_decoy_costs_about_the_bytes_of_a_real_mail(person):
    email.reset_password(person, token=new_token())
    real = len(raw_payload())
    OutboxMail.objects.all().delete()

    outbox.enqueue_decoy()

    assert abs(len(raw_payload()) - real) < real / 8


def test_figures_tell_depth_age_and_deaths(queue):
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False) as clock:
        queue()
        clock.shift(timedelta(seconds=90))
        queue()
        OutboxMail.objects.filter(pk=queue().pk).update(state=State.DEAD)

        assert outbox.figures() == Figures(depth=2, oldest=90, dead=1)


def test_figures_of_an_empty_outbox_are_nought(db):
    assert outbox.figures() == Figures(depth=0, oldest=0, dead=0)


def test_purging_removes_what_was_sent_long_ago_and_nothing_else(queue):
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False) as clock:
        queue()
        outbox.deliver_due()
        dead = queue()
        OutboxMail.objects.filter(pk=dead.pk).update(state=State.DEAD)
        clock.shift(timedelta(days=8))
        recent = queue()
        outbox.deliver_due()
        clock.shift(timedelta(days=6))

        count = outbox.purge(timedelta(days=7))

    assert count == 1
    assert set(OutboxMail.objects.values_list("pk", flat=True)) == {dead.pk, recent.pk}
