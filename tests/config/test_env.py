"""Settings are read once and typed; what cannot be understood is said by name."""

from __future__ import annotations

import ipaddress
import subprocess
import sys
from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env
from tests.config.programs import environment, run

GOOD = "Zk3vQ9xL2mN8pR4tW7yB1cD5fG6hJ0aS-k"
WEAK = {
    "short": "Zk3vQ9xL2mN8pR4tW7yB1cD5fG6hJ0a",
    "one letter": "a" * 64,
    "few letters": "abcdefg" * 3 + "gfedcba" * 3,
    "a word over and over": "change-me!" * 5,
    "half twice": "0123456789abcdef" * 2,
}
KEPT = """
import sys
from pathlib import Path
from config import env
env.DATA_DIR = Path(sys.stdin.readline().strip())
print(env.secret_list("SECRET_KEY")[0])
"""


@pytest.fixture
def given(monkeypatch):
    return lambda value, name="STAFF_IDLE": monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1s", 1), ("90s", 90), ("15m", 900), ("12h", 43_200), ("30d", 2_592_000), (" 1h ", 3600)],
)
def test_durations_have_a_unit(given, text, seconds):
    given(text)

    assert env.duration("STAFF_IDLE") == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["15", "m", "0m", "-1m", "1.5h", "15 m", "1w", "1H", "9999999d", "\u0661m"]
)
def test_anything_else_is_no_duration(given, text):
    given(text)

    with pytest.raises(ImproperlyConfigured, match="STAFF_IDLE"):
        env.duration("STAFF_IDLE")


def test_some_durations_can_be_off(given):
    given("off")

    assert env.optional_duration("STAFF_IDLE") is None


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("100/m", (100, 60)),
        ("1/s", (1, 1)),
        ("5/h", (5, 3600)),
        ("9/d", (9, 86_400)),
        ("off", None),
    ],
)
def test_rates_are_so_many_in_a_time(given, text, rate):
    given(text)

    assert env.rate("STAFF_IDLE") == rate


@pytest.mark.parametrize("text", ["100", "/m", "0/m", "-1/m", "10/w", "10/60", "1.5/m", "ten/m"])
def test_anything_else_is_no_rate(given, text):
    given(text)

    with pytest.raises(ImproperlyConfigured, match="STAFF_IDLE"):
        env.rate("STAFF_IDLE")


@pytest.mark.parametrize(
    ("text", "listed"), [("a,b", ["a", "b"]), (" a , ,b,", ["a", "b"]), ("", []), ("a", ["a"])]
)
def test_lists_are_separated_by_commas(given, text, listed):
    given(text, "CORS_ORIGINS")

    assert env.items("CORS_ORIGINS") == listed


@pytest.mark.parametrize(
    ("text", "value"),
    [("on", True), ("TRUE", True), ("1", True), ("off", False), ("No", False), ("0", False)],
)
def test_flags_are_said_in_several_ways(given, text, value):
    given(text)

    assert env.flag("STAFF_IDLE") is value


@pytest.mark.parametrize("text", ["maybe", "2", "enabled"])
def test_but_not_in_any_way(given, text):
    given(text)

    with pytest.raises(ImproperlyConfigured, match="STAFF_IDLE"):
        env.flag("STAFF_IDLE")


@pytest.mark.parametrize("text", ["0", "65536", "-1", "1e3", "5001x", "\u0663"])
def test_numbers_stay_within_their_bounds(given, text):
    given(text, "PORT")

    with pytest.raises(ImproperlyConfigured, match="PORT"):
        env.number("PORT", least=1, most=65535)


def test_an_empty_variable_is_an_unset_one(given):
    given("", "PORT")

    assert env.number("PORT", least=1, most=65535) == 5001


def test_proxies_are_addresses_or_networks(given):
    given("127.0.0.1, 10.0.0.0/8, ::1, 2001:db8::/32, 192.168.1.7/24", "TRUSTED_PROXIES")

    assert env.networks("TRUSTED_PROXIES")[4] == ipaddress.ip_network("192.168.1.0/24")


@pytest.mark.parametrize("text", ["localhost", "10.0.0.0/33", "*"])
def test_names_are_no_proxies(given, text):
    given(text, "TRUSTED_PROXIES")

    with pytest.raises(ImproperlyConfigured, match="TRUSTED_PROXIES"):
        env.networks("TRUSTED_PROXIES")


@pytest.mark.parametrize("secret", WEAK.values(), ids=WEAK.keys())
def test_a_weak_secret_is_refused_in_any_place_of_its_list(given, secret):
    given(f"{GOOD},{secret}", "SECRET_KEY")

    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY"):
        env.secret_list("SECRET_KEY")


def test_listed_secrets_keep_their_order(given):
    given(f"{GOOD}, {GOOD[::-1]}", "SECRET_KEY")

    assert env.secret_list("SECRET_KEY") == [GOOD, GOOD[::-1]]


def test_each_purpose_has_a_key_of_its_own():
    one, other = env.stretch(GOOD, "django"), env.stretch(GOOD, "jwt-access")

    assert len(one) == 32
    assert one != other
    assert one == env.stretch(GOOD, "django")


def test_development_makes_a_secret_once(given, monkeypatch, tmp_path):
    given("", "SECRET_KEY")
    given("development", "APP_ENV")
    monkeypatch.setattr(env, "DATA_DIR", tmp_path)

    first, again = env.secret_list("SECRET_KEY"), env.secret_list("SECRET_KEY")

    assert first == again
    assert not env.is_weak(first[0])
    (kept,) = (tmp_path / "secrets").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600


def test_programs_that_start_at_once_agree_on_it(tmp_path):
    started = [
        subprocess.Popen(
            [sys.executable, "-c", KEPT],
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]

    # They wait for this line, so that they go on at the same moment.
    for program in started:
        program.stdin.write(f"{tmp_path}\n")
        program.stdin.flush()
    secrets = [program.communicate(timeout=60)[0].strip() for program in started]

    assert len(secrets[0]) >= 32
    assert len(set(secrets)) == 1
    assert [path.name for path in (tmp_path / "secrets").iterdir()] == ["secret_key.json"]


def test_production_makes_none(given):
    given("", "SECRET_KEY")
    given("production", "APP_ENV")

    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY is not set"):
        env.secret_list("SECRET_KEY")


@pytest.mark.parametrize("text", ["prod", "Production", "test"])
def test_there_are_two_environments(text):
    result = run("import config.settings.chosen", APP_ENV=text)

    assert result.returncode != 0
    assert "APP_ENV" in result.stderr
