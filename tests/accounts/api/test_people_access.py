"""What staff do about somebody's coming in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Purpose, Session, TrustedDevice, User
from accounts.services import lockout, one_time
from audit.kinds import Action
from audit.models import AuditEntry
from tests.accounts.conftest import code_of
from tests.factories import PASSWORD, UserFactory
from tests.staff import entry, told


def fresh(user):
    return User.objects.get(pk=user.pk)


def outlive(client):
    """What a device of before can still do: with its access token, with its refresh token."""
    refreshed = client.post("auth/refresh", {"refreshToken": client.refresh_token})
    return client.get("users/profile").status_code, refreshed.status_code


# --- Suspended -----------------------------------------------------------------------------------


def test_who_is_suspended_is_out_at_the_next_request(act, owner, client_for):
    device = client_for(owner)

    answer = act(owner, "suspend", reason="Spam.")

    assert answer.status_code == 200
    assert outlive(device) == (401, 401)
    again = device.post("auth/login", {"identifier": owner.email, "password": PASSWORD})
    assert code_of(again) == (401, "ACCOUNT_SUSPENDED")


def test_a_suspension_is_told_and_recorded(act, owner, manager, client_for, mails):
    client_for(owner)

    act(owner, "suspend", reason="Spam.")

    assert told(owner) == ["Your account was suspended"]
    (message,) = mails()
    assert message.to == [owner.email]
    assert "Spam." in message.body
    written = entry(Action.ADMIN_SUSPENDED)
    assert (written.actor, written.user) == (manager, owner)
    assert written.details == {"reason": "Spam.", "sessionsEnded": 1}
    assert fresh(owner).suspension_reason == "Spam."


def test_a_suspension_needs_no_reason(act, owner, mails):
    assert act(owner, "suspend").status_code == 200

    assert "Reason" not in mails()[0].body


def test_nothing_that_was_open_outlives_a_suspension(act, owner, stranger):
    TrustedDevice.objects.create(
        user=owner, device_id=owner.pk, expires_at=timezone.now() + timedelta(days=1)
    )
    ends = timezone.now() + timedelta(minutes=15)
    of_them = Session.objects.create(user=owner, impersonator=stranger, expires_at=ends)
    by_them = Session.objects.create(user=stranger, impersonator=owner, expires_at=ends)
    dead = Purpose.LOGIN_CHALLENGE, Purpose.PASSWORD_CHALLENGE, Purpose.RESET_PASSWORD
    for purpose in (*dead, Purpose.CHANGE_EMAIL, Purpose.INVITATION, Purpose.UNDO_EMAIL):
        one_time.issue(owner, purpose)

    act(owner, "suspend")

    assert not TrustedDevice.objects.filter(user=owner).exists()
    assert not Session.objects.unended().filter(pk__in=[of_them.pk, by_them.pk]).exists()
    left = owner.one_time_tokens.values_list("purpose", flat=True)
    assert list(left) == [Purpose.UNDO_EMAIL]


def test_a_suspension_outlives_what_the_owner_does_about_the_account(act, owner, api):
    act(owner, "suspend")

    back = api.post("account/reactivate", {"email": owner.email, "password": PASSWORD})

    assert code_of(back) == (401, "ACCOUNT_SUSPENDED")


@pytest.mark.parametrize("state", ["deactivated", "deleted"])
def test_a_suspension_stacks_on_other_states(act, state):
    person = UserFactory(**{state: True})

    assert act(person, "suspend").status_code == 200

    assert fresh(person).suspended_at
    assert getattr(fresh(person), f"{state}_at")


def test_nobody_is_suspended_twice(act):
    assert code_of(act(UserFactory(suspended=True), "suspend")) == (400, "ALREADY_SUSPENDED")


def test_a_reason_has_its_bounds(act, owner):
    answer = act(owner, "suspend", reason="x" * 501)

    assert code_of(answer) == (422, "VALIDATION_FAILED")
    assert not fresh(owner).suspended_at


# --- Let in again --------------------------------------------------------------------------------


def test_who_is_let_in_signs_in_anew_and_nothing_old_revives(act, owner, client_for):
    device = client_for(owner)
    act(owner, "suspend", reason="Spam.")

    answer = act(owner, "reactivate")

    assert answer.status_code == 200
    assert outlive(device) == (401, 401)
    client_for(owner)
    assert fresh(owner).suspension_reason == ""


def test_letting_in_lifts_suspension_and_deactivation_alike(act, mails, manager):
    person = UserFactory(suspended=True, deactivated=True)

    act(person, "reactivate")

    assert fresh(person).is_active
    assert [message.subject for message in mails()] == [
        "The suspension of your Muster account was lifted"
    ]
    written = entry(Action.ADMIN_REACTIVATED)
    assert written.actor == manager
    assert written.details["old"].keys() == {"suspendedAt", "deactivatedAt"}
    assert all(written.details["old"].values())
    assert not any(written.details["new"].values())


def test_who_was_deactivated_is_told_so(act, mails):
    person = UserFactory(deactivated=True)

    act(person, "reactivate")

    assert told(person) == ["Your account is open again"]
    assert [message.subject for message in mails()] == ["Your Muster account is active again"]


def test_a_deletion_stays_when_a_suspension_is_lifted(act):
    person = UserFactory(suspended=True, deleted=True)

    act(person, "reactivate")

    assert fresh(person).deleted_at


@pytest.mark.parametrize("state", [{}, {"deleted": True}])
def test_there_must_be_something_to_lift(act, state):
    assert code_of(act(UserFactory(**state), "reactivate")) == (400, "ALREADY_ACTIVE")


# --- Brought back --------------------------------------------------------------------------------


def test_a_deleted_account_comes_back(act, client_for, manager, mails):
    person = UserFactory(deleted=True)

    answer = act(person, "restore")

    assert answer.status_code == 200
    client_for(person)
    assert told(person) == ["Your account was restored"]
    assert mails()[0].subject == "Your Muster account was restored"
    assert entry(Action.ADMIN_USER_RESTORED).actor == manager


def test_a_suspension_stays_when_a_deletion_is_taken_back(act):
    person = UserFactory(suspended=True, deleted=True)

    act(person, "restore")

    assert fresh(person).suspended_at


def test_only_what_is_deleted_comes_back(act, owner):
    assert code_of(act(owner, "restore")) == (400, "NOT_DELETED")


def test_nobody_comes_back_after_thirty_days(act):
    person = UserFactory(deleted_at=timezone.now() - timedelta(days=30))

    assert code_of(act(person, "restore")) == (400, "RECOVERY_EXPIRED")
    assert fresh(person).deleted_at


@pytest.mark.parametrize(
    ("column", "what"),
    [("suspended_at", "reactivate"), ("deactivated_at", "reactivate"), ("deleted_at", "restore")],
)
def test_no_session_revives_with_the_account(act, owner, client_for, column, what):
    """Not even where the state was set by hand, which ends no session."""
    device = client_for(owner)
    User.objects.filter(pk=owner.pk).update(**{column: timezone.now()})

    assert act(owner, what).status_code == 200

    assert outlive(device) == (401, 401)


# --- Confirmed, unlocked -------------------------------------------------------------------------


def test_staff_take_an_address_for_confirmed(act, api, client_for, mails):
    person = UserFactory(unverified=True)
    device = client_for(person)
    token = one_time.issue(person, Purpose.VERIFY_EMAIL, binding=person.email)

    answer = act(person, "verify-email")

    assert answer.status_code == 200
    assert fresh(person).email_verified
    assert device.get("users/profile").status_code == 200
    assert (told(person), mails()) == ([], [])
    assert entry(Action.ADMIN_EMAIL_VERIFIED).details["old"] == {"emailVerifiedAt": None}
    assert code_of(api.post("auth/verify-email", {"token": token})) == (400, "TOKEN_INVALID")


def test_an_address_is_confirmed_once(act, owner):
    assert code_of(act(owner, "verify-email")) == (400, "ALREADY_VERIFIED")


def test_staff_lift_every_lock(act, owner, guess, client_for, settings, manager):
    settings.RATE_LIMIT_AUTH = None
    guess(owner.email, times=lockout.EVERYWHERE, ip="203.0.113.9")
    for number in range(4):
        guess(owner.email, times=5, ip=f"198.51.100.{number}")
    device = client_for(UserFactory())
    locked = device.post("auth/login", {"identifier": owner.email, "password": PASSWORD})
    assert code_of(locked) == (401, "ACCOUNT_LOCKED")

    answer = act(owner, "unlock")

    assert answer.data["message"] == "The account is unlocked."
    client_for(owner)
    assert entry(Action.ADMIN_UNLOCKED).actor == manager


def test_unlocking_who_is_not_locked_leaves_no_entry(act, owner):
    answer = act(owner, "unlock")

    assert (answer.status_code, answer.data["message"]) == (200, "The account was not locked.")
    assert not AuditEntry.objects.filter(action=Action.ADMIN_UNLOCKED).exists()
