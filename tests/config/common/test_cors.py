"""Other origins: none, until one is named; never with credentials."""

from __future__ import annotations

import pytest

APP = "https://app.example.org"
ASKED = {
    "HTTP_ORIGIN": APP,
    "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "POST",
    "HTTP_ACCESS_CONTROL_REQUEST_HEADERS": "authorization,content-type",
}


@pytest.fixture
def opened(settings):
    settings.CORS_ORIGINS = frozenset({APP, "http://localhost:3000"})


def cors(response):
    return {name for name in response.headers if name.startswith("Access-Control-")}


@pytest.mark.parametrize("origin", [APP, "null", "http://testserver", "http://localhost:5001"])
def test_no_origin_is_let_in_by_default(api, origin):
    response = api.get("users/profile", HTTP_ORIGIN=origin)

    assert cors(response) == set()


def test_a_preflight_gets_nothing_by_default(api):
    response = api.options("/api/v1/auth/login", **ASKED)

    assert response.status_code == 405
    assert cors(response) == set()


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize("path", ["users/profile", "auth/check-username?username=x", "nothing"])
def test_a_named_origin_may_read_answers_and_errors(api, path):
    response = api.get(path, HTTP_ORIGIN=APP)

    assert response.headers["Access-Control-Allow-Origin"] == APP
    assert "Retry-After" in response.headers["Access-Control-Expose-Headers"]
    assert "X-Request-ID" in response.headers["Access-Control-Expose-Headers"]
    assert "Origin" in response.headers["Vary"]
    assert "Access-Control-Allow-Credentials" not in response.headers


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize(
    "origin",
    [
        "https://app.example.org.evil.example",
        "https://evil.example",
        "http://app.example.org",
        "https://app.example.org:444",
        "https://APP.example.org",
        "https://app.example.org/",
        "null",
        "*",
        "",
    ],
)
def test_what_only_resembles_it_may_not(api, origin):
    response = api.get("users/profile", HTTP_ORIGIN=origin)

    assert cors(response) == set()
    assert "Origin" in response.headers["Vary"]


@pytest.mark.usefixtures("opened")
def test_a_preflight_of_a_named_origin_is_answered(api):
    response = api.options("/api/v1/auth/login", **ASKED)

    assert response.status_code == 204
    assert response.headers["Access-Control-Allow-Origin"] == APP
    assert "DELETE" in response.headers["Access-Control-Allow-Methods"]
    assert "Authorization" in response.headers["Access-Control-Allow-Headers"]
    assert response.headers["Access-Control-Max-Age"] == "600"
    assert "Access-Control-Allow-Credentials" not in response.headers


@pytest.mark.usefixtures("opened")
def test_a_preflight_of_another_origin_learns_nothing(api):
    response = api.options("/api/v1/auth/login", **{**ASKED, "HTTP_ORIGIN": "https://evil.example"})

    assert cors(response) == set()


@pytest.mark.usefixtures("opened")
def test_pages_are_for_nobody_else(api):
    assert cors(api.get("/", HTTP_ORIGIN=APP)) == set()
