"""What cannot be read is 400 MALFORMED_REQUEST, 413 or 415, and never a 500."""

from __future__ import annotations

from io import BytesIO

import pytest

from config.common.api.wire import MAX_BYTES, parse_object
from config.common.errors import MalformedRequest
from config.common.middleware import MAX_UNWANTED

MALFORMED = {
    "half an object": b'{"identifier": ',
    "no JSON": b"identifier=ada",
    "something after it": b"{} {}",
    "not UTF-8": b'{"identifier": "\xff"}',
    "UTF-16": '{"identifier": "ada"}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a raw NUL": b'{"identifier": "a\x00b"}',
    "an escaped NUL": b'{"identifier": "a\\u0000b"}',
    "an escaped NUL in a key": b'{"a\\u0000": 1}',
    "an escaped NUL deep inside": b'{"a": [{"b": ["\\u0000"]}]}',
    "a lone high surrogate": b'{"identifier": "\\ud800"}',
    "a lone low surrogate": b'{"identifier": "\\uDFFF"}',
    "surrogates the wrong way round": b'{"identifier": "\\udc00\\ud800"}',
    "a lone surrogate in a key": b'{"\\udead": 1}',
    "NaN": b'{"identifier": NaN}',
    "Infinity": b'{"identifier": Infinity}',
    "negative infinity": b'{"identifier": -Infinity}',
    "a key twice": b'{"identifier": "a", "identifier": "b"}',
    "a key twice inside": b'{"a": {"b": 1, "b": 1}}',
    "a list": b"[]",
    "null": b"null",
    "a number": b"1",
    "a text": b'"ada"',
    "true": b"true",
    "33 deep": b'{"a": ' * 33 + b"1" + b"}" * 33,
    "33 deep in lists": b'{"a": ' + b"[" * 32 + b"]" * 32 + b"}",
    "100,000 deep": b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "100,000 deep and never closed": b"[" * 100_000,
    "a number of 10,000 digits": b'{"a": ' + b"9" * 10_000 + b"}",
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_no_clean_object_is_malformed(api, body):
    response = api.post("auth/login", body)

    assert response.status_code == 400
    assert response.data["code"] == "MALFORMED_REQUEST"


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": ' * 32 + b"1" + b"}" * 32,
        b'{"a": "' + b"[{" * 1000 + b'"}',
        b'{"a": "\\"' + b"[{" * 1000 + b'\\\\"}',
        b'{"\xf0\x9f\x98\x80": "\\ud83d\\ude00"}',
        b'  {"a": 1}\n',
    ],
    ids=["32 deep", "brackets in a text", "escaped quotes", "an emoji in both spellings", "blanks"],
)
def test_what_only_looks_odd_is_read(api, body):
    response = api.post("auth/login", body)

    assert response.status_code == 422


def test_no_body_is_an_empty_object(api):
    response = api.post("auth/login", b"")

    assert response.status_code == 422
    assert {fault["field"] for fault in response.data["errors"]} >= {"password"}


def test_a_body_of_exactly_the_bound_is_read(api):
    body = b'{"a": "' + b"x" * (MAX_BYTES - 9) + b'"}'

    response = api.post("auth/login", body)

    assert len(body) == MAX_BYTES
    assert response.status_code == 422


def test_a_longer_body_is_refused_by_its_length(api):
    response = api.post("auth/login", b'{"a": "' + b"x" * MAX_BYTES + b'"}')

    assert response.status_code == 413
    assert response.data["code"] == "PAYLOAD_TOO_LARGE"


def test_a_length_is_believed_before_anything_is_read(api):
    response = api.post("auth/login", b"{}", CONTENT_LENGTH=str(MAX_BYTES + 1))

    assert response.status_code == 413


@pytest.mark.parametrize("length", ["-1", "1e3", "abc", "\u0663", "1 000"])
def test_a_length_that_is_no_number_is_malformed(api, length):
    response = api.post("auth/login", b"{}", CONTENT_LENGTH=length)

    assert response.status_code == 400
    assert response.data["code"] == "MALFORMED_REQUEST"


def unmeasured(body):
    """As granian hands over a body in chunks, or one over HTTP/2: without its length."""
    return {"wsgi.input": BytesIO(body), "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}


def test_a_body_in_chunks_is_read_like_any_other(api):
    response = api.post("auth/login", **unmeasured(b'{"identifier": "ada", "password": 1}'))

    assert response.status_code == 422
    assert [fault["field"] for fault in response.data["errors"]] == ["password"]


def test_a_body_in_chunks_is_bounded_too(api):
    body = BytesIO(b'{"a": "' + b"x" * 50_000_000 + b'"}')

    response = api.post("auth/login", **unmeasured(b"") | {"wsgi.input": body})

    assert response.status_code == 413
    assert body.tell() <= MAX_BYTES + 1 + MAX_UNWANTED


@pytest.mark.parametrize("path", ["auth/login", "nowhere"])
@pytest.mark.parametrize("size", [2, 100_000, MAX_BYTES + 1, MAX_UNWANTED])
def test_a_body_that_nobody_reads_is_taken_in_so_that_the_answer_is_heard(api, path, size):
    body = BytesIO(b"x" * size)

    response = api.post(path, **unmeasured(b"") | {"wsgi.input": body, "CONTENT_LENGTH": str(size)})

    assert 400 <= response.status_code < 500
    assert body.tell() == size


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nobody_waits_for_a_body_that_was_asked_about_or_that_a_call_never_has(api, method):
    body = BytesIO(b"x" * 10)
    asked = {"HTTP_EXPECT": "100-continue"} if method == "POST" else {}

    response = api.generic(
        method, "/nowhere", **unmeasured(b"") | asked | {"wsgi.input": body, "CONTENT_LENGTH": "10"}
    )

    assert (response.status_code, body.tell()) == (404, 0)


def test_nor_for_one_of_who_sends_too_often(api, settings):
    settings.RATE_LIMIT_AUTH = (1, 60)
    asked = {"wsgi.input_terminated": True, "CONTENT_TYPE": "text/plain", "CONTENT_LENGTH": "10"}

    bodies = [BytesIO(b"x" * 10) for _ in range(3)]
    codes = [api.post("auth/login", **asked | {"wsgi.input": body}).status_code for body in bodies]

    assert codes[-1] == 429
    assert bodies[-1].tell() == 0


def test_a_body_that_never_ends_is_not(api):
    body = BytesIO(b"x" * 10)
    length = str(MAX_UNWANTED + 1)

    response = api.post(
        "auth/login", **unmeasured(b"") | {"wsgi.input": body, "CONTENT_LENGTH": length}
    )

    assert (response.status_code, body.tell()) == (413, 0)


def test_a_malformed_body_in_chunks_is_malformed(api):
    response = api.post("auth/login", **unmeasured(b'{"a": NaN}'))

    assert response.status_code == 400


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "application/json5",
        "nonsense",
        "",
    ],
)
def test_other_content_types_are_refused(api, content_type):
    response = api.post("auth/login", b'{"identifier": "ada"}', content_type=content_type)

    assert response.status_code == 415
    assert response.data["code"] == "UNSUPPORTED_MEDIA_TYPE"


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "APPLICATION/JSON"])
def test_json_is_json_in_every_spelling(api, content_type):
    response = api.post("auth/login", b'{"identifier": "ada"}', content_type=content_type)

    assert response.status_code == 422


def test_json_is_answered_whatever_is_asked_for(api):
    response = api.post("auth/login", HTTP_ACCEPT="text/html")

    assert response.headers["Content-Type"] == "application/json"


def test_a_good_object_is_handed_over_unchanged():
    assert parse_object(b'{"a": [1, 2.5, null, true, "x"]}') == {"a": [1, 2.5, None, True, "x"]}


def test_recursion_is_never_what_stops_it():
    with pytest.raises(MalformedRequest):
        parse_object(b'{"a":' * 1_000_000)
