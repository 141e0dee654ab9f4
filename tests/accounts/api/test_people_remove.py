"""Somebody's account deleted for thirty days, or erased, by staff."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.services.lifecycle import erasure, receipts
from audit.kinds import Action
from audit.models import AuditEntry
from config.common.times import wire
from notifications.models import OutboxMail
from rbac.permissions import Permission
from tests.accounts.conftest import NOW, code_of
from tests.accounts.everywhere import holding as kept_of
from tests.factories import PASSWORD, UserFactory
from tests.staff import entry, holding, told


@pytest.fixture
def remover(db):
    return holding(Permission.USER_DELETE, username="remover")


@pytest.fixture
def remove(client_for, remover):
    device = client_for(remover)

    def delete(person, *, permanent=False, **body):
        query = "?permanent=true" if permanent else ""
        return device.delete(f"admin/users/{person.pk}{query}", body or None)

    return delete


def fresh(user):
    return User.objects.get(pk=user.pk)


# --- For thirty days -----------------------------------------------------------------------------


def test_who_is_deleted_is_out_and_can_come_back_for_thirty_days(
    clock, remove, owner, client_for, api
):
    device = client_for(owner)

    answer = remove(owner)

    assert answer.data["data"] == {"recoveryDeadline": wire(NOW + timedelta(days=30))}
    assert device.get("users/profile").status_code == 401
    given = {"email": owner.email, "password": PASSWORD}
    assert code_of(api.post("auth/login", {"identifier": owner.email, **given})) == (
        401,
        "ACCOUNT_DELETED",
    )
    assert api.post("account/recover", given).status_code == 200
    client_for(owner)


def test_a_deletion_is_told_and_recorded(remove, remover, owner, client_for, mails):
    client_for(owner)

    remove(owner, reason="Left the company.")

    written = entry(Action.ADMIN_USER_DELETED)
    assert (written.actor, written.user) == (remover, owner)
    assert written.details["reason"] == "Left the company."
    assert written.details["sessionsEnded"] == 1
    assert told(owner) == ["Your account was deleted"]
    assert [message.subject for message in mails()] == ["Your Muster account was deleted"]


def test_nobody_is_deleted_twice(remove):
    person = UserFactory(deleted_at=timezone.now() - timedelta(days=1))
    deadline = person.recovery_deadline

    answer = remove(person)

    assert code_of(answer) == (400, "ALREADY_DELETED")
    assert answer.data["data"]["recoveryDeadline"]
    assert fresh(person).recovery_deadline == deadline


# --- For good ------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["active", "suspended", "deactivated", "deleted"])
def test_who_is_erased_is_gone_with_all_that_was_theirs(remove, client_for, state):
    person = UserFactory(username="somebody_special", first_name="Xanthippe")
    client_for(person)
    if state != "active":
        User.objects.filter(pk=person.pk).update(**{f"{state}_at": timezone.now()})

    answer = remove(
        person,
        permanent=True,
        confirmEmail=person.email.upper(),
        reason=f"Asked for by {person.email}.",
    )

    receipt = receipts.verify(answer.data["data"]["erasureReceipt"])
    assert receipt.deleted["sessions"] == 1
    assert not User.objects.filter(pk=person.pk).exists()
    assert kept_of([str(person.pk), person.pk.hex, "somebody_special", "Xanthippe"]) == []


def test_an_erasure_names_who_did_it_and_why(remove, remover, owner):
    remove(owner, permanent=True, confirmEmail=owner.email, reason="Asked by telephone.")

    written = entry(Action.ADMIN_USER_ERASED)
    assert written.actor == remover
    assert written.user is None
    assert written.details["reason"] == "Asked by telephone."
    assert written.details["asked"] == "staff"
    assert written.resource_id.startswith("erased-")
    assert not OutboxMail.objects.exists()


def test_an_erasure_takes_the_address(remove, owner):
    answer = remove(owner, permanent=True, confirmEmail="other@example.org", reason="Asked.")

    assert code_of(answer) == (400, "EMAIL_MISMATCH")
    assert User.objects.filter(pk=owner.pk).exists()


@pytest.mark.parametrize("missing", ["confirmEmail", "reason"])
def test_an_erasure_takes_address_and_reason(remove, owner, missing):
    body = {"confirmEmail": owner.email, "reason": "Asked."}
    del body[missing]

    answer = remove(owner, permanent=True, **body)

    assert code_of(answer) == (422, "VALIDATION_FAILED")
    assert [fault["field"] for fault in answer.data["errors"]] == [missing]


def test_whether_it_is_for_good_is_said_in_so_many_words(client_for, remover, owner):
    answer = client_for(remover).delete(f"admin/users/{owner.pk}?permanent=maybe")

    assert code_of(answer) == (422, "VALIDATION_FAILED")
    assert not fresh(owner).deleted_at


def test_who_is_gone_is_not_found(remove, owner):
    body = {"confirmEmail": owner.email, "reason": "Asked."}
    remove(owner, permanent=True, **body)

    assert code_of(remove(owner, permanent=True, **body)) == (404, "NOT_FOUND")
    assert code_of(remove(owner)) == (404, "NOT_FOUND")


def test_what_changes_while_the_log_is_searched_is_seen(remove, remover, owner, monkeypatch):
    """The search takes long and locks nothing; what it was allowed for is asked again."""
    search = erasure.log.mentions

    def meanwhile(*args):
        User.objects.filter(pk=remover.pk).update(suspended_at=timezone.now())
        return search(*args)

    monkeypatch.setattr(erasure.log, "mentions", meanwhile)

    answer = remove(owner, permanent=True, confirmEmail=owner.email, reason="Asked.")

    assert code_of(answer) == (401, "SESSION_REVOKED")
    assert User.objects.filter(pk=owner.pk).exists()
    assert not AuditEntry.objects.filter(action=Action.ADMIN_USER_ERASED).exists()
