"""Who is asking: the socket's peer, and what named proxies say of it."""

from __future__ import annotations

import ipaddress

import pytest

from config.common.request_meta import RequestMeta, clean_agent, network_of, resolve_client

PROXIES = ["127.0.0.1", "10.0.0.0/8", "2001:db8:ffff::/48"]
CASES = {
    # proxies named, peer, X-Forwarded-For, the client
    "the peer, where nobody else speaks": ([], "203.0.113.9", "", "203.0.113.9"),
    "nobody is believed by default": ([], "203.0.113.9", "198.51.100.1", "203.0.113.9"),
    "nor is loopback": ([], "127.0.0.1", "198.51.100.1", "127.0.0.1"),
    "nor is IPv6 loopback": ([], "::1", "198.51.100.1", "::1"),
    "nor a private neighbour": ([], "10.0.0.7", "198.51.100.1", "10.0.0.7"),
    "a peer that is not named": (PROXIES, "203.0.113.9", "198.51.100.1", "203.0.113.9"),
    "a named proxy": (PROXIES, "127.0.0.1", "198.51.100.1", "198.51.100.1"),
    "a proxy that says nothing": (PROXIES, "10.1.2.3", "", "10.1.2.3"),
    "what the client made up stands left": (
        PROXIES,
        "10.1.2.3",
        "1.1.1.1, 127.0.0.1, 198.51.100.1",
        "198.51.100.1",
    ),
    "a chain of proxies": (PROXIES, "10.1.2.3", "198.51.100.1, 10.9.9.9", "198.51.100.1"),
    "a made-up proxy behind the client": (
        PROXIES,
        "10.1.2.3",
        "1.1.1.1, 198.51.100.1, 10.9.9.9",
        "198.51.100.1",
    ),
    "proxies alone": (PROXIES, "10.1.2.3", "10.0.0.1, 10.0.0.2", "10.0.0.1"),
    "garbage at the right": (PROXIES, "10.1.2.3", "198.51.100.1, garbage", "10.1.2.3"),
    "garbage at the left": (PROXIES, "10.1.2.3", "<script>, 198.51.100.1", "198.51.100.1"),
    "an empty hop": (PROXIES, "10.1.2.3", "198.51.100.1, ", "10.1.2.3"),
    "blanks": (PROXIES, "10.1.2.3", "  198.51.100.1  ", "198.51.100.1"),
    "IPv6 peer and client": (PROXIES, "2001:db8:ffff::1", "2001:db8::5", "2001:db8::5"),
    "IPv6 in full": (PROXIES, "2001:0db8:ffff::0001", "2001:DB8:0::5", "2001:db8::5"),
    "an IPv4 proxy on a dual-stack socket": (
        PROXIES,
        "::ffff:10.1.2.3",
        "198.51.100.1",
        "198.51.100.1",
    ),
    "an IPv4 client in IPv6 clothes": (
        PROXIES,
        "10.1.2.3",
        "::ffff:198.51.100.1",
        "198.51.100.1",
    ),
    "a link-local neighbour": ([], "fe80::1%eth0", "", "fe80::1"),
    "a peer that is none": (PROXIES, "unix:", "198.51.100.1", ""),
    "no peer": (PROXIES, "", "198.51.100.1", ""),
}


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "client"), CASES.values(), ids=CASES.keys()
)
def test_the_client_is(settings, proxies, peer, forwarded, client):
    settings.TRUSTED_PROXIES = [ipaddress.ip_network(proxy) for proxy in proxies]

    assert resolve_client(peer, forwarded) == client


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::"),
        ("2001:db8:1:3::", "2001:db8:1:3::"),
        ("", ""),
        (None, ""),
        ("nonsense", ""),
    ],
)
def test_limits_count_by(address, network):
    assert network_of(address) == network


def test_the_facts_of_a_request_are_asked_once(rf, settings):
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("127.0.0.1")]
    request = rf.get("/", HTTP_X_FORWARDED_FOR="198.51.100.1", HTTP_USER_AGENT="A\x1b[31m\r\nB")

    meta = RequestMeta.of(request)

    assert meta.ip == "198.51.100.1"
    assert meta.user_agent == "A[31mB"
    assert request.client_ip == "198.51.100.1"


def test_an_agent_is_cut_and_clean():
    assert clean_agent("x" * 10_000) == "x" * 512
    assert clean_agent("a\x00b\u202ec\x85") == "abc"


@pytest.fixture
def production(settings):
    settings.APP_ENV = "production"
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("127.0.0.1")]


@pytest.mark.usefixtures("production")
def test_a_token_that_came_in_clear_is_refused(api):
    response = api.get("users/profile", HTTP_X_FORWARDED_PROTO="http")

    assert response.status_code == 400
    assert response.data["code"] == "MALFORMED_REQUEST"


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize("said", ["https", ""])
def test_one_over_https_is_read(api, said):
    assert api.get("users/profile", HTTP_X_FORWARDED_PROTO=said).status_code == 401


@pytest.mark.usefixtures("production")
def test_only_a_named_proxy_can_say_so(api):
    response = api.get("users/profile", HTTP_X_FORWARDED_PROTO="http", REMOTE_ADDR="203.0.113.9")

    assert response.status_code == 401


@pytest.mark.usefixtures("production")
def test_health_is_asked_in_clear_by_those_nearby(api):
    assert api.get("/live", HTTP_X_FORWARDED_PROTO="http").status_code == 200
