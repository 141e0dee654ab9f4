"""Versions and latencies are for insiders alone."""

from __future__ import annotations

import ipaddress

import pytest
from django.db import OperationalError

from config import __version__, health
from tests.factories import admin

OUTSIDE = {"REMOTE_ADDR": "203.0.113.9"}
TOKEN = "Zk3vQ9xL2mN8pR4tW7yB1cD5fG6hJ0aS-k"
INSIDE = {"version", "uptime", "memory"}


@pytest.fixture(autouse=True)
def well(monkeypatch):
    for name in health.CHECKS:
        monkeypatch.setitem(health.CHECKS, name, lambda: {"status": "up", "secret": "of insiders"})


def is_told(response):
    told = set(response.data) >= INSIDE
    assert told == ("latencyMs" in response.data["checks"]["database"])
    assert told == ("of insiders" in response.content.decode())
    assert told or not INSIDE & set(response.data)
    return told


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_loopback_is_told(api, address):
    response = api.get("/health/detailed", REMOTE_ADDR=address)

    assert is_told(response)
    assert response.data["version"] == __version__
    assert response.data["uptime"] >= 0
    assert response.data["memory"]["peakBytes"] > 1_000_000


@pytest.mark.parametrize("address", ["203.0.113.9", "10.0.0.1", "192.168.0.1", "2001:db8::1", ""])
def test_nobody_else_is(api, address):
    assert not is_told(api.get("/health/detailed", REMOTE_ADDR=address))


@pytest.mark.parametrize(
    "header",
    ["HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_X_FORWARDED_PROTO"],
)
def test_a_proxy_on_this_machine_is_not_loopback(api, header):
    assert not is_told(api.get("/health/detailed", **{header: "127.0.0.1"}))


def test_behind_a_named_proxy_the_client_counts(api, settings):
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("127.0.0.1")]

    assert not is_told(api.get("/health/detailed", HTTP_X_FORWARDED_FOR="203.0.113.9"))
    assert not is_told(api.get("/health/detailed", HTTP_X_FORWARDED_FOR="127.0.0.1, 203.0.113.9"))


def test_a_named_proxy_can_ask_for_itself(api, settings):
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("127.0.0.1")]

    assert is_told(api.get("/health/detailed"))


@pytest.mark.parametrize(
    "header", [{"HTTP_AUTHORIZATION": f"Bearer {TOKEN}"}, {"HTTP_X_HEALTH_TOKEN": TOKEN}]
)
def test_who_knows_the_token_is_told(api, settings, header):
    settings.HEALTH_TOKEN = TOKEN

    assert is_told(api.get("/health/detailed", **OUTSIDE, **header))


@pytest.mark.parametrize("given", ["", TOKEN[:-1], TOKEN + "x", "\xff\xfe", "Basic"])
@pytest.mark.parametrize("expected", ["", TOKEN])
def test_any_other_token_opens_nothing(api, settings, given, expected):
    settings.HEALTH_TOKEN = expected

    response = api.get("/health/detailed", HTTP_AUTHORIZATION=f"Bearer {given}", **OUTSIDE)

    assert not is_told(response)


def test_who_runs_the_place_is_told(client_for):
    assert is_told(client_for(admin()).get("/health/detailed", **OUTSIDE))


def test_who_merely_uses_it_is_not(client_for, owner):
    assert not is_told(client_for(owner).get("/health/detailed", **OUTSIDE))


def test_an_admins_token_does_not_break_it_when_the_database_is_away(api, monkeypatch):
    def away(_token):
        raise OperationalError("connection refused")

    monkeypatch.setattr(health, "authenticate_token", away)
    monkeypatch.setitem(health.CHECKS, "database", lambda: {"status": "down"})

    response = api.get("/health/detailed", HTTP_AUTHORIZATION="Bearer x", **OUTSIDE)

    assert response.status_code == 503
    assert response.data["checks"]["database"] == {"status": "down"}


def test_cookies_open_nothing(api, client):
    client.force_login(admin())

    response = client.get("/health/detailed", **OUTSIDE)

    assert "version" not in response.json()
