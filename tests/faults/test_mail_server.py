"""The mail server is away or refuses: sign-up does not notice, and no mail is lost."""

from __future__ import annotations

import pytest

from tests.faults.people import somebody
from tests.servers import until

PAST = "2026-01-01 00:00:00+00:00"


def go_away(mail_server):
    mail_server.stop()


def refuse(mail_server):
    mail_server.refuses = True


def come_back(mail_server):
    mail_server.refuses = False
    mail_server.stop()
    mail_server.start()


@pytest.mark.parametrize("fail", [go_away, refuse])
def test_a_mail_waits_for_its_server_and_is_seen_to_wait(on_sqlite, mail_server, fail):
    fail(mail_server)
    program = on_sqlite()
    program.serve()
    program.worker.start()

    person = somebody(program)

    def was_tried():
        return program.sql("SELECT 1 FROM notifications_outboxmail WHERE last_error <> ''")

    until(was_tried, seconds=20)
    # As if it had waited since New Year.
    program.sql("UPDATE notifications_outboxmail SET created_at = %s", PAST)
    health = program.call("GET", "/health/detailed")
    assert (health.status, health.body["status"]) == (200, "degraded")
    mail = health.body["checks"]["mail"]
    assert (mail["status"], mail["waiting"], mail["givenUp"]) == ("degraded", 1, 0)
    assert mail["oldestSeconds"] > 900
    assert mail_server.to(person.email) == []

    come_back(mail_server)
    program.sql("UPDATE notifications_outboxmail SET next_attempt_at = %s", PAST)

    mail_server.wait_for(person.email, "Confirm your email address", seconds=20)
    assert len(mail_server.to(person.email)) == 1
