"""Staff, whose browsers are watched more closely; and proving it again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Session, User
from config.common.request_meta import RequestMeta
from tests.accounts.authenticator import turned_on
from tests.factories import PASSWORD, admin

UNREAD = "/account/notifications/unread"
HERE = RequestMeta(ip="127.0.0.1")


def is_in(client):
    return client.get("/account").status_code == 200


@pytest.mark.parametrize(
    ("column", "ago"),
    [("last_activity", timedelta(minutes=61)), ("created_at", timedelta(hours=12, minutes=1))],
)
def test_staff_are_signed_out_after_an_idle_hour_and_after_half_a_day(client, owner, column, ago):
    boss = admin()
    long_ago = timezone.now() - ago
    User.objects.update(sessions_valid_from=timezone.now() - timedelta(days=2))
    answers = {}
    for person in (boss, owner):
        client.force_login(person)
        Session.objects.filter(user=person).update(**{column: long_ago})
        answers[person] = is_in(client)

    assert answers == {boss: False, owner: True}


def test_a_page_left_open_keeps_nobody_signed_in(client, time_machine):
    """Its bell asks once a minute, which is nobody's doing."""
    time_machine.move_to(timezone.now(), tick=False)
    client.force_login(admin())
    bell = [client.get(UNREAD).status_code]
    for minute in range(61):
        time_machine.shift(timedelta(minutes=1))
        path = f"{UNREAD}/" if minute % 2 else UNREAD
        bell.append(client.get(path).status_code)

    assert bell == [200] * 61 + [401]
    assert not is_in(client)


def test_whoever_looks_at_pages_is_not_idle(client, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    client.force_login(admin())
    for _ in range(3):
        time_machine.shift(timedelta(minutes=40))
        assert client.get(UNREAD).status_code == 200
        assert is_in(client)


# --- Proving it again -----------------------------------------------------------------------------


@pytest.fixture
def stale(client, owner):
    client.force_login(owner)
    Session.objects.update(proven_at=timezone.now() - timedelta(minutes=16))
    return client


def test_what_is_sensitive_asks_for_the_password_again_and_goes_on(stale):
    answer = stale.get("/account/two-factor/setup")
    assert answer.headers["Location"] == "/confirm?next=%2Faccount%2Ftwo-factor%2Fsetup"

    answer = stale.post("/confirm", {"password": PASSWORD, "next": "/account/two-factor/setup"})

    assert answer.headers["Location"] == "/account/two-factor/setup"
    assert stale.get("/account/two-factor/setup").status_code == 200


def test_a_wrong_password_confirms_nothing(stale):
    answer = stale.post("/confirm", {"password": "Wrong-Horse9"})

    assert answer.status_code == 401
    assert stale.get("/account/two-factor/setup").status_code == 302


def test_with_a_second_factor_the_proof_takes_a_code(stale, owner):
    app = turned_on(owner)

    assert stale.post("/confirm", {"password": PASSWORD}).status_code == 422
    answer = stale.post("/confirm", {"password": PASSWORD, "code": app.code()})

    assert answer.status_code == 302
