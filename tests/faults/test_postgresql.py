"""PostgreSQL restarts, with and without load, and hangs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event

import pytest

from tests.faults.people import somebody
from tests.servers import until


@pytest.fixture
def program(on_postgres):
    program = on_postgres()
    program.serve()
    return program


def test_after_a_restart_in_a_quiet_hour_no_request_fails(program, postgres):
    person = somebody(program)
    with ThreadPoolExecutor(8) as pool:
        # So that many threads hold a connection that is about to die.
        warm = list(pool.map(lambda _: person.profile().status, range(80)))
    assert set(warm) == {200}

    postgres.restart()

    with ThreadPoolExecutor(4) as pool:
        reads = list(pool.map(lambda _: person.profile().status, range(40)))
    assert set(reads) == {200}
    assert person.refresh().status == 200
    assert person.log_in().status == 200


def test_under_load_a_restart_is_told_as_503_and_passes_by_itself(program, postgres):
    people = [somebody(program) for _ in range(4)]
    answers, stop = [], Event()

    def ask(person):
        """Read and refresh without a pause. After a 503 the same refresh token is sent again."""
        while not stop.is_set():
            answers.extend([person.profile(), person.refresh()])

    def refused():
        return [answer for answer in answers if answer.status == 503]

    def answered_since(moment):
        return sum(answer.status == 200 for answer in answers[moment:]) >= 40

    with ThreadPoolExecutor(len(people)) as pool:
        asking = [pool.submit(ask, person) for person in people]
        try:
            until(lambda: answered_since(0), what="load")
            postgres.restart()
            restarted = len(answers)
            until(lambda: answered_since(restarted), what="answers after a quick restart")
            # Longer than the program waits for a restart to pass.
            postgres.stop()
            until(lambda: {answer.status for answer in answers} - {200}, what="a refusal")
            postgres.start()
            back = len(answers)
            until(lambda: answered_since(back), what="answers as before")
        finally:
            stop.set()
            postgres.start_if_stopped()
        for each in asking:
            each.result(60)

    assert {answer.status for answer in answers} == {200, 503}
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused())
    # No chain of tokens broke, whether the lost answer's rotation was applied or not.
    assert all(person.refresh().status == 200 for person in people)


def test_a_frozen_database_is_told_as_503_in_bounded_time_and_passes_by_itself(program, postgres):
    person = somebody(program)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: person.profile().status, range(40)))

    postgres.process.freeze()
    try:
        assert program.call("GET", "/live", timeout=2).status == 200
        with ThreadPoolExecutor(5) as pool:
            # Bounded: a call that takes longer raises.
            reads = [pool.submit(person.profile, timeout=12) for _ in range(4)]
            ready = pool.submit(program.call, "GET", "/ready", timeout=12)
            answers = [each.result() for each in [*reads, ready]]
        assert {answer.status for answer in answers} == {503}
        assert all(int(answer.headers["retry-after"]) > 0 for answer in answers)
    finally:
        postgres.process.thaw()

    def is_well():
        with suppress(OSError):
            return person.profile().status == 200
        return False

    until(is_well, seconds=15)
    assert person.refresh().status == 200
