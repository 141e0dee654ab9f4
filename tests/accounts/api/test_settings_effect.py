"""What each setting does, from the next request on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Session, Setting, User
from accounts.services import policy
from config.common import once
from rbac.permissions import Permission
from tests.accounts.conftest import HERE, code_of
from tests.accounts.work import counted
from tests.conftest import ApiClient
from tests.factories import UserFactory
from tests.staff import holding

PASSWORD = "Correct-Horse7"
NEW = {"email": "new@example.org", "username": "newcomer", "password": PASSWORD}


@pytest.fixture
def put(client_for: Callable[[User], ApiClient]) -> Callable[..., None]:
    """`put(lockoutThreshold=2)`, as staff do."""
    desk = client_for(holding(Permission.ADMIN_SETTINGS))

    def change(**values: Any) -> None:
        assert desk.patch("admin/settings", values).status_code == 200

    return change


def about_settings(statements: list[str]) -> list[str]:
    return [sent for sent in statements if "accounts_setting" in sent]


def test_sign_up_closes_and_opens(api, put):
    put(registrationOpen=False)
    assert code_of(api.post("auth/register", NEW)) == (403, "REGISTRATION_CLOSED")

    put(registrationOpen=None)
    assert api.post("auth/register", NEW).status_code == 201


def test_sign_up_opens_where_the_environment_has_closed_it(api, put, settings):
    settings.REGISTRATION_OPEN = False

    put(registrationOpen=True)

    assert api.post("auth/register", NEW).status_code == 201


def test_an_address_has_to_be_confirmed_before_signing_in(api, put):
    user = UserFactory(unverified=True)
    given = {"identifier": user.email, "password": PASSWORD}

    assert api.post("auth/login", given).status_code == 200
    put(requireVerifiedEmail=True)
    assert code_of(api.post("auth/login", given)) == (401, "EMAIL_NOT_VERIFIED")


def test_a_stored_no_does_not_outvote_prevent_enumeration(api, put, settings):
    user = UserFactory(unverified=True)
    put(requireVerifiedEmail=False)
    settings.PREVENT_ENUMERATION = True

    answer = api.post("auth/login", {"identifier": user.email, "password": PASSWORD})

    assert code_of(answer) == (401, "EMAIL_NOT_VERIFIED")


def test_the_rule_for_passwords_changes(api, put, client_for, owner):
    put(passwordPolicy="length")
    body = {"currentPassword": PASSWORD, "newPassword": "Wrong-Horse9"}

    signed_up = api.post("auth/register", NEW)
    changed = client_for(owner).post(
        "auth/change-password", {**body, "confirmPassword": "Wrong-Horse9"}
    )

    for answer in (signed_up, changed):
        assert code_of(answer) == (422, "VALIDATION_FAILED")
        assert [fault["code"] for fault in answer.data["errors"]] == ["password_too_short"]


def test_the_lock_comes_after_as_many_failures_as_are_set(api, put, guess, owner):
    put(lockoutThreshold=2)

    guess(owner.email, times=2)

    assert code_of(guess(owner.email)) == (401, "ACCOUNT_LOCKED")


def test_failures_that_were_fewer_are_enough_once_the_threshold_falls(put, guess, owner):
    guess(owner.email, times=3)

    put(lockoutThreshold=3)

    assert code_of(guess(owner.email)) == (401, "ACCOUNT_LOCKED")


def test_the_lock_lasts_as_long_as_is_set(clock, put, guess, owner):
    put(lockoutThreshold=1, lockoutDuration="2m")
    guess(owner.email)

    clock.shift(119)
    locked = guess(owner.email)
    clock.shift(2)
    after = guess(owner.email)

    assert code_of(locked) == (401, "ACCOUNT_LOCKED")
    assert locked.headers["Retry-After"] == "2"
    assert code_of(after) == (401, "INVALID_CREDENTIALS")


def test_new_sessions_last_as_long_as_is_set_and_old_ones_as_they_did(put, client_for, owner):
    before = Session.objects.get(pk=client_for(owner).session_id)

    put(sessionLifetime="6h")
    after = Session.objects.get(pk=client_for(owner).session_id)

    assert after.expires_at - after.created_at == timedelta(hours=6)
    ends = before.expires_at
    before.refresh_from_db()
    assert before.expires_at == ends


def test_audit_entries_are_kept_as_long_as_is_set(put):
    put(auditRetentionDays=30)

    assert policy.audit_retention_days() == 30


def test_a_login_asks_once_however_much_it_wants_to_know(api, guess, owner):
    guess(owner.email, times=2)

    with counted() as failing:
        guess(owner.email)
    with counted() as work:
        api.sign_in(owner, REMOTE_ADDR=HERE)

    assert len(about_settings(failing.statements)) == 1
    assert len(about_settings(work.statements)) == 1


def test_a_profile_and_a_refresh_do_not_ask(api, owner):
    api.sign_in(owner)

    with counted() as work:
        api.get("users/profile")
        api.patch("users/profile", {"city": "London"})
        api.post("auth/refresh", {"refreshToken": api.refresh_token})

    assert about_settings(work.statements) == []


def test_what_one_request_knew_the_next_one_asks_again(api, owner, put):
    guess = {"identifier": owner.email, "password": PASSWORD}

    api.post("auth/login", guess)
    Setting.objects.create(name="session_lifetime", value="1h")  # as another process does
    session_id = api.post("auth/login", guess).data["data"]["session"]["id"]

    session = Session.objects.get(pk=session_id)
    assert session.expires_at - session.created_at == timedelta(hours=1)


def test_outside_of_a_request_nothing_is_kept(db):
    assert policy.lockout_threshold() == 5
    Setting.objects.create(name="lockout_threshold", value=9)

    assert policy.lockout_threshold() == 9


@pytest.mark.django_db(transaction=True)
def test_the_request_that_changes_something_asks_again_behind_its_commit():
    from accounts.services import settings as run_time
    from config.common.request_meta import RequestMeta

    keeper = holding(Permission.ADMIN_SETTINGS)
    once.begin()
    try:
        before = policy.lockout_threshold()
        run_time.change({"lockout_threshold": 7}, by=keeper, meta=RequestMeta())
        after = policy.lockout_threshold()
    finally:
        once.end()

    assert (before, after) == (5, 7)


@pytest.mark.parametrize("stored", [0, "five", [], {"value": 3}, True])
def test_a_value_of_another_version_is_passed_over_and_logged(api, guess, owner, stored, caplog):
    Setting.objects.create(name="lockout_threshold", value=stored)

    answer = guess(owner.email, times=4)

    assert code_of(answer) == (401, "INVALID_CREDENTIALS")
    assert "lockout_threshold does not hold what it may" in caplog.text


def test_a_name_of_another_version_is_passed_over(api, owner):
    Setting.objects.create(name="no_longer_known", value=1)

    assert api.sign_in(owner).status_code == 200
