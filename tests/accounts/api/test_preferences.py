from __future__ import annotations

import pytest

from tests.accounts.conftest import code_of


@pytest.fixture
def signed_in(api, owner):
    api.sign_in(owner)
    return api


def put_raw(api, body: bytes):
    return api.call("PUT", "users/preferences", body, content_type="application/json")


def test_preferences_keep_their_own_keys(signed_in):
    given = {"my_theme": "dark", "sideBar": {"is open": True}, "ä": ["x", None, 1.5]}

    answer = signed_in.put("users/preferences", given)

    assert answer.status_code == 200
    assert answer.data["data"]["profile"]["preferences"] == given
    assert signed_in.get("users/profile").data["data"] == answer.data["data"]


def test_a_null_removes_its_key(signed_in):
    signed_in.put("users/preferences", {"a": 1, "b": {"c": 1, "d": 2}})

    answer = signed_in.put("users/preferences", {"a": None, "b": {"c": None}})

    assert answer.data["data"]["profile"]["preferences"] == {"b": {"d": 2}}


@pytest.mark.parametrize("body", [b"[]", b"null", b'"x"', b"{", b'{"a":1,"a":2}', b'{"a":NaN}'])
def test_what_is_no_clean_object_cannot_be_read(signed_in, body):
    assert code_of(put_raw(signed_in, body)) == (400, "MALFORMED_REQUEST")


@pytest.mark.parametrize(
    "body", [rb'{"a":"\ud800"}', rb'{"a":"\udc00"}', rb'{"\uDFFF":1}', rb'{"a":["\u0000"]}']
)
def test_half_a_character_cannot_be_read(signed_in, body):
    assert code_of(put_raw(signed_in, body)) == (400, "MALFORMED_REQUEST")


def test_a_whole_character_in_two_halves_can(signed_in):
    answer = put_raw(signed_in, rb'{"a":"\ud83d\ude00"}')

    assert answer.data["data"]["profile"]["preferences"] == {"a": "\U0001f600"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"a":{"b":{"c":{"d":{"e":{}}}}}}', "max_depth"),
        (b'{"a":"' + b"x" * 16_384 + b'"}', "max_size"),
        (b'{"a":1e400}', "max_value"),
        (b'{"a":100000000000000000000}', "max_value"),
        (b'{"notifications":{"SECURITY_ALERT":false}}', "always_on"),
    ],
)
def test_what_is_not_kept_is_named(signed_in, body, code):
    answer = put_raw(signed_in, body)

    assert code_of(answer) == (422, "VALIDATION_FAILED")
    assert answer.data["errors"][0]["code"] == code
    assert signed_in.get("users/profile").data["data"]["profile"]["preferences"] == {}


def test_nobody_keeps_preferences_without_a_token(api):
    assert code_of(api.put("users/preferences", {})) == (401, "NOT_AUTHENTICATED")
