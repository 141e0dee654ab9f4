"""What each act does to one person; the services' own tests tell the rest."""

import pytest
from django.utils import timezone

from accounts.models import AccountLock, Session, User
from accounts.services import sessions
from audit.models import AuditEntry
from config.common.request_meta import RequestMeta
from tests.accounts.admin.pages import ACT, REASON, buttons, do, faults, page_of, said, told
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def now_of(person):
    return User.objects.get(pk=person.pk)


def test_suspending_says_why_and_ends_what_was_open(chief, boss, owner):
    session = sessions.open_session(owner, meta=RequestMeta(ip="203.0.113.7"))

    answer = do(chief, "suspend", owner, reason=REASON)

    assert said(answer) == ["The account is suspended."]
    assert now_of(owner).suspension_reason == REASON
    assert Session.objects.get(pk=session.pk).revoked_at is not None
    entry = AuditEntry.objects.get(action="ADMIN_SUSPENDED")
    assert (entry.actor, entry.user, entry.ip_address) == (boss, owner, "127.0.0.1")


@pytest.mark.parametrize(
    ("action", "traits", "words", "field"),
    [
        ("reactivate", {"suspended": True}, "The account is open again.", "suspended_at"),
        ("reactivate", {"deactivated": True}, "The account is open again.", "deactivated_at"),
        ("restore", {"deleted": True}, "The account is restored.", "deleted_at"),
    ],
)
def test_what_kept_somebody_out_is_lifted(chief, action, traits, words, field):
    person = UserFactory(**traits)
    offered = buttons(chief.get(page_of(person)))

    answer = do(chief, action, person)

    assert action in offered
    assert action not in buttons(answer)
    assert said(answer) == [words]
    assert getattr(now_of(person), field) is None


def test_an_address_is_taken_for_confirmed(chief):
    person = UserFactory(unverified=True)

    answer = do(chief, "verify_email", person)
    again = do(chief, "verify_email", person)

    assert said(answer) == ["The address is confirmed."]
    assert said(again) == ["This address is confirmed already."]
    assert now_of(person).email_verified


def test_a_lock_is_lifted_and_no_longer_offered_to_be(chief, owner):
    later = timezone.now() + timezone.timedelta(minutes=9)
    AccountLock.objects.create(key=owner.username, failures=20, locked_until=later)
    before = chief.get(page_of(owner, "factors"))

    answer = do(chief, "unlock", owner, back=page_of(owner, "factors"))
    again = do(chief, "unlock", owner)

    assert "Locked</span>" in before.content.decode()
    assert "unlock" in buttons(before)
    assert said(answer) == ["The account is unlocked."]
    assert "unlock" not in buttons(answer)
    assert said(again) == ["The account was not locked."]


def test_somebody_is_deleted_with_a_word_why(chief, owner):
    answer = do(chief, "delete", owner, reason=REASON)

    assert said(answer) == ["The account is deleted."]
    assert now_of(owner).deleted_at is not None
    assert AuditEntry.objects.get(action="ADMIN_USER_DELETED").details["reason"] == REASON


def test_erasure_wants_the_address_and_gives_a_receipt(chief, owner):
    wrong = do(chief, "erase", owner, reason=REASON, confirm_email="other@example.org")
    still = User.objects.filter(pk=owner.pk).exists()

    answer = do(chief, "erase", owner, reason=REASON, confirm_email=owner.email.upper())

    assert faults(wrong) == ["This is not the email address of this account."]
    assert still
    assert not User.objects.filter(pk=owner.pk).exists()
    receipt = answer.content.decode().partition('id="receipt">')[2].partition("</code>")[0]
    assert receipt.count(".") == 2
    assert "<h1>Erased for good</h1>" in answer.content.decode()
    assert said(answer) == []


def test_a_reason_that_is_needed_is_asked_for(chief, owner):
    User.objects.filter(pk=owner.pk).update(two_factor_enabled_at=timezone.now())

    for action, given in (("erase", {"confirm_email": owner.email}), ("remove_factor", {})):
        assert faults(do(chief, action, owner, **given)) == ["This field is required."]
    assert faults(do(chief, "suspend", owner, reason="x" * 501)) == [
        "Ensure this value has at most 500 characters (it has 501)."
    ]
    assert faults(do(chief, "suspend", owner, reason="a\u202eb")) == [
        "This holds characters that cannot be used here."
    ]
    assert now_of(owner).suspended_at is None


@pytest.mark.parametrize(
    ("back", "leads"),
    [
        ("/staff/accounts/user/?q=x", "/staff/accounts/user/?q=x"),
        ("https://evil.example/staff/", None),
        ("//evil.example/staff/", None),
        ("javascript:alert(1)//staff/", None),
        ("/account", None),
    ],
)
def test_it_leads_back_to_where_it_came_from_and_never_elsewhere(chief, back, leads):
    person = UserFactory(unverified=True)
    given = {"action": "verify_email", "ids": str(person.pk), "back": back}

    answer = chief.post(ACT, given)

    assert answer.url == (leads or page_of(person).partition("?")[0])


def test_what_was_done_meanwhile_is_told(chief, owner):
    do(chief, "suspend", owner)

    assert told(do(chief, "suspend", owner)) == ["This account is suspended already."]
    assert told(do(chief, "restore", owner)) == ["This account is not deleted."]
    assert told(do(chief, "remove_factor", owner, reason=REASON)) == [
        "The second factor is not on."
    ]


def test_who_was_erased_meanwhile_is_no_error(chief, owner):
    gone = owner.pk
    owner.delete()

    answer = chief.post(ACT, {"action": "suspend", "ids": str(gone), "sure": "1"})

    assert faults(answer) == ["Not found."]
