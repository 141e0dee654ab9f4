"""Production starts configured, or not at all, and says everything that is missing."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from config.env import BASE_DIR
from config.settings.keys import private_pem
from tests.config.programs import SET_UP, environment, run

SECRETS = ["SECRET_KEY", "JWT_ACCESS_SECRET", "JWT_REFRESH_SECRET", "FIELD_ENCRYPTION_KEYS"]
EQUAL = secrets.token_urlsafe(48)
FAULTS = {
    **{f"no {name}": ({name: ""}, [f"{name} is not set"]) for name in SECRETS},
    **{f"a short {name}": ({name: "short"}, [f"{name} holds a weak"]) for name in SECRETS},
    "equal secrets": ({"SECRET_KEY": EQUAL, "JWT_ACCESS_SECRET": EQUAL}, ["must differ"]),
    "an old secret that is another's": (
        {"SECRET_KEY": f"{secrets.token_urlsafe(48)},{EQUAL}", "JWT_REFRESH_SECRET": EQUAL},
        ["must differ"],
    ),
    "a wildcard host": ({"ALLOWED_HOSTS": "muster.example.org,*"}, ["ALLOWED_HOSTS"]),
    "a wildcard below a domain": ({"ALLOWED_HOSTS": ".example.org"}, ["ALLOWED_HOSTS"]),
    "no PUBLIC_URL": ({"PUBLIC_URL": ""}, ["PUBLIC_URL is not set"]),
    "plain http": ({"PUBLIC_URL": "http://muster.example.org"}, ["PUBLIC_URL must be an https"]),
    "no host": ({"PUBLIC_URL": "https://"}, ["PUBLIC_URL must be an https"]),
    "links over plain http": ({"LINK_BASE_URL": "http://app.example.org"}, ["LINK_BASE_URL"]),
    "any origin": ({"CORS_ORIGINS": "*"}, ["CORS_ORIGINS"]),
    "no audit key": ({"AUDIT_SIGNING_KEY_FILE": ""}, ["AUDIT_SIGNING_KEY_FILE is not set"]),
    "a weak health token": ({"HEALTH_TOKEN": "health"}, ["HEALTH_TOKEN is weak"]),
    "everything at once": (
        {
            "SECRET_KEY": "",
            "JWT_ACCESS_SECRET": "short",
            "PUBLIC_URL": "http://x.example",
            "ALLOWED_HOSTS": "*",
        },
        ["SECRET_KEY is not", "JWT_ACCESS_SECRET holds", "PUBLIC_URL must", "ALLOWED_HOSTS must"],
    ),
}
SHOW = """
import django, json; django.setup()
from django.conf import settings as s
print(json.dumps({name: getattr(s, name) for name in %r}, default=str))
"""


@pytest.fixture
def production(tmp_path):
    """A complete configuration."""
    key = tmp_path / "audit.pem"
    key.write_text(private_pem(Ed25519PrivateKey.generate()))
    return {
        "APP_ENV": "production",
        "PUBLIC_URL": "https://muster.example.org",
        "AUDIT_SIGNING_KEY_FILE": str(key),
        "DATABASE_URL": f"sqlite:///{tmp_path}/muster.sqlite3",
        **{name: secrets.token_urlsafe(48) for name in SECRETS},
    }


def test_a_complete_configuration_starts(production):
    names = ["DEBUG", "SECURE", "SESSION_COOKIE_NAME", "CSRF_COOKIE_SECURE", "ALLOWED_HOSTS"]

    result = run(SHOW % names, **production)

    assert result.stderr == ""
    shown = json.loads(result.stdout)
    assert shown["DEBUG"] is False
    assert shown["SECURE"] is True
    assert shown["SESSION_COOKIE_NAME"] == "__Host-session"
    assert shown["CSRF_COOKIE_SECURE"] is True
    assert shown["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]", "muster.example.org"]


@pytest.mark.parametrize(("changed", "said"), FAULTS.values(), ids=FAULTS.keys())
def test_an_incomplete_one_does_not_and_says_why(production, changed, said):
    result = run(SET_UP, **production | changed)

    assert result.returncode != 0
    for words in said:
        assert words in result.stderr
    for name in SECRETS:
        for secret in production[name].split(","):
            assert secret not in result.stderr


def test_a_key_file_that_cannot_be_read_is_named(production):
    result = run(SET_UP, **production | {"AUDIT_SIGNING_KEY_FILE": "/nowhere/audit.pem"})

    assert result.returncode != 0
    assert "/nowhere/audit.pem" in result.stderr


def test_its_log_is_json_unless_said_otherwise(production):
    code = f"{SET_UP}; import logging; logging.getLogger('x').warning('hello')"

    line = json.loads(run(code, **production).stderr)

    assert line["message"] == "hello"
    assert not run(code, **production, LOG_FORMAT="console").stderr.startswith("{")


def test_the_deployment_check_has_nothing_to_say(production):
    result = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=BASE_DIR,
        env=environment(**production),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert result.returncode == 0, result.stderr
    assert "no issues" in result.stdout + result.stderr


@pytest.mark.parametrize("options", [[], ["--traceback"]])
def test_at_the_console_a_wrong_setting_is_a_line_and_no_traceback(production, tmp_path, options):
    broken = tmp_path / "audit.pem"
    broken.write_text("-----BEGIN PRIVATE KEY-----\n")

    result = subprocess.run(
        [sys.executable, "manage.py", "audit_verify", *options],
        cwd=BASE_DIR,
        env=environment(**{**production, "AUDIT_SIGNING_KEY_FILE": str(broken)}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert result.returncode == 1
    assert f"{broken}: no readable private key" in result.stderr
    assert ("Traceback" in result.stderr) == bool(options)


def test_development_starts_with_nothing_at_all():
    result = run(SHOW % ["SECURE", "PUBLIC_URL", "APP_ENV"])

    assert json.loads(result.stdout) == {
        "SECURE": False,
        "PUBLIC_URL": "http://localhost:5001",
        "APP_ENV": "development",
    }


def test_development_s_mailbox_is_not_there(production):
    code = (
        "import django; django.setup()\n"
        "from django.urls import Resolver404, get_resolver\n"
        "try: get_resolver().resolve('/dev/mailbox')\n"
        "except Resolver404: print('none')\n"
    )

    assert run(code, **production).stdout.strip() == "none"
