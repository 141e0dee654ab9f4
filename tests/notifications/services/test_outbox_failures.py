from __future__ import annotations

import logging
import smtplib
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from config.common.crypto import forget_keys
from notifications.kinds import State
from notifications.models import OutboxMail
from notifications.services import outbox
from notifications.services.outbox import Delivery

GREYLISTED = smtplib.SMTPRecipientsRefused({"b@example.com": (451, b"b@example.com: later")})
NO_SUCH_USER = smtplib.SMTPRecipientsRefused({"b@example.com": (550, b"b@example.com: nobody")})


@pytest.fixture
def clock():
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False) as clock:
        yield clock


def fail_until_dead(row: OutboxMail, clock: time_machine.Coordinates) -> list[float]:
    """Try whenever it is due. Returns the waits in seconds between the tries."""
    waits = []
    while row.state == State.PENDING:
        outbox.deliver_due()
        row.refresh_from_db()
        wait = row.next_attempt_at - timezone.now()
        waits.append(wait.total_seconds())
        clock.shift(max(wait, timedelta(0)))
    return waits


def test_a_failing_recipient_does_not_stop_the_others(queue, server):
    for name in "abc":
        queue(to=f"{name}@example.com")
    server.refuses["b@example.com"] = GREYLISTED

    delivery = outbox.deliver_due()

    assert delivery == Delivery(sent=2, failed=1)
    assert [message.to[0][0] for message in server.took] == ["a", "c"]


def test_a_lost_connection_is_opened_again_for_the_next_mail(queue, server):
    for name in "ab":
        queue(to=f"{name}@example.com")
    server.refuses["a@example.com"] = smtplib.SMTPServerDisconnected("gone")

    delivery = outbox.deliver_due()

    assert delivery == Delivery(sent=1, failed=1)
    assert server.opened == 2


def test_nobody_answering_fails_the_whole_batch(queue, server):
    rows = [queue(to=f"{name}@example.com") for name in "abc"]
    server.down = ConnectionRefusedError(111, "Connection refused")

    delivery = outbox.deliver_due()

    assert delivery == Delivery(failed=3)
    assert server.asked == 1
    for row in rows:
        row.refresh_from_db()
        assert (row.attempts, row.last_error) == (1, "ConnectionRefusedError")
        assert row.next_attempt_at > timezone.now()


def test_waits_grow_until_a_day_has_passed(queue, server, clock):
    row = queue()
    server.down = ConnectionRefusedError()

    waits = fail_until_dead(row, clock)

    expected = [10, 30, 60, 300, 900, *[3600] * 20]
    for wait, about in zip(waits, expected, strict=False):
        assert about * 0.9 <= wait <= about * 1.1
    assert sum(waits) == pytest.approx(24 * 3600, abs=1)


def test_what_failed_together_is_not_tried_in_the_same_moment(queue, server, clock):
    for _ in range(10):
        queue()
    server.down = ConnectionRefusedError()

    outbox.deliver_due()

    assert OutboxMail.objects.values("next_attempt_at").distinct().count() > 1


def test_a_mail_is_not_tried_before_its_time(queue, server, clock):
    queue()
    server.down = ConnectionRefusedError()
    outbox.deliver_due()
    server.down = None

    clock.shift(timedelta(seconds=8))
    early = outbox.deliver_due()
    clock.shift(timedelta(seconds=4))
    late = outbox.deliver_due()

    assert (early, late) == (Delivery(), Delivery(sent=1))


def test_after_a_day_a_mail_is_given_up_and_stays_in_sight(queue, server, clock, caplog):
    row = queue()
    server.down = ConnectionRefusedError()

    fail_until_dead(row, clock)

    assert outbox.figures().dead == 1
    assert outbox.deliver_due() == Delivery()
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [str(row.pk) in record.getMessage() for record in errors] == [True]


def test_a_recipient_refused_for_good_is_given_up_at_once(queue, server):
    row = queue(to="b@example.com")
    server.refuses["b@example.com"] = NO_SUCH_USER

    delivery = outbox.deliver_due()

    assert delivery == Delivery(dead=1)
    row.refresh_from_db()
    assert (row.state, row.last_error) == (State.DEAD, "SMTPRecipientsRefused 550")


def test_a_recipient_refused_for_now_is_tried_again(queue, server):
    row = queue(to="b@example.com")
    server.refuses["b@example.com"] = GREYLISTED

    delivery = outbox.deliver_due()

    assert delivery == Delivery(failed=1)
    row.refresh_from_db()
    assert (row.state, row.last_error) == (State.PENDING, "SMTPRecipientsRefused 451")


def test_neither_the_row_nor_the_log_quotes_the_server(queue, server, caplog):
    row = queue(to="b@example.com")
    server.refuses["b@example.com"] = smtplib.SMTPDataError(554, b"<b@example.com> is spam")

    outbox.deliver_due()

    row.refresh_from_db()
    assert row.last_error == "SMTPDataError 554"
    assert "SMTPDataError 554" in caplog.text
    assert "example.com" not in caplog.text


def test_dead_mail_that_is_sent_again_has_another_day(queue, server, clock):
    row = queue()
    server.down = ConnectionRefusedError()
    fail_until_dead(row, clock)

    count = outbox.replay()
    failed_again = outbox.deliver_due()
    server.down = None
    clock.shift(timedelta(seconds=12))
    sent = outbox.deliver_due()

    assert (count, failed_again, sent) == (1, Delivery(failed=1), Delivery(sent=1))


def test_only_the_named_dead_mails_are_sent_again(queue):
    named, other, pending = queue(), queue(), queue()
    OutboxMail.objects.filter(pk__in=[named.pk, other.pk]).update(state=State.DEAD)

    count = outbox.replay([named.pk, pending.pk])

    assert count == 1
    assert list(OutboxMail.objects.dead()) == [other]


def test_a_mail_that_cannot_be_written_fails_alone_and_shows_where(queue, server, caplog):
    broken = queue()
    OutboxMail.objects.filter(pk=broken.pk).update(mail="no_such_mail")
    queue()

    delivery = outbox.deliver_due()

    assert delivery == Delivery(sent=1, failed=1)
    broken.refresh_from_db()
    assert broken.last_error == "TemplateDoesNotExist"
    assert "rendering.py" in caplog.text
    assert "sesame" not in caplog.text


def test_a_payload_that_no_key_opens_fails_alone(queue, server, settings):
    keys = settings.FIELD_ENCRYPTION_KEYS
    settings.FIELD_ENCRYPTION_KEYS = ["another-key-0123456789-0123456789"]
    forget_keys()
    row = queue().pk
    settings.FIELD_ENCRYPTION_KEYS = keys
    forget_keys()
    queue()

    delivery = outbox.deliver_due()

    assert delivery == Delivery(sent=1, failed=1)
    assert OutboxMail.objects.defer("payload").get(pk=row).last_error == "ImproperlyConfigured"


def test_two_addresses_in_one_are_refused(queue, server):
    queue(to="anna@example.com, eve@example.com")

    assert outbox.deliver_due() == Delivery(failed=1)
    assert server.took == []
