"""What every answer carries, good or bad."""

from __future__ import annotations

import pytest
from django.test import override_settings

from config.common.middleware import EdgeMiddleware
from tests.config.routes import calls, names

CALLS = calls()
ANSWERS = {
    "an answer": "/api/v1/auth/check-username?username=somebody",
    "an error": "/api/v1/users/profile",
    "an unknown path": "/api/v1/nothing",
    "the index": "/api/v1",
    "the schema": "/api/v1/schema",
    "the documents": "/api/v1/docs",
    "health": "/health",
    "a page": "/",
    "an unknown page": "/nothing",
    "a refused page": "/verify-email",
    "the keys": "/.well-known/jwks.json",
    "the keys of seals": "/.well-known/audit-keys.json",
}
PAGES = ["/", "/nothing", "/verify-email"]


@pytest.mark.parametrize("path", ANSWERS.values(), ids=ANSWERS.keys())
def test_security_headers_are_on_every_answer(api, path):
    headers = api.get(path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] in {"no-referrer", "same-origin"}
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "Server" not in headers
    assert "X-Powered-By" not in headers


def test_the_api_may_load_nothing_at_all(api):
    policy = api.get("users/profile").headers["Content-Security-Policy"]

    assert policy == "default-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize("path", [*PAGES, "/api/v1/docs"])
def test_pages_run_no_inline_code_and_load_nothing_from_elsewhere(api, path):
    policy = api.get(path).headers["Content-Security-Policy"]

    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["script-src"] == "'self'"
    assert directives["style-src"] == "'self'"
    assert directives["base-uri"] == "'none'"
    assert "http" not in policy
    assert "unsafe-eval" not in policy


@pytest.mark.parametrize("call", CALLS, ids=names(CALLS))
def test_no_answer_of_the_api_is_stored(api, call):
    response = api.call(call.method, call.url, {})

    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize("path", [*PAGES, "/health", "/api/nothing"])
def test_neither_is_a_page(api, path):
    assert "no-store" in api.get(path).headers["Cache-Control"]


@pytest.mark.parametrize(
    "path", ["/api/v1/schema", "/.well-known/jwks.json", "/.well-known/audit-keys.json"]
)
def test_what_is_everybodys_may_be_stored(api, path):
    assert api.get(path).headers["Cache-Control"] == "public, max-age=300"


def test_https_is_remembered_in_production_alone(rf):
    def headers():
        return dict(EdgeMiddleware(lambda _request: None).of_api.values())

    with override_settings(SECURE=True, APP_ENV="production"):
        assert headers()["Strict-Transport-Security"].startswith("max-age=31536000")
    with override_settings(SECURE=False, APP_ENV="development"):
        assert "Strict-Transport-Security" not in headers()


@pytest.mark.parametrize("host", ["evil.example", "evil.example:5001", "a b", "testserver:x"])
def test_another_host_is_refused(api, host):
    response = api.get("/api/v1", HTTP_HOST=host)

    assert response.status_code == 400
    assert response.data["code"] == "MALFORMED_REQUEST"
    assert "evil" not in response.content.decode()


def test_the_host_is_no_part_of_a_link(api, settings):
    settings.PUBLIC_URL = "https://muster.example.org"
    settings.ALLOWED_HOSTS = ["*"]

    response = api.get("/api/v1", HTTP_HOST="evil.example", HTTP_X_FORWARDED_HOST="evil.example")

    assert response.data["data"]["links"]["docs"] == "https://muster.example.org/api/v1/docs"
    assert "evil" not in response.content.decode()


def test_the_host_is_no_part_of_a_mailed_link(api, settings, owner, mails):
    settings.ALLOWED_HOSTS = ["*"]

    api.post("auth/forgot-password", {"email": owner.email}, HTTP_HOST="evil.example")

    (message,) = mails()
    whole = message.message().as_string() + str(message.body)
    assert settings.LINK_BASE_URL in message.body
    assert "evil" not in whole
