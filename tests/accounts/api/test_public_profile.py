from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import User
from tests.accounts.conftest import code_of
from tests.factories import UserFactory

NOT_FOUND = (404, "NOT_FOUND")


def test_everybody_sees_who_somebody_is_and_nothing_more(api, owner):
    answer = api.get("users/owner_of_it")

    assert answer.data["data"] == {
        "id": str(owner.pk),
        "username": "owner_of_it",
        "firstName": "Ada",
        "lastName": "Lovelace",
        "avatar": None,
        "createdAt": answer.data["data"]["createdAt"],
    }


def test_names_that_are_not_told_are_null(api):
    UserFactory(username="nameless", first_name="", last_name="")

    data = api.get("users/nameless").data["data"]

    assert (data["firstName"], data["lastName"]) == (None, None)


def test_a_name_is_found_in_any_spelling(api, owner):
    assert api.get("users/OWNER_of_it").status_code == 200


@pytest.mark.parametrize("trait", ["suspended", "deactivated", "deleted"])
def test_who_may_not_sign_in_is_not_shown(api, trait):
    UserFactory(username="away", **{trait: True})

    assert code_of(api.get("users/away")) == NOT_FOUND


def test_who_was_invited_and_has_not_been_in_is_not_shown(api):
    UserFactory(username="invited", invited_at=timezone.now())

    assert code_of(api.get("users/invited")) == NOT_FOUND


def test_who_has_not_confirmed_their_address_is_shown_unless_accounts_are_to_stay_unknown(
    api, settings
):
    UserFactory(username="fresh", unverified=True)

    assert api.get("users/fresh").status_code == 200
    settings.PREVENT_ENUMERATION = True
    assert code_of(api.get("users/fresh")) == NOT_FOUND


@pytest.mark.parametrize(
    "name", ["nobody", "a", "x" * 500, "owner%40example.org", "%E2%80%AE", "..."]
)
def test_a_name_that_nobody_has_is_not_found(api, owner, name):
    assert code_of(api.get(f"users/{name}")) == NOT_FOUND


def test_reserved_words_are_nobodys_profile(api):
    UserFactory(username="owner")

    assert code_of(api.get("users/owner")) == NOT_FOUND


def test_words_that_are_calls_of_their_own_stay_so(api):
    assert code_of(api.get("users/profile")) == (401, "NOT_AUTHENTICATED")
    assert api.get("users/preferences").status_code in {401, 405}


def test_a_stale_token_keeps_nobody_from_looking(api, owner):
    assert api.get("users/owner_of_it", HTTP_AUTHORIZATION="Bearer stale").status_code == 200


def test_nothing_personal_is_in_it(api, owner):
    body = api.get("users/owner_of_it").content.decode()

    assert owner.email not in body
    assert User.objects.get(pk=owner.pk).email not in body
