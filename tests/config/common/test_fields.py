"""Fields of the wrong kind are 422, under the names that the wire knows."""

from __future__ import annotations

import pytest
from rest_framework import serializers

from config.common.api.exceptions import field_errors
from config.common.api.serializers import Flag, Text, WireSerializer, camel
from tests.config.routes import calls, names
from tests.factories import admin

REGISTRATION = {"email": "ada@example.org", "username": "ada", "password": "Correct-Horse7"}
CONTROLS = ["\x01", "\x07", "\x1b[31m", "\x7f", "\x85", "\n", "\r", "\t", "\u2028"]
BIDI = ["\u202e", "\u202a", "\u2066", "\u2069", "\u200f", "\u061c"]
WITH_BODY = [call for call in calls() if call.operation and call.operation.body]


@pytest.mark.parametrize("value", [1, 1.5, True, [], {}, ["ada"], None])
@pytest.mark.parametrize("field", ["email", "username", "password"])
def test_what_is_no_text_is_a_fault_of_its_field(api, field, value):
    response = api.post("auth/register", {**REGISTRATION, field: value})

    assert response.status_code == 422
    assert response.data["code"] == "VALIDATION_FAILED"
    assert [fault["field"] for fault in response.data["errors"]] == [field]


@pytest.mark.parametrize("text", CONTROLS + BIDI, ids=[ascii(text) for text in CONTROLS + BIDI])
@pytest.mark.parametrize("field", ["firstName", "username"])
def test_controls_and_overrides_are_no_part_of_a_name(api, field, text):
    response = api.post("auth/register", {**REGISTRATION, field: f"A{text}da"})

    assert response.status_code == 422
    assert [(fault["field"], fault["code"]) for fault in response.data["errors"]] == [
        (field, "control")
    ]


@pytest.mark.parametrize("text", CONTROLS + BIDI, ids=[ascii(text) for text in CONTROLS + BIDI])
def test_they_are_no_part_of_an_address_either(api, text):
    response = api.post("auth/register", {**REGISTRATION, "email": f"a{text}da@example.org"})

    assert response.status_code == 422
    assert [fault["field"] for fault in response.data["errors"]] == ["email"]


def test_a_control_at_the_end_is_not_stripped_away(api):
    response = api.post("auth/register", {**REGISTRATION, "firstName": "Ada\x1f"})

    assert response.status_code == 422


def test_every_fault_is_told_at_once(api):
    response = api.post("auth/register", {"email": "no", "username": "x", "firstName": "A" * 51})

    faults = {(fault["field"], fault["code"]) for fault in response.data["errors"]}
    assert faults >= {("email", "invalid"), ("password", "required"), ("firstName", "max_length")}
    assert all(set(fault) == {"field", "message", "code"} for fault in response.data["errors"])


def test_names_that_nobody_knows_are_ignored(api):
    response = api.post("auth/register", {**REGISTRATION, "isStaff": True, "roles": ["admin"]})

    assert response.status_code == 201


@pytest.mark.parametrize("query", ["email=%00", "email=a%00b@example.org", "email=%ff", "email=no"])
def test_bad_text_in_a_query_is_a_fault_too(api, query):
    response = api.get(f"/api/v1/auth/check-email?{query}")

    assert response.status_code == 422
    assert response.data["errors"][0]["field"] == "email"


class Street(WireSerializer):
    house_number = Text(max_length=3)


class Form(WireSerializer):
    home_address = Street()
    old_addresses = Street(many=True, required=False)
    is_primary = Flag(required=False)


def faults(data):
    form = Form(data=data)
    with pytest.raises(serializers.ValidationError) as caught:
        form.is_valid(raise_exception=True)
    return [(fault.field, fault.code) for fault in field_errors(caught.value.detail)]


def test_a_field_inside_another_is_named_with_a_dot():
    assert faults({"homeAddress": {"houseNumber": "1234"}}) == [
        ("homeAddress.houseNumber", "max_length")
    ]


def test_a_field_in_a_list_is_named_with_its_place():
    form = {"homeAddress": {"houseNumber": "1"}, "oldAddresses": [{"houseNumber": "1"}, {}]}

    assert faults(form) == [("oldAddresses.1.houseNumber", "required")]


@pytest.mark.parametrize("value", ["x", 1, [], None])
def test_an_object_that_is_none_is_the_fault_of_its_own_field(value):
    assert [field for field, _code in faults({"homeAddress": value})] == ["homeAddress"]


@pytest.mark.parametrize("value", ["true", "on", 1, 0, [], {}])
def test_a_flag_is_true_or_false_and_nothing_like_it(value):
    form = {"homeAddress": {"houseNumber": "1"}, "isPrimary": value}

    assert [field for field, _code in faults(form)] == ["isPrimary"]


def test_snake_case_is_not_spoken_on_the_wire():
    assert faults({"home_address": {"house_number": "1"}}) == [("homeAddress", "required")]


def test_text_is_kept_in_one_spelling():
    form = Form(data={"homeAddress": {"houseNumber": "e\u0301"}})

    form.is_valid(raise_exception=True)

    assert form.validated_data["home_address"]["house_number"] == "\u00e9"


@pytest.mark.parametrize(("snake", "wanted"), [("a", "a"), ("first_name", "firstName")])
def test_names_change_their_case(snake, wanted):
    assert camel(snake) == wanted


ODD = [None, True, 0, -1, 1e308, "", "\u202e", "x" * 5000, [], [[]], {}, {"a": {}}, "\U0001f600"]


@pytest.mark.parametrize("call", WITH_BODY, ids=names(WITH_BODY))
def test_no_body_of_any_call_is_too_odd_for_it(client_for, call):
    """Signed in with every permission, so that what is asked of the body is reached."""
    client = client_for(admin())
    fields = call.operation.body().fields

    answers = {
        repr(value)[:20]: client.call(call.method, call.url, dict.fromkeys(fields, value))
        for value in ODD
    }

    assert {value: a.status_code for value, a in answers.items() if a.status_code >= 500} == {}
