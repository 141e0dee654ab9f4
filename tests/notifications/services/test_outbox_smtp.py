"""Against a real mail server on the loopback."""

from __future__ import annotations

import socket

import pytest
from aiosmtpd.controller import Controller

from notifications.models import OutboxMail
from notifications.services import outbox
from notifications.services.outbox import Delivery


class House:
    """Takes everybody but `nobody@`."""

    def __init__(self):
        self.envelopes = []
        self.connections = 0

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if address.startswith("nobody@"):
            return "550 5.1.1 No such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.envelopes.append(envelope)
        return "250 OK"


@pytest.fixture
def house(settings):
    house = House()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    controller = Controller(house, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port
    yield house
    controller.stop()


def test_a_batch_goes_over_one_connection_past_a_refused_recipient(queue, house):
    for name in ("a", "nobody", "b"):
        queue(to=f"{name}@example.com")

    delivery = outbox.deliver_due()

    assert delivery == Delivery(sent=2, dead=1)
    assert [e.rcpt_tos for e in house.envelopes] == [["a@example.com"], ["b@example.com"]]
    assert house.connections == 1


def test_a_mail_says_that_no_person_wrote_it(queue, house):
    queue()

    outbox.deliver_due()

    assert b"Auto-Submitted: auto-generated" in house.envelopes[0].content


def test_a_server_that_is_away_costs_an_attempt_and_no_mail(queue, house, settings):
    queue()
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1  # where nobody listens

    away = outbox.deliver_due()
    settings.EMAIL_PORT = port
    OutboxMail.objects.update(next_attempt_at="2026-01-01T00:00:00Z")
    back = outbox.deliver_due()

    assert (away, back) == (Delivery(failed=1), Delivery(sent=1))
