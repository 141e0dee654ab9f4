"""A password taken away or lent, a lost factor removed."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import OneTimeToken, Purpose, Session, User
from accounts.models.two_factor import BackupCodeDevice, TotpDevice
from accounts.services import one_time, two_factor
from audit.kinds import Action
from audit.models import AuditEntry
from tests.accounts.authenticator import challenge, finish, turned_on
from tests.accounts.conftest import code_of
from tests.factories import PASSWORD, UserFactory
from tests.staff import entry, told

NEW = "Another-Horse8"
LEND = {"temporaryPassword": True, "reason": "No mailbox yet."}


def fresh(user):
    return User.objects.get(pk=user.pk)


def log_in(api, person, password):
    return api.post("auth/login", {"identifier": person.email, "password": password})


def choose(api, token, password=NEW, **body):
    given = {"token": token, "password": password, "confirmPassword": password, **body}
    return api.post("auth/reset-password", given)


# --- By a mailed link ----------------------------------------------------------------------------


def test_a_reset_password_is_off_and_a_link_for_another_goes_out(
    act, owner, manager, client_for, api, link_token
):
    device = client_for(owner)

    answer = act(owner, "reset-password")

    assert answer.data["data"] == {"emailSent": True}
    assert device.get("users/profile").status_code == 401
    assert code_of(log_in(api, owner, PASSWORD)) == (401, "INVALID_CREDENTIALS")
    assert choose(api, link_token("reset-password", to=owner.email)).status_code == 200
    assert log_in(api, owner, NEW).status_code == 200
    written = entry(Action.ADMIN_PASSWORD_RESET)
    assert (written.actor, written.user) == (manager, owner)
    assert written.details == {"temporaryPassword": False, "sessionsEnded": 1}
    assert "Your password was reset" in told(owner)


def test_a_link_of_before_is_dead(act, owner, api):
    token = one_time.reset_link(owner)

    act(owner, "reset-password")

    assert code_of(choose(api, token)) == (400, "TOKEN_INVALID")


def test_a_reset_leaves_the_second_factor_on(act, owner, api, link_token):
    app = turned_on(owner)

    act(owner, "reset-password")

    token = link_token("reset-password")
    assert code_of(choose(api, token)) == (401, "TWO_FACTOR_REQUIRED")
    assert choose(api, token, code=app.code()).status_code == 200
    assert fresh(owner).has_two_factor


def test_who_is_suspended_gets_no_link_that_would_not_work(act, mails):
    person = UserFactory(suspended=True)

    answer = act(person, "reset-password", reason="Taken over.")

    assert answer.data["data"] == {"emailSent": False}
    assert not fresh(person).has_usable_password()
    assert mails() == []
    assert not OneTimeToken.objects.filter(user=person).exists()


@pytest.mark.parametrize("body", [{}, LEND])
def test_who_was_invited_has_nothing_to_reset(act, body):
    person = UserFactory(invited_at=timezone.now())
    invitation = one_time.issue(person, Purpose.INVITATION, binding=person.email)

    answer = act(person, "reset-password", **body)

    assert code_of(answer) == (400, "INVITATION_PENDING")
    assert one_time.look_up(invitation, Purpose.INVITATION)


# --- A temporary one -----------------------------------------------------------------------------


def test_a_temporary_password_only_lets_its_owner_choose_another(act, owner, client_for, api):
    device = client_for(owner)

    answer = act(owner, "reset-password", **LEND)

    lent = answer.data["data"]["temporaryPassword"]
    assert re.fullmatch(r"(?:[2-9a-hjkmnp-z]{4}-){3}[2-9a-hjkmnp-z]{4}", lent)
    assert device.get("users/profile").status_code == 401
    login = log_in(api, owner, lent)
    assert login.data["data"].keys() == {"passwordChangeRequired", "challengeToken"}
    assert choose(api, login.data["data"]["challengeToken"]).status_code == 200
    assert log_in(api, owner, NEW).status_code == 200


def test_a_temporary_password_works_once(act, owner, api):
    lent = act(owner, "reset-password", **LEND).data["data"]["temporaryPassword"]
    log_in(api, owner, lent)

    assert code_of(log_in(api, owner, lent)) == (401, "INVALID_CREDENTIALS")


def test_a_temporary_password_works_for_an_hour(clock, act, owner, api):
    lent = act(owner, "reset-password", **LEND).data["data"]["temporaryPassword"]

    clock.shift(timedelta(hours=1))

    assert code_of(log_in(api, owner, lent)) == (401, "INVALID_CREDENTIALS")


def test_a_temporary_password_that_staff_saw_does_not_become_the_owners(act, owner, api):
    lent = act(owner, "reset-password", **LEND).data["data"]["temporaryPassword"]
    token = log_in(api, owner, lent).data["data"]["challengeToken"]

    assert code_of(choose(api, token, lent)) == (400, "PASSWORD_REUSED")


def test_each_is_another_one_and_kills_the_one_before(act, owner, api):
    first, second = (
        act(owner, "reset-password", **LEND).data["data"]["temporaryPassword"] for _ in range(2)
    )

    assert first != second
    assert code_of(log_in(api, owner, first)) == (401, "INVALID_CREDENTIALS")
    assert log_in(api, owner, second).status_code == 200


def test_a_temporary_password_is_told_at_once_and_stands_nowhere(act, owner, manager, mails):
    lent = act(owner, "reset-password", **LEND).data["data"]["temporaryPassword"]

    (message,) = mails()
    written = entry(Action.ADMIN_PASSWORD_RESET)
    assert message.to == [owner.email]
    assert "You were given a temporary password" in told(owner)
    assert written.actor == manager
    assert written.details["temporaryPassword"] is True
    assert written.details["reason"] == LEND["reason"]
    said = json.dumps([entry.details for entry in AuditEntry.objects.all()]) + str(message.body)
    assert lent not in said


def test_a_temporary_password_is_not_for_who_has_a_second_factor(act, owner):
    turned_on(owner)

    answer = act(owner, "reset-password", **LEND)

    assert code_of(answer) == (400, "TWO_FACTOR_ENABLED")
    assert fresh(owner).password == owner.password


def test_a_temporary_password_takes_a_reason(act, owner):
    answer = act(owner, "reset-password", temporaryPassword=True)

    assert code_of(answer) == (422, "VALIDATION_FAILED")
    assert [fault["field"] for fault in answer.data["errors"]] == ["reason"]


def test_a_temporary_password_takes_a_fresh_proof_and_a_link_does_not(act, owner, staff):
    proven = Session.objects.get(pk=staff.session_id).proven_at
    Session.objects.filter(pk=staff.session_id).update(proven_at=proven - timedelta(minutes=16))

    assert code_of(act(owner, "reset-password", **LEND)) == (403, "REAUTHENTICATION_REQUIRED")
    assert fresh(owner).password == owner.password
    assert act(owner, "reset-password").status_code == 200


def test_a_temporary_password_comes_past_what_was_locked(act, owner, guess, client_for):
    guess(owner.email, times=5, ip="127.0.0.1")
    device = client_for(UserFactory())

    lent = act(owner, "reset-password", **LEND).data["data"]["temporaryPassword"]

    assert log_in(device, owner, lent).status_code == 200


def test_what_is_refused_is_not_hashed_for(act, manager, monkeypatch):
    monkeypatch.setattr("accounts.hashers.hashed", lambda *_args, **_more: pytest.fail("hashed"))

    assert code_of(act(manager, "reset-password", **LEND)) == (400, "SELF_TARGET")


# --- A lost factor -------------------------------------------------------------------------------


def test_a_lost_factor_is_removed_and_everything_open_ends(
    act, owner, manager, client_for, api, mails
):
    device = client_for(owner)
    turned_on(owner)

    answer = act(owner, "disable-2fa", reason="Lost.")

    assert answer.status_code == 200
    assert device.get("users/profile").status_code == 401
    assert not fresh(owner).has_two_factor
    assert not TotpDevice.objects.filter(user=owner).exists()
    assert not BackupCodeDevice.objects.filter(user=owner).exists()
    assert "tokens" in log_in(api, owner, PASSWORD).data["data"]
    written = entry(Action.ADMIN_TWO_FACTOR_RESET)
    assert (written.actor, written.details["reason"]) == (manager, "Lost.")
    assert written.details["new"] == {"twoFactorEnabledAt": None}
    assert "Two-factor authentication was switched off" in told(owner)
    assert any("two-factor" in str(message.body) for message in mails())


def test_a_challenge_of_before_opens_nothing(act, owner, api):
    app = turned_on(owner)
    token = challenge(api, owner)

    act(owner, "disable-2fa", reason="Lost.")

    assert code_of(finish(api, token, app.code())) == (401, "TOKEN_INVALID")


def test_there_must_be_a_factor(act, owner):
    two_factor.set_up(owner)

    answer = act(owner, "disable-2fa", reason="Lost.")

    assert code_of(answer) == (400, "TWO_FACTOR_NOT_ENABLED")


def test_removing_a_factor_takes_a_reason(act, owner):
    turned_on(owner)

    assert code_of(act(owner, "disable-2fa")) == (422, "VALIDATION_FAILED")
    assert fresh(owner).has_two_factor
