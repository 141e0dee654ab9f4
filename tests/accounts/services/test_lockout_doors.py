"""Every door that checks a password keeps the one rule; axes' commands and lists act on it."""

from __future__ import annotations

import pytest
from axes.models import AccessAttempt, AccessFailureLog
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.test import Client, RequestFactory

from accounts.models import AccountLock
from tests.accounts.conftest import HERE, code_of
from tests.accounts.work import counted
from tests.factories import PASSWORD, UserFactory, admin

LOCKED = (401, "ACCOUNT_LOCKED")
NEW = {"newPassword": "Another-Horse8", "confirmPassword": "Another-Horse8"}


@pytest.fixture
def signed_in(api, owner):
    api.sign_in(owner)
    return api


def reauthenticate(api, password):
    return api.post("auth/reauthenticate", {"password": password}, REMOTE_ADDR=HERE)


def change(api, password):
    body = {"currentPassword": password, **NEW}
    return api.post("auth/change-password", body, REMOTE_ADDR=HERE)


@pytest.mark.parametrize("call", [reauthenticate, change])
def test_failures_here_lock_the_login_too(signed_in, owner, guess, call):
    answers = [code_of(call(signed_in, "Wrong-Horse9")) for _ in range(5)]

    assert answers == [(401, "INVALID_CREDENTIALS")] * 5
    assert code_of(call(signed_in, PASSWORD)) == LOCKED
    assert code_of(guess(owner.email, password=PASSWORD)) == LOCKED


@pytest.mark.parametrize("call", [reauthenticate, change])
def test_failures_of_a_login_lock_these_too(signed_in, owner, guess, call):
    guess(owner.username, times=5)

    with counted() as work:
        answer = call(signed_in, PASSWORD)

    assert code_of(answer) == LOCKED
    assert int(answer.headers["Retry-After"]) > 0
    assert work.hashes == 0


def test_a_right_password_here_clears_the_count(signed_in, owner, guess):
    guess(owner.email, times=4)
    assert reauthenticate(signed_in, PASSWORD).status_code == 200

    guess(owner.email, times=4)

    assert guess(owner.email, password=PASSWORD).status_code == 200


def test_being_locked_out_ends_no_session(signed_in, owner, guess):
    guess(owner.email, times=5)

    assert signed_in.get("users/profile").status_code == 200


# --- Django's own ways in -------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/staff/login/", "/staff/login/?next=/staff/", "/staff/"])
def test_djangos_login_form_lets_nobody_in(db, path):
    owner = admin()
    client = Client()

    with counted() as work:
        for name in (owner.username, owner.email):
            client.post(path, {"username": name, "password": PASSWORD})

    assert "_auth_user_id" not in client.session
    assert client.get("/staff/").status_code == 302
    assert work.hashes == 0


def test_djangos_authenticate_answers_to_the_login_service_alone(owner):
    request = RequestFactory().post("/anything")

    assert authenticate(request, username=owner.username, password=PASSWORD) is None
    assert not AccessAttempt.objects.exists()


# --- What axes brings -----------------------------------------------------------------------------


def test_axes_lists_the_real_counts(owner, guess, capsys):
    guess(owner.email, times=3)

    call_command("axes_list_attempts")

    assert f"{HERE}\t{owner.username}\t3" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["owner_of_it", "Owner_Of_It@example.org"])
def test_axes_reset_username_lifts_every_lock(owner, guess, name):
    guess(owner.email, times=5)
    for turn in range(4):
        guess(owner.email, times=4, ip=f"198.18.0.{turn}")
    assert code_of(guess(owner.email, ip="192.0.2.1")) == LOCKED

    call_command("axes_reset_username", name)

    assert not AccessFailureLog.objects.exists()
    guess(owner.email)
    assert guess(owner.email, password=PASSWORD).status_code == 200


def test_axes_reset_username_leaves_others_locked(owner, guess):
    other = UserFactory()
    guess(owner.email, times=5)
    guess(other.email, times=5)

    call_command("axes_reset_username", owner.username)

    assert guess(owner.email, password=PASSWORD).status_code == 200
    assert code_of(guess(other.email, password=PASSWORD)) == LOCKED


def test_axes_reset_lifts_all(owner, guess):
    guess(owner.email, times=5)
    guess("nobody", times=5)

    call_command("axes_reset")

    assert guess(owner.email, password=PASSWORD).status_code == 200
    assert not AccountLock.objects.exclude(failures=0).exists()


@pytest.mark.parametrize(
    ("seen", "named"), [(HERE, HERE), ("2001:db8:0:1::7", "2001:db8:0:1:ffff::9")]
)
def test_axes_reset_ip_lifts_the_network_alone(owner, guess, seen, named):
    guess(owner.email, times=5, ip=seen)
    guess(owner.email, times=5, ip="198.51.100.9")

    call_command("axes_reset_ip", named)

    assert guess(owner.email, ip=seen, password=PASSWORD).status_code == 200
    assert code_of(guess(owner.email, ip="198.51.100.9", password=PASSWORD)) == LOCKED


def test_deleting_the_row_as_axes_admin_does_lifts_its_lock(owner, guess):
    guess(owner.email, times=5)

    AccessAttempt.objects.get().delete()

    assert guess(owner.email, password=PASSWORD).status_code == 200


def test_axes_failure_log_can_be_cut(owner, guess):
    guess(owner.email, times=2)

    call_command("axes_reset_failure_logs", age=0)

    assert not AccessFailureLog.objects.exists()
