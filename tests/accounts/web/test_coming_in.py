"""Signing up and a forgotten password, in a browser."""

from __future__ import annotations

import re

import pytest

from accounts.models import User
from config.common.request_meta import RequestMeta
from tests.factories import PASSWORD, UserFactory

NEW = "Another-Horse8"
HERE = RequestMeta(ip="203.0.113.9", user_agent="Mozilla/5.0 (X11; Linux) Firefox/145.0")
SIGN_UP = {"email": "ada@example.org", "username": "ada", "password": PASSWORD}


@pytest.fixture
def browser(client, owner):
    client.force_login(owner)
    return client


def fresh(user):
    return User.objects.get(pk=user.pk)


def test_signing_up_makes_an_account_and_mails_a_link(client, link_token):
    answer = client.post("/register", {**SIGN_UP, "first_name": "Ada"})

    assert answer.status_code == 200
    assert "ada@example.org" in answer.text
    client.get(f"/verify-email?token={link_token('verify-email')}")
    client.post("/verify-email")
    assert fresh(User.objects.get(username="ada")).email_verified


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("email", "no address", "Enter a valid email address."),
        ("username", "a b", "Use 3 to 30 letters, digits and underscores."),
        ("username", "admin", "This name cannot be used."),
        ("first_name", "Ada\u202e", "This holds characters that cannot be used here."),
        ("password", "short", "8"),
    ],
)
def test_faults_stand_at_their_field_and_on_top(client, db, field, value, said):
    answer = client.post("/register", {**SIGN_UP, field: value})

    assert answer.status_code == 422
    assert f'href="#id_{field}"' in answer.text
    assert f'id="id_{field}_error"' in answer.text
    assert re.search(rf'aria-describedby="[^"]*id_{field}_error"', answer.text)
    assert said in answer.text
    assert not User.objects.exists()


def test_a_taken_name_is_said_at_the_name(client, owner):
    answer = client.post("/register", {**SIGN_UP, "username": owner.username})

    assert answer.status_code == 409
    assert 'id="id_username_error"' in answer.text


def test_a_closed_sign_up_shows_no_form(client, db, settings):
    settings.REGISTRATION_OPEN = False

    answer = client.get("/register")

    assert answer.status_code == 403
    assert '<form method="post" class' not in answer.text


@pytest.mark.parametrize("path", ["/forgot-password", "/resend-verification"])
def test_known_and_unknown_addresses_are_answered_alike(client, db, path):
    known = UserFactory(unverified=True)

    answers = [
        re.sub(r'value="\w+"', "", client.post(path, {"email": email}).text)
        for email in (known.email, "nobody@example.org")
    ]

    assert answers[0] == answers[1]


def test_a_forgotten_password_is_set_anew_by_the_mailed_link(client, owner, link_token):
    client.post("/forgot-password", {"email": owner.email})
    client.get(f"/reset-password?token={link_token('reset-password')}")

    client.post("/reset-password", {"password": NEW, "confirm_password": NEW})

    assert client.post("/login", {"identifier": owner.email, "password": NEW}).status_code == 302
