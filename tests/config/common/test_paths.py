"""Both slash forms, unknown paths, malformed ids, methods that a path does not know."""

from __future__ import annotations

import pytest

from tests.config.routes import calls, names, plain_paths
from tests.factories import admin

CALLS = calls()
PATHS = sorted({call.path for call in CALLS})
WITH_ID = [c for c in CALLS if any(name != "username" for name in c.parameters)]
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
MALFORMED = [
    "x",
    "1",
    "-1",
    "%00",
    "%ff",
    "a" * 300,
    "019aaf3e5c1f7c529d430c6f5a2b7e10",
    "{}",
    "..%2f",
]
UNKNOWN = [
    "/api",
    "/api/",
    "/api/v1/nothing",
    "/api/v1/auth",
    "/api/v1/auth/login/more",
    "/api/v1//auth/login",
    "/api/v1/auth/login//",
    "/api/v2/auth/login",
    "/api/v1/auth/LOGIN",
    "/api/%00",
    "/api/%ff%fe",
]


def test_there_is_something_to_test():
    assert len(CALLS) > 10


@pytest.mark.parametrize("call", CALLS, ids=names(CALLS))
def test_every_call_answers_with_and_without_its_slash(api, call):
    bare, slashed = (api.call(call.method, url, {}) for url in (call.url, f"{call.url}/"))

    assert bare.status_code == slashed.status_code
    assert bare.status_code not in {301, 302, 307, 308, 405}
    assert (bare.data or {}).get("code") == (slashed.data or {}).get("code")


@pytest.mark.parametrize("path", plain_paths())
def test_so_do_the_documents(api, path):
    bare, slashed = api.get(path), api.get(f"{path}/")

    assert bare.status_code == slashed.status_code == 200


@pytest.mark.parametrize("path", UNKNOWN)
@pytest.mark.parametrize("method", sorted(METHODS))
def test_an_unknown_path_is_a_404_in_the_envelope(api, path, method):
    response = api.call(method, path, {} if method != "GET" else None)

    assert response.headers["Content-Type"] == "application/json"
    assert response.status_code in ({400, 404} if "%00" in path else {404})
    assert response.data["code"] in {"NOT_FOUND", "MALFORMED_REQUEST"}


def test_an_unknown_page_is_a_page(api):
    response = api.get("/nothing-here")

    assert response.status_code == 404
    assert response.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("call", WITH_ID, ids=names(WITH_ID))
def test_a_malformed_id_is_a_404(client_for, call):
    client = client_for(admin())
    body = None if call.method == "GET" else call.operation.body_example or {}

    # Entries of the log have numbers.
    malformed = [bad for bad in MALFORMED if not (bad.isdecimal() and "{entryId}" in call.path)]

    answers = {bad: client.call(call.method, call.filled(bad), body) for bad in malformed}

    assert {bad: a.status_code for bad, a in answers.items() if a.status_code != 404} in (
        {},
        {"%00": 400},
    )
    assert {a.data["code"] for a in answers.values()} <= {"NOT_FOUND", "MALFORMED_REQUEST"}


@pytest.mark.parametrize("call", WITH_ID, ids=names(WITH_ID))
def test_so_is_an_id_that_nothing_has(client_for, call):
    client = client_for(admin())
    body = None if call.method == "GET" else call.operation.body_example or {}

    response = client.call(call.method, call.url, body)

    assert response.status_code == 404
    assert response.data["code"] == "NOT_FOUND"


@pytest.mark.parametrize("path", PATHS)
def test_another_method_is_a_405_that_names_the_right_ones(api, path):
    known = {call.method for call in CALLS if call.path == path}
    url = next(call.url for call in CALLS if call.path == path)

    for method in sorted(METHODS - known):
        response = api.call(method, url, None if method == "GET" else {})

        assert response.status_code == 405, method
        assert response.data["code"] == "METHOD_NOT_ALLOWED"
        allowed = set(response.headers["Allow"].split(", "))
        assert allowed - {"HEAD"} == known


@pytest.mark.parametrize("path", plain_paths())
def test_the_documents_can_only_be_read(api, path):
    response = api.post(path)

    assert response.status_code == 405
    assert response.data["code"] == "METHOD_NOT_ALLOWED"
    assert response.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE"])
def test_what_the_api_does_not_speak_is_a_405(api, method):
    response = api.generic(method, "/api/v1/auth/login")

    assert response.status_code == 405


def test_head_is_get_without_a_body(client_for, owner):
    client = client_for(owner)

    response = client.head("/api/v1/users/profile", HTTP_AUTHORIZATION=f"Bearer {client.token}")

    assert response.status_code == 200
    assert response.content == b""
