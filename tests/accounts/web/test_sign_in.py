"""Signing in and out with a browser."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.models import Session, TrustedDevice, User
from accounts.models.session import Kind
from accounts.services import sessions
from accounts.web.browser import own_path
from audit.kinds import Action
from audit.models import AuditEntry
from config.common.request_meta import RequestMeta
from tests.accounts.authenticator import WRONG, turned_on
from tests.factories import PASSWORD, UserFactory

HERE = RequestMeta(ip="127.0.0.1")


def sign_in(client, user, password=PASSWORD, **fields):
    return client.post("/login", {"identifier": user.username, "password": password, **fields})


def is_in(client):
    return client.get("/account").status_code == 200


def test_a_right_password_opens_a_browser_session(client, owner):
    answer = sign_in(client, owner)

    session = Session.objects.get(user=owner)
    assert answer.headers["Location"] == "/account"
    assert session.kind == Kind.BROWSER
    assert is_in(client)
    assert AuditEntry.objects.filter(action=Action.USER_LOGIN, resource_id=session.pk).exists()


def test_a_wrong_password_is_said_in_the_form_and_opens_nothing(client, owner):
    answer = sign_in(client, owner, "Wrong-Horse9")

    assert answer.status_code == 401
    assert "The name or the password is not right." in answer.text
    assert not is_in(client)
    assert not Session.objects.exists()


def test_the_password_is_never_sent_back(client, owner):
    assert "Wrong-Horse9" not in sign_in(client, owner, "Wrong-Horse9").text


def test_locked_out_is_said_with_the_time_to_wait(client, owner):
    for _ in range(5):
        sign_in(client, owner, "Wrong-Horse9")

    answer = sign_in(client, owner)

    assert answer.status_code == 401
    assert int(answer.headers["Retry-After"]) > 800
    assert not is_in(client)


def test_a_deleted_account_is_offered_its_way_back(client, db):
    answer = sign_in(client, UserFactory(deleted=True))

    assert answer.status_code == 401
    assert 'href="/recover"' in answer.text


def test_the_cookie_of_before_is_worth_nothing_afterwards(client, owner):
    client.get("/unlock?token=planted")
    planted = client.cookies["session"].value

    sign_in(client, owner)

    assert client.cookies["session"].value != planted
    client.cookies["session"] = planted
    assert not is_in(client)


def test_the_cookies_are_no_business_of_scripts(client, owner):
    answer = sign_in(client, owner)

    for name in ("session", "device"):
        assert answer.cookies[name]["httponly"]
        assert answer.cookies[name]["samesite"] == "Lax"


def test_whoever_must_sign_in_first_comes_back_to_where_they_were(client, owner):
    answer = client.get("/account/sessions?x=1")

    assert answer.headers["Location"] == "/login?next=%2Faccount%2Fsessions%3Fx%3D1"
    answer = sign_in(client, owner, next="/account/sessions?x=1")
    assert answer.headers["Location"] == "/account/sessions?x=1"


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "evil.example",
        "http:///evil.example",
        "\t//evil.example",
        "/\t/evil.example",
    ],
)
def test_next_leads_to_no_other_place(client, owner, wanted):
    assert own_path(wanted) == "/account"
    assert sign_in(client, owner, next=wanted).headers["Location"] == "/account"


def test_who_is_in_sees_no_form(client, owner):
    client.force_login(owner)

    assert client.get("/login").headers["Location"] == "/account"
    assert client.get("/register").headers["Location"] == "/account"
    assert client.get("/").headers["Location"] == "/account"


def test_a_session_ended_elsewhere_is_out_at_the_next_request(client, owner):
    client.force_login(owner)
    assert is_in(client)

    sessions.revoke(Session.objects.get().pk, of=owner, meta=HERE)

    assert client.get("/account").headers["Location"] == "/login?next=%2Faccount"
    assert "Your session has ended." in client.get("/login").text


@pytest.mark.parametrize("state", ["suspended_at", "deleted_at", "deactivated_at"])
def test_so_is_a_browser_whose_account_changed_its_state(client, owner, state):
    client.force_login(owner)

    User.objects.filter(pk=owner.pk).update(**{state: timezone.now()})

    assert not is_in(client)


def test_a_session_of_an_app_opens_no_page(client, owner):
    client.force_login(owner)

    Session.objects.update(kind=Kind.API)

    assert not is_in(client)


def test_djangos_own_cookie_alone_opens_nothing(client, owner):
    held = client.session
    held["_auth_user_id"] = str(owner.pk)
    held["_auth_user_backend"] = "accounts.authentication.PasswordBackend"
    held["_auth_user_hash"] = owner.get_session_auth_hash()
    held.save()
    client.cookies["session"] = held.session_key

    assert not is_in(client)


def test_signing_out_ends_the_session_for_good(client, owner):
    client.force_login(owner)
    cookie = client.cookies["session"].value

    answer = client.post("/logout")

    assert answer.headers["Location"] == "/login"
    assert not Session.objects.unended().exists()
    client.cookies["session"] = cookie
    assert not is_in(client)


def test_a_link_signs_nobody_out(client, owner):
    client.force_login(owner)

    assert client.get("/logout").status_code == 405
    assert is_in(client)


# --- Second factor --------------------------------------------------------------------------------


def test_with_a_second_factor_the_code_comes_next(client, owner):
    app = turned_on(owner)

    answer = sign_in(client, owner, next="/account/data")
    assert answer.headers["Location"] == "/login/code"
    assert not is_in(client)
    answer = client.post("/login/code", {"token": app.code()})

    assert answer.headers["Location"] == "/account/data"
    assert is_in(client)


def test_a_wrong_code_says_how_many_tries_are_left(client, owner):
    turned_on(owner)
    sign_in(client, owner)

    answer = client.post("/login/code", {"token": WRONG})

    assert answer.status_code == 400
    assert "4 tries left" in answer.text
    assert not is_in(client)


def test_five_wrong_codes_begin_anew_and_lead_to_the_same_place(client, owner):
    app = turned_on(owner)
    sign_in(client, owner, next="/account/data?x=1")
    assert 'href="/login?next=%2Faccount%2Fdata%3Fx%3D1"' in client.get("/login/code").text
    for _ in range(5):
        client.post("/login/code", {"token": WRONG})

    answer = client.post("/login/code", {"token": app.code()})

    assert answer.headers["Location"] == "/login?next=%2Faccount%2Fdata%3Fx%3D1"
    assert not is_in(client)


def test_the_box_of_trust_comes_before_the_code_that_sends_the_form(client, owner):
    turned_on(owner)
    sign_in(client, owner)

    page = client.get("/login/code").text

    assert 0 < page.index('name="trust"') < page.index('name="token"')


def test_a_backup_code_does_it_too_and_once(client, owner):
    app = turned_on(owner)
    sign_in(client, owner)

    client.post("/login/code?backup", {"token": app.backup_codes[0]})
    assert is_in(client)
    client.post("/logout")
    sign_in(client, owner)

    assert client.post("/login/code?backup", {"token": app.backup_codes[0]}).status_code == 400


def test_a_trusted_device_is_asked_for_no_code(client, owner):
    app = turned_on(owner)
    sign_in(client, owner)
    client.post("/login/code", {"token": app.code(), "trust": "on"})
    assert TrustedDevice.objects.filter(user=owner).count() == 1
    client.post("/logout")

    answer = sign_in(client, owner)

    assert answer.headers["Location"] == "/account"


def test_without_a_first_step_there_is_no_second(client, db):
    assert client.get("/login/code").headers["Location"] == "/login"


def test_a_temporary_password_leads_to_a_new_one(client, owner):
    until = timezone.now() + timedelta(hours=1)
    User.objects.filter(pk=owner.pk).update(
        password=make_password("Temporary-Horse7"), temporary_until=until
    )

    answer = sign_in(client, owner, "Temporary-Horse7")
    assert answer.headers["Location"] == "/reset-password"
    form = {"password": "Another-Horse8", "confirm_password": "Another-Horse8"}
    assert client.post("/reset-password", form).status_code == 200

    assert not is_in(client)
    sign_in(client, owner, "Another-Horse8")
    assert is_in(client)
