import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import pytest
from django.contrib.auth import get_user_model
from django.utils import translation
from django.utils.translation import gettext_lazy

from audit.services.details import MASK, changes, clean, difference


class Colour(StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (datetime(2026, 11, 23, 10, tzinfo=UTC), "2026-11-23T10:00:00.000Z"),
        (date(2026, 11, 23), "2026-11-23"),
        (timedelta(minutes=15), 900.0),
        (Decimal("1.50"), "1.50"),
        (Colour.RED, "red"),
        (gettext_lazy("Not found."), "Not found."),
        ({"b", "a"}, ["a", "b"]),
        ((1, UUID(int=2)), [1, "00000000-0000-0000-0000-000000000002"]),
        ({"at": date(2026, 1, 1)}, {"at": "2026-01-01"}),
        ({1: None}, {"1": None}),
        (float("nan"), "nan"),
        (True, True),
        ("a\x00b\ud800", "a\ufffdb\ufffd"),
    ],
)
def test_what_python_has_becomes_what_json_has(value, stored):
    with translation.override("en"):
        cleaned = clean({"value": value})

    assert cleaned == {"value": stored}
    json.dumps(cleaned, allow_nan=False).encode()


@pytest.mark.parametrize(
    "name",
    [
        "password", "newPassword", "temporary_password", "passwordHash", "token", "refreshToken",
        "reset-token", "tokens", "secret", "totp_secret", "SECRET_KEY", "code", "backup_codes",
        "otp", "pin", "apiKey", "private_key", "cookie", "Authorization",
    ],
)  # fmt: skip
@pytest.mark.parametrize("value", ["hunter2", 123456, ["a", "b"], {"raw": "hunter2"}])
def test_a_secret_is_masked_by_the_name_it_stands_under(name, value):
    assert clean({name: value}) == {name: MASK}


def test_a_secret_is_masked_however_deep_it_stands():
    cleaned = clean({"old": [{"login": {"password": "hunter2"}}]})

    assert cleaned == {"old": [{"login": {"password": MASK}}]}


@pytest.mark.parametrize(
    "name", ["password_policy", "passwordChanged", "tokenType", "backup_codes_remaining", "reason"]
)
def test_what_only_speaks_of_secrets_is_kept(name):
    assert clean({name: "kept"}) == {name: "kept"}


@pytest.mark.parametrize("value", [True, False, None])
def test_yes_no_and_nothing_are_no_secrets(value):
    assert clean({"password": value}) == {"password": value}


@pytest.mark.parametrize("value", [object(), get_user_model()(), b"bytes"])
def test_what_has_no_place_in_json_is_a_bug_in_the_caller(value):
    with pytest.raises(TypeError):
        clean({"value": value})


def test_a_difference_is_what_changed_and_nothing_else():
    old = {"city": "Leeds", "bio": None, "role": "kept", "untouched": 1}

    found = difference(old, {"city": "London", "bio": "Hello", "role": "kept"})

    assert found == {
        "fields": ["city", "bio"],
        "old": {"city": "Leeds", "bio": None},
        "new": {"city": "London", "bio": "Hello"},
    }


def test_two_secrets_differ_and_neither_is_shown():
    found = difference({"apiToken": "one"}, {"apiToken": "two"})

    assert found == {"fields": ["apiToken"], "old": {"apiToken": MASK}, "new": {"apiToken": MASK}}


def test_a_field_that_was_not_there_was_nothing():
    assert difference({}, {"city": "London"})["old"] == {"city": None}


def test_changes_are_read_back_field_by_field():
    details = clean(difference({"city": "Leeds"}, {"city": "London", "bio": None, "age": 5}))

    assert [(one.field, one.old, one.new) for one in changes(details)] == [
        ("city", "Leeds", "London"),
        ("age", None, 5),
    ]


@pytest.mark.parametrize("details", [{}, {"old": "a@example.org", "new": "b"}, {"old": {"a": 1}}])
def test_what_is_no_change_by_field_has_none(details):
    assert changes(details) == []
