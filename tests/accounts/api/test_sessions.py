from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Session
from accounts.models.session import Kind
from config.common.times import wire
from tests.accounts.conftest import NOW, code_of
from tests.factories import UserFactory

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
CALLS = [("GET", "sessions"), ("DELETE", "sessions/{id}"), ("POST", "sessions/revoke-all")]


def make(user, **fields):
    """A session of the user's, besides those that were signed in."""
    fields.setdefault("expires_at", timezone.now() + timedelta(days=30))
    return Session.objects.create(user=user, device_name="Safari on iOS", **fields)


def listed(client, **query):
    answer = client.get("sessions", query)
    assert answer.status_code == 200, answer.data
    return answer.data["data"]["sessions"]


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_nobody_reaches_sessions_without_signing_in(api, owner, method, path):
    session = make(owner)

    answer = api.call(method, path.format(id=session.pk))

    assert code_of(answer) == (401, "NOT_AUTHENTICATED")
    assert Session.objects.live().filter(pk=session.pk).exists()


@pytest.mark.usefixtures("clock")
def test_a_session_looks_like_the_contract_says(api, owner):
    agent = {"HTTP_USER_AGENT": FIREFOX, "REMOTE_ADDR": "203.0.113.7"}
    body = {"identifier": owner.email, "password": "Correct-Horse7"}
    data = api.post("auth/login", body, **agent).data["data"]
    api.token = data["tokens"]["accessToken"]

    shown = api.get("sessions").data["data"]

    assert shown.pop("sessions") == [
        {
            "id": data["session"]["id"],
            "deviceInfo": "Firefox on Linux",
            "ipAddress": "203.0.113.7",
            "userAgent": FIREFOX,
            "lastActivity": wire(NOW),
            "createdAt": wire(NOW),
            "expiresAt": wire(NOW + timedelta(days=30)),
            "isCurrent": True,
            "kind": "api",
        }
    ]
    assert (shown["total"], shown["totalPages"], shown["limit"]) == (1, 1, 100)


def test_a_device_may_have_been_given_a_name(api, owner):
    api.sign_in(owner, deviceName="Ada's phone")

    assert [session["deviceInfo"] for session in listed(api)] == ["Ada's phone"]


def test_each_device_marks_itself(owner, client_for):
    first, second = client_for(owner), client_for(owner)

    for client in (first, second):
        current = {session["id"]: session["isCurrent"] for session in listed(client)}
        assert current == {
            first.session_id: client is first,
            second.session_id: client is second,
        }


def test_the_newest_sign_in_comes_first(api, owner, client_for):
    make(owner, created_at=timezone.now() - timedelta(days=2))
    owner.sessions_valid_from = timezone.now() - timedelta(days=3)
    owner.save(update_fields=["sessions_valid_from"])
    api.sign_in(owner)
    newest = client_for(owner)

    ids = [session["id"] for session in listed(api)]

    assert ids[:2] == [newest.session_id, api.session_id]
    assert len(ids) == 3


@pytest.mark.parametrize(
    "over",
    [
        {"revoked_at": timedelta(0)},
        {"expires_at": timedelta(seconds=-1)},
        {"created_at": timedelta(days=-1)},
        {"rotated_at": timedelta(days=-8)},
    ],
    ids=["revoked", "run out", "from before everything was signed out", "idle"],
)
def test_what_is_over_is_not_listed(api, owner, over):
    make(owner, **{name: timezone.now() + shift for name, shift in over.items()})
    api.sign_in(owner)

    assert [session["id"] for session in listed(api)] == [api.session_id]


def test_sessions_of_somebody_else_are_not_listed(api, owner, stranger):
    make(stranger)
    api.sign_in(owner)

    assert [session["id"] for session in listed(api)] == [api.session_id]


def test_a_browser_is_shown_as_one_and_does_not_idle_out_like_a_token(api, owner):
    make(owner, kind=Kind.BROWSER, rotated_at=timezone.now() - timedelta(days=8))
    api.sign_in(owner)

    assert {session["kind"] for session in listed(api)} == {"api", "browser"}


def test_an_impersonation_shows_who_it_is_and_nothing_of_their_device(api, owner):
    admin = UserFactory(first_name="Grace", last_name="Hopper")
    held = make(
        owner,
        kind=Kind.IMPERSONATION,
        impersonator=admin,
        ip_address="198.51.100.1",
        user_agent=FIREFOX,
    )
    api.sign_in(owner)

    (shown,) = [session for session in listed(api) if session["id"] == str(held.pk)]

    assert shown["kind"] == "impersonation"
    assert shown["deviceInfo"] == "Impersonation by Grace Hopper"
    assert (shown["ipAddress"], shown["userAgent"], shown["isCurrent"]) == (None, None, False)


def test_many_sessions_take_no_more_statements_than_few(api, owner, django_assert_num_queries):
    api.sign_in(owner)
    admin = UserFactory()

    for number in (1, 60):
        for _ in range(number):
            make(owner, kind=Kind.IMPERSONATION, impersonator=admin)
        with django_assert_num_queries(2):  # who, and the rows
            listed(api)


def test_more_than_a_hundred_are_walked_by_cursor(api, owner):
    for _ in range(120):
        make(owner)
    api.sign_in(owner)

    first = api.get("sessions").data["data"]
    second = api.get("sessions", {"cursor": first["nextCursor"]}).data["data"]

    ids = {session["id"] for page in (first, second) for session in page["sessions"]}
    assert (len(first["sessions"]), len(second["sessions"]), len(ids)) == (100, 21, 121)
    assert (first["total"], second["total"], second["nextCursor"]) == (121, 121, None)


def test_last_activity_moves_at_most_once_a_minute(api, owner, clock):
    api.sign_in(owner)
    seen = []

    for seconds in (0, 30, 29, 2, 59):
        clock.shift(seconds)
        api.get("users/profile")
        seen.append(listed(api)[0]["lastActivity"][11:19])

    assert seen == ["10:00:00", "10:00:00", "10:00:00", "10:01:01", "10:01:01"]


@pytest.mark.parametrize("path", ["sessions/trusted-devices", "sessions/revoke-all"])
def test_calls_with_a_name_are_not_taken_for_a_session(api, owner, path):
    api.sign_in(owner)

    assert api.delete(path).status_code == 405
