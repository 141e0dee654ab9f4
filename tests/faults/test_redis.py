"""Redis goes away, hangs, forgets: sign-in goes on, limits hold, nothing that was ended revives."""

from __future__ import annotations

import re

from tests.faults.people import PASSWORD, somebody
from tests.servers import token_in, until

# In an hour: the answers do not depend on where in a minute the test happens to run.
LIMIT = 5
LIMITED = {"RATE_LIMIT_AUTH": f"{LIMIT}/h", "RATE_LIMIT_DEFAULT": "1000/m"}


def running(on_sqlite, redis_server, **settings):
    program = on_sqlite(REDIS_URL=redis_server.url, **settings)
    program.serve()
    return program


def sign_in_too_often(person):
    """Past the limit even where an hour ends in between: the statuses that were seen."""
    return [person.log_in().status for _ in range(2 * LIMIT + 2)]


def test_a_stopped_redis_stops_nobody_and_lets_nobody_guess_faster(on_sqlite, redis_server):
    program = running(on_sqlite, redis_server, **LIMITED)
    person = somebody(program)

    redis_server.process.kill()

    assert program.call("GET", "/health/detailed").status == 503
    assert person.profile().status == 200
    assert person.refresh().status == 200
    statuses = sign_in_too_often(person)
    assert set(statuses) == {200, 429}
    assert program.sql("SELECT count(*) > 0 FROM accounts_ratecount") == [(True,)]

    redis_server.start()

    def is_counted_there_again():
        assert person.profile().status == 200
        return redis_server.keys()

    until(is_counted_there_again, seconds=15)


def test_a_frozen_redis_slows_one_request_in_a_while_and_then_none(on_sqlite, redis_server):
    program = on_sqlite(REDIS_URL=redis_server.url, RATE_LIMIT_DEFAULT="1000/m")
    program.serve("--workers", "1")
    person = somebody(program)

    redis_server.process.freeze()

    # Bounded: a call that takes longer raises.
    assert person.profile(timeout=2.0).status == 200
    assert all(person.profile(timeout=2.0).status == 200 for _ in range(30))
    assert person.refresh(timeout=2.0).status == 200
    # Each line is one request that waited for Redis in vain.
    waited = len(re.findall("The cache does not answer", program.server.log.read_text()))
    assert 1 <= waited <= 6

    redis_server.process.thaw()
    redis_server.flush()
    until(lambda: person.profile().status == 200 and redis_server.keys() > 0, seconds=15)


def test_a_frozen_redis_lets_nobody_guess_faster(on_sqlite, redis_server):
    program = running(on_sqlite, redis_server, **LIMITED)
    person = somebody(program)

    redis_server.process.freeze()

    assert set(sign_in_too_often(person)) == {200, 429}


def test_a_redis_that_forgets_everything_revives_nothing(on_sqlite, redis_server, mail_server):
    program = running(on_sqlite, redis_server, RATE_LIMIT_DEFAULT="1000/m")
    program.worker.start()
    gone, locked, present = somebody(program), somebody(program), somebody(program)
    program.call("POST", "auth/logout", {"refreshToken": gone.refresh_token})
    for _ in range(5):
        locked.log_in("Wrong-Horse7")
    link = {"token": token_in(mail_server.wait_for(present.email, "Confirm your email"))}
    assert program.call("POST", "auth/verify-email", link).status == 200
    spent, _ = present.refresh_token, present.refresh()
    present.refresh()
    assert redis_server.keys() > 0

    redis_server.flush()

    assert gone.profile().body["code"] == "SESSION_REVOKED"
    assert gone.refresh().body["code"] == "SESSION_REVOKED"
    assert locked.log_in(PASSWORD).body["code"] == "ACCOUNT_LOCKED"
    assert program.call("POST", "auth/verify-email", link).body["code"] == "TOKEN_INVALID"
    reused = program.call("POST", "auth/refresh", {"refreshToken": spent})
    assert reused.body["code"] == "TOKEN_REUSED"
