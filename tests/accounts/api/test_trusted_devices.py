"""Devices on which the password alone will do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import Purpose, TrustedDevice
from accounts.services import one_time, purge, sessions, trusted_devices
from audit.models import AuditEntry
from config.common.request_meta import RequestMeta
from config.common.times import wire
from rbac.models import Role, RoleAssignment
from rbac.permissions import ADMIN
from tests.accounts.authenticator import WRONG, challenge, finish, turned_on
from tests.accounts.conftest import NOW, code_of
from tests.factories import PASSWORD, admin

pytestmark = pytest.mark.usefixtures("clock")

DAY = 24 * 60 * 60


@pytest.fixture
def app(owner):
    return turned_on(owner)


@pytest.fixture
def trusting(api, owner, app):
    """Signed in on a device that the owner trusts."""
    finish(api, challenge(api, owner, deviceName="Ada's loom"), app.code(), trustDevice=True)
    return api


def asks_for_a_code(api, user, token):
    answer = api.post(
        "auth/login",
        {"identifier": user.email, "password": PASSWORD, "deviceToken": token},
        HTTP_AUTHORIZATION="",
    )
    assert answer.status_code == 200
    return "twoFactorRequired" in answer.data["data"]


def test_a_trusted_device_skips_the_code_for_thirty_days(trusting, owner, clock):
    token = trusting.device_token

    clock.shift(30 * DAY - 1)
    assert not asks_for_a_code(trusting, owner, token)
    clock.shift(1)
    assert asks_for_a_code(trusting, owner, token)


def test_the_login_without_a_code_says_so(trusting, owner):
    answer = trusting.sign_in(owner, deviceToken=trusting.device_token)

    assert "tokens" in answer.data["data"]
    assert AuditEntry.objects.filter(details__secondFactor="trusted_device").count() == 1
    [device] = trusting.get("sessions/trusted-devices").data["data"]["devices"]
    assert device["lastUsedAt"] == wire(NOW)


def test_using_it_does_not_lengthen_it(trusting, owner, clock):
    for _ in range(2):
        clock.shift(10 * DAY)
        trusting.sign_in(owner, deviceToken=trusting.device_token)
    clock.shift(10 * DAY)

    assert asks_for_a_code(trusting, owner, trusting.device_token)


@pytest.mark.parametrize("body", [{}, {"trustDevice": False}])
def test_nothing_is_trusted_unasked(api, owner, app, body):
    finish(api, challenge(api, owner), app.code(), **body)

    assert asks_for_a_code(api, owner, api.device_token)
    assert not TrustedDevice.objects.exists()


def test_a_wrong_code_trusts_nothing(api, owner, app):
    finish(api, challenge(api, owner), WRONG, trustDevice=True)

    assert not TrustedDevice.objects.exists()


def test_other_devices_are_asked(api, owner, app, trusting):
    other = type(api)()
    finish(other, challenge(other, owner), app.code(1))

    assert asks_for_a_code(api, owner, "")
    assert asks_for_a_code(api, owner, other.device_token)
    assert asks_for_a_code(api, owner, trusting.device_token + "x")


def test_a_known_device_can_be_trusted_and_stays_itself(api, owner, app):
    finish(api, challenge(api, owner), app.code(-1))
    first = api.device_token
    finish(api, challenge(api, owner, deviceToken=first), app.code(), trustDevice=True)

    assert not asks_for_a_code(api, owner, first)
    assert TrustedDevice.objects.count() == 1


def test_trust_is_one_persons(api, owner, app, trusting, stranger):
    turned_on(stranger)

    assert asks_for_a_code(api, stranger, trusting.device_token)


def test_staff_are_always_asked_and_never_trusted(api):
    staff = admin()
    app = turned_on(staff)

    answer = finish(api, challenge(api, staff), app.code(), trustDevice=True)

    assert answer.status_code == 200
    assert not TrustedDevice.objects.exists()


def test_who_becomes_staff_is_asked_from_then_on(trusting, owner):
    RoleAssignment.objects.create(user=owner, role=Role.objects.get(name=ADMIN))

    assert asks_for_a_code(trusting, owner, trusting.device_token)


def test_the_list_shows_names_and_times(trusting):
    answer = trusting.get("sessions/trusted-devices")

    [device] = answer.data["data"]["devices"]
    assert device == {
        "id": str(TrustedDevice.objects.get().pk),
        "name": "Ada's loom",
        "trustedAt": wire(NOW),
        "expiresAt": wire(NOW + timedelta(days=30)),
        "lastUsedAt": None,
    }


def test_trusting_and_forgetting_are_entries(trusting, owner):
    [device] = trusting.get("sessions/trusted-devices").data["data"]["devices"]
    answer = trusting.delete(f"sessions/trusted-devices/{device['id']}")

    assert answer.status_code == 200
    assert asks_for_a_code(trusting, owner, trusting.device_token)
    assert trusting.get("users/profile").status_code == 200
    for action in ("DEVICE_TRUSTED", "DEVICE_UNTRUSTED"):
        entry = AuditEntry.objects.get(action=action)
        assert (entry.user_id, entry.resource_id) == (owner.pk, device["id"])
        assert entry.details == {"device": "Ada's loom"}


@pytest.mark.parametrize("wrong", ["another's", "unknown", "malformed"])
def test_what_is_not_ones_own_is_not_found(trusting, client_for, stranger, wrong):
    ids = {
        "another's": str(TrustedDevice.objects.get().pk),
        "unknown": "019aaf41-0a77-7b3e-8f0c-d2b6a1c4e593",
        "malformed": "abc",
    }

    answer = client_for(stranger).delete(f"sessions/trusted-devices/{ids[wrong]}")

    assert code_of(answer) == (404, "NOT_FOUND")
    assert TrustedDevice.objects.count() == 1


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("DELETE", "/abc")])
def test_nobody_is_asked_to_sign_in(api, method, path):
    answer = api.call(method, f"sessions/trusted-devices{path}")

    assert code_of(answer) == (401, "NOT_AUTHENTICATED")


def test_a_new_password_forgets_them(trusting):
    trusting.post(
        "auth/change-password",
        {
            "currentPassword": PASSWORD,
            "newPassword": "Another-Horse8",
            "confirmPassword": "Another-Horse8",
        },
    )

    assert not TrustedDevice.objects.exists()


def test_another_factor_forgets_them(trusting, app):
    trusting.post("2fa/disable", {"token": app.code(1)})

    assert not TrustedDevice.objects.exists()


def test_a_reset_takes_a_code_and_forgets_them(trusting, owner, app, api, link_token):
    trusting.post("auth/forgot-password", {"email": owner.email})
    body = {
        "token": link_token("reset-password"),
        "password": "Another-Horse8",
        "confirmPassword": "Another-Horse8",
    }

    assert code_of(api.post("auth/reset-password", body)) == (401, "TWO_FACTOR_REQUIRED")
    wrong = api.post("auth/reset-password", {**body, "code": WRONG})
    assert code_of(wrong) == (400, "INVALID_CODE")
    assert TrustedDevice.objects.exists()
    assert api.post("auth/reset-password", {**body, "code": app.code(1)}).status_code == 200
    assert not TrustedDevice.objects.exists()


def test_that_was_not_me_forgets_them(trusting, owner, api):
    link = one_time.add(owner, Purpose.NOT_ME)

    answer = api.post("auth/not-me", {"token": link}, HTTP_AUTHORIZATION="")

    assert answer.status_code == 200
    assert not TrustedDevice.objects.exists()


@pytest.mark.parametrize("keep", [True, False])
def test_whatever_ends_all_sessions_forgets_them(trusting, owner, stranger, keep):
    trusted_devices.trust(stranger, stranger.pk, name="", meta=RequestMeta())

    sessions.end_all(owner, keep=owner.pk if keep else None)

    assert TrustedDevice.objects.get().user_id == stranger.pk


def test_trust_that_ends_while_a_login_is_under_way_ends_the_login(trusting, owner, monkeypatch):
    def then_forget(user, device):
        trusted_devices.forget_all(user)
        return True

    monkeypatch.setattr(trusted_devices, "is_trusted", then_forget)
    body = {
        "identifier": owner.email,
        "password": PASSWORD,
        "deviceToken": trusting.device_token,
    }

    assert code_of(trusting.post("auth/login", body)) == (401, "INVALID_CREDENTIALS")


def test_the_purge_takes_those_that_ran_out(trusting, clock):
    clock.shift(30 * DAY + 1)

    purge.purge()

    assert not TrustedDevice.objects.exists()
