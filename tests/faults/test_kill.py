"""Killed in the middle of its work: what was promised is there, and nothing is there by half."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException

from tests.faults.people import Person, somebody
from tests.servers import until

ENOUGH = 25  # acknowledged sign-ups before the end
PAST = "2026-01-01 00:00:00+00:00"
# Every user but the first admin, and how many there are of each thing that belongs to a sign-up.
WHOLE = """
SELECT u.username,
    (SELECT count(*) FROM accounts_profile p WHERE p.user_id = u.id),
    (SELECT count(*) FROM rbac_roleassignment a JOIN rbac_role r ON r.id = a.role_id
        WHERE a.user_id = u.id AND r.name = 'user'),
    (SELECT count(*) FROM accounts_passwordrecord w WHERE w.user_id = u.id),
    (SELECT count(*) FROM accounts_onetimetoken t WHERE t.user_id = u.id),
    (SELECT count(*) FROM audit_auditentry e
        WHERE e.user_id = u.id AND e.action = 'USER_REGISTERED'),
    (SELECT count(*) FROM notifications_outboxmail m
        WHERE m.user_id = u.id AND m.mail = 'verify_email')
FROM accounts_user u WHERE u.username <> 'owner'
"""


def test_no_acknowledged_sign_up_is_lost_and_none_is_there_by_half(on_either, mail_server):
    program = on_either()
    program.serve()
    acknowledged = []

    def sign_up(first):
        """One after the other, until nobody answers any more."""
        for number in range(first, 10_000, 3):
            person = Person(program, f"stream_{number}")
            try:
                answer = person.register()
            except (OSError, HTTPException):
                return
            assert answer.status == 201, answer.body
            acknowledged.append(person)

    with ThreadPoolExecutor(3) as pool:
        streams = [pool.submit(sign_up, first) for first in range(3)]
        until(lambda: len(acknowledged) >= ENOUGH or any(stream.done() for stream in streams))
        program.server.kill()
        for stream in streams:
            stream.result(30)

    there = {name: counts for name, *counts in program.sql(WHOLE)}
    assert {person.name for person in acknowledged} <= set(there)
    assert {tuple(counts) for counts in there.values()} == {(1, 1, 1, 1, 1, 1)}
    # Nothing stands in the way of going on: they can sign in, and their mails leave.
    program.serve()
    program.worker.start()
    assert acknowledged[-1].log_in().status == 200
    until(lambda: all(mail_server.to(person.email) for person in acknowledged), what="mails")


def test_a_worker_killed_while_it_sends_loses_no_mail(on_sqlite, mail_server):
    program = on_sqlite()
    program.serve()
    people = [somebody(program) for _ in range(8)]
    mail_server.delay = 0.3

    program.worker.start()
    until(lambda: len(mail_server.mails) >= 3, what="the first mails")
    program.worker.kill()
    assert len(mail_server.mails) < len(people)

    # Two minutes later its lease has run out.
    program.sql(
        "UPDATE notifications_outboxmail SET leased_until = %s WHERE lease_id IS NOT NULL", PAST
    )
    mail_server.delay = 0.0
    program.worker.start()
    until(lambda: all(mail_server.to(person.email) for person in people), what="mails")
    # The one in flight may have come twice, the others came once.
    assert len(mail_server.mails) in {len(people), len(people) + 1}
    until(
        lambda: not program.sql("SELECT 1 FROM notifications_outboxmail WHERE state <> 'sent'"),
        what="an empty queue",
    )
