from __future__ import annotations

import pytest

from accounts.models import User
from tests.accounts.conftest import code_of
from tests.accounts.work import counted
from tests.factories import UserFactory

FULL = {
    "firstName": "Augusta",
    "lastName": "King",
    "bio": "Analyst of engines.\nPoet.",
    "phone": "+44 20 7183 8750",
    "dateOfBirth": "1985-12-10T00:00:00.000Z",
    "address": "12 St James's Square\nLondon",
    "city": "London",
    "country": "United Kingdom",
    "timezone": "Europe/London",
    "language": "DE",
}
DETAILS = {
    "bio": "Analyst of engines.\nPoet.",
    "phone": "+442071838750",
    "dateOfBirth": "1985-12-10",
    "address": "12 St James's Square\nLondon",
    "city": "London",
    "country": "United Kingdom",
    "timezone": "Europe/London",
    "language": "de",
    "preferences": {},
}


@pytest.fixture
def signed_in(api, owner):
    api.sign_in(owner)
    return api


def test_put_writes_all_of_it_and_answers_as_get_does(signed_in):
    answer = signed_in.put("users/profile", FULL)

    assert answer.status_code == 200, answer.data
    data = answer.data["data"]
    assert (data["firstName"], data["lastName"], data["profile"]) == ("Augusta", "King", DETAILS)
    assert signed_in.get("users/profile").data["data"] == data


def test_put_clears_what_is_left_out(signed_in):
    signed_in.put("users/profile", FULL)
    signed_in.put("users/preferences", {"theme": "dark"})

    data = signed_in.put("users/profile", {"city": "Paris"}).data["data"]

    assert (data["firstName"], data["lastName"]) == (None, None)
    assert data["profile"] == dict.fromkeys(DETAILS) | {
        "city": "Paris",
        "language": "en",
        "preferences": {"theme": "dark"},
    }


def test_patch_leaves_what_is_left_out_and_clears_what_is_null(signed_in):
    signed_in.put("users/profile", FULL)

    data = signed_in.patch("users/profile", {"city": None, "bio": "", "language": None}).data[
        "data"
    ]

    assert data["firstName"] == "Augusta"
    assert data["profile"] == DETAILS | {"city": None, "bio": None, "language": "en"}


@pytest.mark.parametrize("name", list(FULL))
def test_patch_of_one_field_touches_no_other(signed_in, name):
    signed_in.put("users/profile", {})
    before = signed_in.get("users/profile").data["data"]

    after = signed_in.patch("users/profile", {name: FULL[name]}).data["data"]

    flat = [{**side, **side["profile"]} for side in (before, after)]
    assert {key for key in flat[0] if flat[0][key] != flat[1][key]} - {"profile"} == {name}


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("firstName", "x" * 51, "max_length"),
        ("lastName", "a\u202eb", "control"),
        ("firstName", "a\nb", "control"),
        ("firstName", 5, "invalid"),
        ("bio", "x" * 501, "max_length"),
        ("bio", "a\x07b", "control"),
        ("bio", ["a"], "invalid"),
        ("address", "x" * 256, "max_length"),
        ("city", "x" * 101, "max_length"),
        ("country", "x" * 101, "max_length"),
        ("country", "a\nb", "control"),
        ("phone", "020 7183 8750", "rule"),
        ("phone", 442071838750, "invalid"),
        ("dateOfBirth", "2999-01-01", "rule"),
        ("dateOfBirth", "yesterday", "rule"),
        ("dateOfBirth", 19851210, "invalid"),
        ("timezone", "Mars/Olympus", "rule"),
        ("language", "xx", "rule"),
        ("language", "english", "max_length"),
        ("language", True, "invalid"),
    ],
)
@pytest.mark.parametrize("method", ["put", "patch"])
def test_a_field_that_does_not_hold_what_it_must_is_named(signed_in, method, field, value, code):
    answer = getattr(signed_in, method)("users/profile", {field: value})

    assert code_of(answer) == (422, "VALIDATION_FAILED")
    fault = answer.data["errors"][0]
    assert (fault["field"], fault["code"]) == (field, code)


@pytest.mark.parametrize(
    ("field", "longest"),
    [("firstName", 50), ("bio", 500), ("address", 255), ("city", 100), ("country", 100)],
)
def test_the_longest_text_fits(signed_in, field, longest):
    assert signed_in.patch("users/profile", {field: "ä" * longest}).status_code == 200


def test_one_fault_keeps_the_whole_change_out(signed_in):
    signed_in.patch("users/profile", {"city": "Paris", "phone": "no"})

    assert signed_in.get("users/profile").data["data"]["profile"]["city"] is None


def test_fields_that_are_not_ones_own_to_set_have_no_effect(signed_in, owner):
    before = User.objects.values().get(pk=owner.pk)

    answer = signed_in.patch(
        "users/profile",
        {
            "email": "x@example.org",
            "username": "other",
            "isActive": False,
            "roles": ["admin"],
            "isStaff": True,
            "emailVerified": False,
            "avatar": "avatars/00/x.webp",
            "searchText": "x",
            "userId": "x",
        },
    )

    assert answer.status_code == 200
    assert User.objects.values().get(pk=owner.pk) == before
    assert answer.data["data"]["roles"] == ["user"]


def test_a_text_is_kept_composed_and_without_blanks_at_its_ends(signed_in):
    data = signed_in.patch("users/profile", {"firstName": "  Zoe\u0308 "}).data["data"]

    assert data["firstName"] == "Zo\u00eb"


def test_nobody_writes_without_a_token_and_nobody_anothers(api, owner, stranger, client_for):
    assert code_of(api.put("users/profile", FULL)) == (401, "NOT_AUTHENTICATED")

    client_for(stranger).put("users/profile", FULL)

    assert User.objects.get(pk=owner.pk).first_name == "Ada"


def test_reading_ones_profile_stays_one_statement(signed_in):
    with counted() as work:
        signed_in.get("users/profile")

    assert len(work.statements) == 1


def test_the_new_language_is_that_of_the_next_mail(signed_in, owner, mails):
    signed_in.patch("users/profile", {"language": "de"})
    signed_in.post("auth/forgot-password", {"email": owner.email})

    assert mails()[-1].to == [owner.email]
    assert User.objects.get(pk=owner.pk).language == "de"


def test_names_of_two_people_may_be_the_same(signed_in):
    UserFactory(first_name="Augusta", last_name="King")

    assert signed_in.put("users/profile", FULL).status_code == 200
