"""Who may call how often. Time stands still, so that no window ends in the middle of a test."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime

import pytest
import time_machine

from config.common.api import throttling
from tests.config.caches import fresh
from tests.config.routes import calls
from tests.conftest import ApiClient

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
AUTH = sorted(
    {
        (call.operation.limit.name, call.url)
        for call in calls()
        if call.operation.limit.rate == "auth" and call.operation.is_public
    }
)


@pytest.fixture(autouse=True)
def stopped(settings):
    settings.CACHES = {**settings.CACHES, "counters": fresh(settings.CACHES["counters"])}
    throttling.forget_leases()
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def limits(settings):
    settings.RATE_LIMIT_DEFAULT = (5, 60)
    settings.RATE_LIMIT_AUTH = (3, 60)


def refresh(api, **extra):
    return api.post("auth/refresh", {"refreshToken": "nonsense"}, **extra).status_code


def forgot(api, **extra):
    return api.post("auth/forgot-password", {"email": "a@example.org"}, **extra).status_code


@pytest.mark.usefixtures("limits")
def test_so_many_pass_and_no_more(api):
    assert [refresh(api) for _ in range(7)] == [401] * 5 + [429] * 2


@pytest.mark.usefixtures("limits")
def test_each_answer_says_how_many_are_left(api):
    headers = [api.get("users/profile").headers for _ in range(6)]

    assert {h["RateLimit-Limit"] for h in headers} == {"5"}
    assert [h["RateLimit-Remaining"] for h in headers] == ["4", "3", "2", "1", "0", "0"]
    assert all(1 <= int(h["RateLimit-Reset"]) <= 60 for h in headers)


@pytest.mark.usefixtures("limits")
def test_past_it_the_answer_says_when_to_come_back(api, stopped):
    for _ in range(6):
        response = api.get("users/profile")

    assert response.status_code == 429
    assert response.data["code"] == "RATE_LIMITED"
    assert response.headers["Retry-After"] == response.headers["RateLimit-Reset"]
    stopped.shift(int(response.headers["Retry-After"]))
    assert api.get("users/profile").status_code == 401


@pytest.mark.usefixtures("limits")
@pytest.mark.parametrize("path", ["/api/v1", "/api/v1/schema", "/api/v1/docs", "/api/nothing"])
def test_documents_and_unknown_paths_count_too(api, path):
    answers = [api.get(path).status_code for _ in range(6)]

    assert answers[-1] == 429
    assert 429 not in answers[:5]


@pytest.mark.usefixtures("limits")
@pytest.mark.parametrize("path", ["/health", "/ready", "/live", "/health/detailed"])
def test_health_is_asked_as_often_as_one_likes(api, path):
    answers = [api.get(path) for _ in range(7)]

    assert 429 not in {answer.status_code for answer in answers}
    assert "RateLimit-Limit" not in answers[0].headers


def test_off_lifts_a_limit(api, settings):
    settings.RATE_LIMIT_DEFAULT = None

    response = api.get("users/profile")

    assert "RateLimit-Limit" not in response.headers


@pytest.mark.usefixtures("limits")
@pytest.mark.parametrize(("name", "url"), AUTH)
def test_an_auth_call_counts_its_own_counter_only(api, name, url):
    method = next(call.method for call in calls() if call.url == url)
    allowed = 9 if name == "check" else 3

    answers = [api.call(method, url, {}).status_code for _ in range(allowed + 1)]

    assert answers.count(429) == 1
    assert answers[-1] == 429
    assert refresh(api) == 401
    assert [other for other in AUTH if other[0] != name and blocked(api, other[1])] == []


def blocked(api, url):
    method = next(call.method for call in calls() if call.url == url)
    return api.call(method, url, {}).status_code == 429


@pytest.mark.usefixtures("limits")
def test_the_checks_share_a_counter_of_three_times_as_many(api):
    answers = [api.get("auth/check-username?username=a_b").status_code for _ in range(5)]
    answers += [api.get("auth/check-email?email=a@example.org").status_code for _ in range(5)]

    assert answers == [200] * 9 + [429]


@pytest.mark.usefixtures("limits")
def test_another_address_has_a_count_of_its_own(api):
    mine = [forgot(api, REMOTE_ADDR="203.0.113.1") for _ in range(4)]

    assert mine[-1] == 429
    assert forgot(api, REMOTE_ADDR="203.0.113.2") == 200


@pytest.mark.usefixtures("limits")
def test_a_64_is_one_client(api):
    answers = [forgot(api, REMOTE_ADDR=f"2001:db8:0:1::{n:x}") for n in range(1, 5)]

    assert answers == [200, 200, 200, 429]
    assert forgot(api, REMOTE_ADDR="2001:db8:0:2::1") == 200


@pytest.mark.usefixtures("limits")
def test_an_ipv4_client_is_the_same_on_a_dual_stack_socket(api):
    peers = ["203.0.113.1", "::ffff:203.0.113.1", "::FFFF:cb00:7101", "203.0.113.1"]

    assert [forgot(api, REMOTE_ADDR=peer) for peer in peers] == [200, 200, 200, 429]


@pytest.mark.usefixtures("limits")
@pytest.mark.parametrize("header", ["HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_FORWARDED"])
def test_other_forwarded_addresses_do_not_help(api, header):
    answers = [forgot(api, **{header: f"198.51.100.{n}"}) for n in range(40)]

    assert answers.count(200) == 3


@pytest.mark.usefixtures("limits")
def test_behind_a_named_proxy_each_client_counts_for_itself(api, settings):
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("127.0.0.1")]

    answers = [forgot(api, HTTP_X_FORWARDED_FOR=f"1.1.1.1, 198.51.100.{n}") for n in range(5)]
    same = [forgot(api, HTTP_X_FORWARDED_FOR=f"1.1.1.{n}, 198.51.100.99") for n in range(5)]

    assert answers == [200] * 5
    assert same == [200] * 3 + [429] * 2


@pytest.mark.usefixtures("limits")
def test_a_bad_token_counts_against_the_address(api):
    answers = [
        api.get("users/profile", HTTP_AUTHORIZATION=f"Bearer x.{n}.y").status_code for n in range(6)
    ]

    assert answers == [401] * 5 + [429]


@pytest.mark.usefixtures("limits")
def test_somebody_signed_in_counts_for_themselves_wherever_they_are(client_for, owner, stranger):
    mine, theirs = client_for(owner), client_for(stranger)

    here = [mine.get("users/profile").status_code for _ in range(5)]
    there = mine.get("users/profile", REMOTE_ADDR="203.0.113.77").status_code

    assert here == [200] * 5
    assert there == 429
    assert theirs.get("users/profile").status_code == 200


@pytest.mark.usefixtures("limits")
def test_refresh_counts_by_session(client_for, owner):
    one, two = client_for(owner), client_for(owner)

    def again(client: ApiClient) -> int:
        return client.post("auth/refresh", {"refreshToken": client.refresh_token}).status_code

    assert [again(one) for _ in range(6)] == [200] * 5 + [429]
    assert again(two) == 200


@pytest.mark.usefixtures("limits")
def test_a_call_that_checks_a_password_counts_by_account(client_for, owner, stranger):
    mine, theirs = client_for(owner), client_for(stranger)

    def prove(client: ApiClient, **extra: str) -> int:
        given = {"password": "Correct-Horse7"}
        return client.post("auth/reauthenticate", given, **extra).status_code

    assert [prove(mine, REMOTE_ADDR=f"203.0.113.{n}") for n in range(4)] == [200] * 3 + [429]
    assert prove(theirs) == 200
    assert mine.get("users/profile").status_code == 200
