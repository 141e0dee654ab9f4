"""Somebody's names and address, changed by staff."""

from __future__ import annotations

import pytest
from axes.models import AccessAttempt, AccessFailureLog

from accounts.models import AccountLock, OneTimeToken, Purpose, User
from accounts.services import lockout
from audit.kinds import Action
from audit.models import AuditEntry
from rbac.permissions import Permission
from tests.accounts.conftest import code_of
from tests.factories import PASSWORD, UserFactory
from tests.staff import entry, holding, told

NEW = "new@example.org"


@pytest.fixture
def editor(db):
    return holding(Permission.USER_UPDATE, Permission.USER_MANAGE, username="editor")


@pytest.fixture
def edit(client_for, editor):
    device = client_for(editor)
    return lambda person, **body: device.patch(f"admin/users/{person.pk}", body)


def fresh(user):
    return User.objects.get(pk=user.pk)


# --- Names ---------------------------------------------------------------------------------------


def test_names_are_changed_told_and_recorded_one_by_one(edit, editor, owner, mails):
    answer = edit(owner, firstName="Grace", username="Amazing_Grace")

    assert answer.data["data"]["user"]["username"] == "amazing_grace"
    assert answer.data["data"]["user"]["firstName"] == "Grace"
    assert fresh(owner).last_name == "Lovelace"
    assert "amazing_grace" in fresh(owner).search_text
    written = entry(Action.ADMIN_USER_UPDATED)
    assert (written.actor, written.user) == (editor, owner)
    assert written.details == {
        "fields": ["username", "firstName"],
        "old": {"username": "owner_of_it", "firstName": "Ada"},
        "new": {"username": "amazing_grace", "firstName": "Grace"},
    }
    assert told(owner) == ["Your account was changed"]
    assert "- Username\n- First name\n" in str(mails()[0].body)


def test_what_changes_nothing_leaves_no_trace(edit, owner, mails):
    answer = edit(owner, firstName="Ada", username="OWNER_OF_IT", email=owner.email.upper())

    assert answer.status_code == 200
    assert not AuditEntry.objects.filter(action=Action.ADMIN_USER_UPDATED).exists()
    assert (told(owner), mails()) == ([], [])


def test_null_clears_a_name(edit, owner):
    edit(owner, firstName=None)

    assert fresh(owner).first_name == ""


def test_a_session_goes_on_under_another_name(edit, owner, client_for):
    device = client_for(owner)

    edit(owner, username="renamed")

    assert device.get("users/profile").data["data"]["username"] == "renamed"


@pytest.mark.parametrize("name", ["taken", "TAKEN"])
def test_a_username_belongs_to_one(edit, owner, name):
    UserFactory(username="taken")

    assert code_of(edit(owner, username=name, firstName="Grace")) == (409, "USERNAME_TAKEN")
    assert fresh(owner).first_name == "Ada"


@pytest.mark.parametrize(
    "body",
    [
        {"username": "admin"},
        {"username": "a b"},
        {"username": None},
        {"firstName": "x" * 51},
        {"firstName": 7},
        {"email": "nowhere"},
        {"email": None},
    ],
)
def test_fields_keep_their_rules(edit, owner, body):
    assert code_of(edit(owner, **body)) == (422, "VALIDATION_FAILED")


@pytest.mark.parametrize("name", ["isActive", "roles", "emailVerified", "password", "isStaff"])
def test_nothing_else_is_set_along_the_way(edit, name):
    person = UserFactory(unverified=True)
    before = User.objects.filter(pk=person.pk).values().get()

    assert edit(person, **{name: True}).status_code == 200

    assert User.objects.filter(pk=person.pk).values().get() == before


def test_a_lock_goes_along_with_the_name(edit, owner, guess, api, settings):
    settings.RATE_LIMIT_AUTH = None
    for number in range(4):
        guess(owner.email, times=5, ip=f"198.51.100.{number}")
    rows = [AccessAttempt.objects.count(), AccessFailureLog.objects.count()]
    AccountLock.objects.create(key="renamed")

    edit(owner, username="renamed")

    locked = api.post("auth/login", {"identifier": "renamed", "password": PASSWORD})
    assert code_of(locked) == (401, "ACCOUNT_LOCKED")
    UserFactory(username="owner_of_it", email="second@example.org")
    free = api.post("auth/login", {"identifier": "owner_of_it", "password": PASSWORD})
    assert free.status_code == 200
    assert rows == [
        AccessAttempt.objects.filter(username="renamed").count(),
        AccessFailureLog.objects.filter(username="renamed").count(),
    ]
    assert lockout.lift(fresh(owner), password_on=True)


# --- An address ----------------------------------------------------------------------------------


def test_an_address_counts_once_it_is_confirmed_and_can_be_undone(
    edit, editor, owner, client_for, api, link_token
):
    device = client_for(owner)
    old = owner.email

    answer = edit(owner, email="NEW@example.org")

    assert answer.data["data"]["user"]["email"] == old
    assert "once it is confirmed" in answer.data["message"]
    undo, confirm = link_token("undo-email", to=old), link_token("confirm-email", to=NEW)
    asked = entry(Action.EMAIL_CHANGE_REQUESTED)
    assert (asked.actor, asked.user) == (editor, owner)
    assert (asked.details["old"], asked.details["new"]) == ({"email": old}, {"email": NEW})
    assert device.get("users/profile").status_code == 200
    assert api.post("account/confirm-email", {"token": confirm}).status_code == 200
    assert fresh(owner).email == NEW
    assert device.get("users/profile").status_code == 401
    assert api.post("account/undo-email-change", {"token": undo}).status_code == 200
    assert fresh(owner).email == old


def test_of_a_taken_address_its_owner_alone_hears(edit, owner, stranger, mails):
    answer = edit(owner, email=stranger.email)

    assert answer.status_code == 200
    assert [message.to for message in mails()] == [[owner.email], [stranger.email]]
    assert "yours, so nothing was changed" in str(mails()[1].body)


def test_ones_own_address_takes_ones_own_proof(client_for, editor):
    device = client_for(editor)

    refused = device.patch(f"admin/users/{editor.pk}", {"email": NEW})
    passed = device.patch(f"admin/users/{editor.pk}", {"email": editor.email, "firstName": "G"})

    assert code_of(refused) == (400, "SELF_TARGET")
    assert passed.status_code == 200


@pytest.mark.parametrize("state", ["suspended", "deleted"])
@pytest.mark.parametrize("invited_at", [None, "2026-11-20T10:00:00Z"])
def test_who_could_not_confirm_an_address_gets_no_link_to_do_so(edit, mails, state, invited_at):
    person = UserFactory(invited_at=invited_at, **{state: True})
    before = User.objects.filter(pk=person.pk).values().get()

    assert code_of(edit(person, email=NEW, firstName="Grace")) == (400, "NOT_ACTIVE")

    assert User.objects.filter(pk=person.pk).values().get() == before
    assert (told(person), mails()) == ([], [])
    assert edit(person, email=person.email.upper(), firstName="Grace").status_code == 200


def test_who_switched_the_account_off_may_have_another_address(edit, api, link_token):
    person = UserFactory(deactivated=True)

    assert edit(person, email=NEW).status_code == 200

    token = link_token("confirm-email", to=NEW)
    assert api.post("account/confirm-email", {"token": token}).status_code == 200


# --- Of an invitation ----------------------------------------------------------------------------


@pytest.fixture
def invited(client_for, db):
    device = client_for(holding(Permission.USER_CREATE))
    answer = device.post("admin/users", {"email": "mistyped@example.org", "username": "guest"})
    return User.objects.get(pk=answer.data["data"]["user"]["id"])


def test_an_invitation_moves_to_the_right_address_at_once(edit, invited, api, link_token):
    wrong = link_token("accept-invitation", to="mistyped@example.org")

    answer = edit(invited, email=NEW)

    assert answer.data["data"]["user"]["email"] == NEW
    right = link_token("accept-invitation", to=NEW)
    given = {"password": PASSWORD, "confirmPassword": PASSWORD}
    assert code_of(api.post("auth/reset-password", {"token": wrong, **given})) == (
        400,
        "TOKEN_INVALID",
    )
    assert api.post("auth/reset-password", {"token": right, **given}).status_code == 200
    assert not OneTimeToken.objects.filter(purpose=Purpose.UNDO_EMAIL).exists()
    assert entry(Action.ADMIN_USER_UPDATED).details["new"]["email"] == NEW


def test_an_invitation_does_not_move_to_somebody_elses_address(edit, invited, stranger):
    assert code_of(edit(invited, email=stranger.email)) == (409, "EMAIL_TAKEN")
    assert fresh(invited).email == "mistyped@example.org"
