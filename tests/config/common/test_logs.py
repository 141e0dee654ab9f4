"""One line a record, with the request and the user, and never a secret."""

from __future__ import annotations

import io
import json
import logging
from datetime import datetime

import pytest

from accounts.api.login import LoginViewSet
from config.common import logs
from config.common.logs import ConsoleFormatter, JSONFormatter, masked
from tests.factories import PASSWORD

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlLXh5eg"
LINK = "pZ2cLkw0-link-token-aBcDeF"
SECRETS = {
    "a JWT": (f"given {JWT} here", JWT),
    "a Bearer header": (f"Authorization: Bearer {LINK}", LINK),
    "a link": (f"GET /reset-password?token={LINK}&x=1", LINK),
    "a second parameter": (f"/x?a=1&token={LINK}", LINK),
    "JSON": (json.dumps({"password": "Correct Horse 7"}), "Correct Horse 7"),
    "a new password": (json.dumps({"newPassword": 'a "quoted" one'}), "quoted"),
    "JSON without blanks": ('{"refreshToken":"abc-def"}', "abc-def"),
    "Python": (repr({"password": "Correct Horse 7"}), "Correct Horse 7"),
    "a form": ("identifier=ada&password=hunter2&x=1", "hunter2"),
    "a keyword": ("login(password='hunter2')", "hunter2"),
    "an address of a database": ("postgresql://ada:hunter2@db:5432/x", "hunter2"),
    "a signed value": ("device eyJ1IjoiMDE5YWFmM2UifQ:1vN2Xq:3x0fabc", "3x0fabc"),
    "an email": ("Key (email)=(ada@example.org) already exists.", "ada@example.org"),
}


@pytest.fixture
def log():
    """What the program writes with LOG_FORMAT=json and LOG_LEVEL=INFO."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JSONFormatter())
    root, access = logging.getLogger(), logging.getLogger("muster.access")
    root.addHandler(handler)
    access.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)
    access.setLevel(logging.NOTSET)


def written(formatter, message, **extra):
    record = logging.makeLogRecord({"msg": message, "levelname": "INFO", "name": "x", **extra})
    return formatter.format(record)


def caught(text):
    error = ValueError(text)
    return ValueError, error, error.__traceback__


def test_an_access_line_tells_who_what_and_how_long(log, client_for, owner):
    client = client_for(owner)

    client.get("users/profile", HTTP_X_REQUEST_ID="of-this-call")

    line = log()[-1]
    assert set(line) == {
        *("time", "level", "logger", "message", "requestId", "userId"),
        *("method", "path", "status", "ms"),
    }
    assert line["requestId"] == "of-this-call"
    assert line["userId"] == str(owner.pk)
    assert line["message"] == "GET /api/v1/users/profile 200"
    assert line["status"] == 200
    assert datetime.fromisoformat(line["time"]).tzinfo is not None
    assert line["time"].endswith("Z")


def test_a_stranger_has_no_user_id(log, api, client_for, owner):
    client_for(owner).get("users/profile")

    api.get("users/profile")

    assert "userId" not in log()[-1]


def test_an_agent_cannot_write_lines_of_its_own(log, api):
    agent = 'x\r\n{"level": "CRITICAL"}\n\x1b[2J\x00\u2028'

    api.post("auth/login", {"identifier": "a\x1b[31m", "password": "x"}, HTTP_USER_AGENT=agent)

    assert [line["logger"] for line in log()] == ["muster.access"]


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "\x1b[31mred", "\x00", "\u2028", "\u202e"])
def test_one_record_is_one_line_of_plain_characters(text):
    line = written(JSONFormatter(), text, path=text)

    assert line.isprintable()
    assert line.isascii()
    assert json.loads(line)["message"] == text


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "\x1b[31mred", "\x00", "\u2028", "\u202e"])
def test_neither_can_a_terminal_be_written_to(text):
    lines = written(ConsoleFormatter(), text, exc_info=caught(text)).split("\n")

    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize(("text", "secret"), SECRETS.values(), ids=SECRETS.keys())
@pytest.mark.parametrize(
    "formatter", [JSONFormatter(), ConsoleFormatter()], ids=["json", "console"]
)
def test_what_looks_like_a_secret_is_masked(formatter, text, secret):
    line = written(formatter, text, exc_info=caught(text), path=text)

    assert secret not in line.replace('\\"', '"')


def test_what_is_none_is_left_alone():
    text = "POST /api/v1/auth/reset-password 200: 3 tokens purged, user 019aaf3e"

    assert masked(text) == text


def test_nothing_makes_masking_slow():
    for text in ("password" * 50_000, "eyJ" * 100_000, "a@" * 100_000, "x@1" + ".1" * 100_000):
        assert len(masked(text)) <= len(text) + len(logs.MASK)


def test_a_login_leaves_no_secret_and_no_person_in_the_log(log, api, owner):
    api.sign_in(owner)
    api.get("users/profile")
    api.post("auth/login", {"identifier": owner.email, "password": "Wrong-Horse77"})
    api.post("auth/refresh", {"refreshToken": api.refresh_token})
    api.get(f"auth/check-email?email={owner.email}")
    api.get(f"/verify-email?token={LINK}")

    text = json.dumps(log())
    assert len(log()) >= 6
    for told in (PASSWORD, "Wrong-Horse77", api.token, api.refresh_token, LINK, api.device_token):
        assert told not in text
    assert owner.email not in text
    assert owner.username not in text


def test_a_name_in_a_path_is_not_logged(log, api, owner):
    api.get(f"users/{owner.username}")

    assert owner.username not in json.dumps(log())


def test_a_bug_is_told_with_its_traceback_and_without_its_secrets(log, api, monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError(f"could not read {JWT} with password='hunter2'")

    broken.operation = LoginViewSet.login.operation
    monkeypatch.setattr(LoginViewSet, "login", broken)
    api.raise_request_exception = False

    api.post("auth/login", HTTP_X_REQUEST_ID="of-this-call")

    (line,) = [line for line in log() if line["level"] == "ERROR"]
    assert line["requestId"] == "of-this-call"
    assert "RuntimeError" in line["exception"]
    assert "hunter2" not in line["exception"]
    assert JWT not in line["exception"]
