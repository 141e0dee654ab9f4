"""Each secret is a list: the first signs or encrypts, all verify or decrypt."""

from __future__ import annotations

import jwt
import pytest
from django.conf import settings as django_settings

from accounts.models import User
from tests.accounts.conftest import code_of
from tests.factories import UserFactory

NEW = "a-new-secret-that-is-long-enough-0123456789"
SETTINGS = ["JWT_ACCESS_SECRETS", "JWT_REFRESH_SECRETS", "SECRETS", "FIELD_ENCRYPTION_KEYS"]


def rotated(*names):
    """A new secret in front, the old one kept."""
    return {name: [NEW, *getattr(django_settings, name)] for name in names}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_new_secret_in_front_signs_nobody_out(api, owner, keys, name, link_token):
    api.sign_in(owner)
    api.post("auth/forgot-password", {"email": owner.email})

    with keys(**rotated(name)):
        profile = api.get("users/profile")
        refreshed = api.post("auth/refresh", {"refreshToken": api.refresh_token})
        known = api.sign_in(owner, deviceToken=api.device_token)
        password = {"password": "Another-Horse8", "confirmPassword": "Another-Horse8"}
        reset = api.post("auth/reset-password", {"token": link_token("reset-password"), **password})

    assert profile.status_code == refreshed.status_code == known.status_code == 200
    assert reset.status_code == 200, reset.data


@pytest.mark.parametrize("name", SETTINGS)
def test_a_device_is_known_across_a_change_of_secrets(api, owner, keys, name, mails):
    api.sign_in(owner)

    with keys(**rotated(name)):
        api.post(
            "auth/login",
            {
                "identifier": owner.email,
                "password": "Correct-Horse7",
                "deviceToken": api.device_token,
            },
            REMOTE_ADDR="198.51.100.9",
        )

    assert mails() == []


def test_the_ten_seconds_survive_a_change_of_keys(api, owner, keys, clock):
    api.sign_in(owner)
    first = api.post("auth/refresh", {"refreshToken": api.refresh_token})
    clock.shift(5)

    with keys(**rotated("JWT_REFRESH_SECRETS")):
        second = api.post("auth/refresh", {"refreshToken": api.refresh_token})
        third = api.post("auth/refresh", {"refreshToken": second.data["data"]["refreshToken"]})

    same = first.data["data"]["refreshToken"]
    assert second.data["data"]["refreshToken"] == same
    assert third.status_code == 200
    kids = [
        jwt.get_unverified_header(answer.data["data"]["refreshToken"])["kid"]
        for answer in (first, third)
    ]
    assert len(set(kids)) == 2


def test_a_key_that_is_taken_off_the_list_is_worth_nothing(api, owner, keys):
    api.sign_in(owner)

    with keys(JWT_ACCESS_SECRETS=[NEW], JWT_REFRESH_SECRETS=[NEW]):
        profile = api.get("users/profile")
        refreshed = api.post("auth/refresh", {"refreshToken": api.refresh_token})

    assert code_of(profile) == code_of(refreshed) == (401, "TOKEN_INVALID")


def test_going_back_to_the_older_key_within_the_ten_seconds_is_no_crash(api, owner, keys, clock):
    api.sign_in(owner)
    with keys(**rotated("JWT_REFRESH_SECRETS")):
        api.post("auth/refresh", {"refreshToken": api.refresh_token})
    clock.shift(2)

    again = api.post("auth/refresh", {"refreshToken": api.refresh_token})

    assert again.status_code == 200
    token = again.data["data"]["refreshToken"]
    assert api.post("auth/refresh", {"refreshToken": token}).status_code == 200


def test_locks_of_names_and_links_hold_across_a_change_of_secret_key(api, keys, link_token):
    user = UserFactory(unverified=True)
    api.post("auth/resend-verification", {"email": user.email})

    with keys(**rotated("SECRETS")):
        answer = api.post("auth/verify-email", {"token": link_token("verify-email")})

    assert answer.status_code == 200
    assert User.objects.get(pk=user.pk).email_verified
