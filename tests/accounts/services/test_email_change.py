from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.errors import LinkExpired, LinkInvalid
from accounts.models import OneTimeToken, Purpose, User
from accounts.services import alerts, email_change, one_time, passwords, registration
from audit.models import AuditEntry
from audit.services.details import Change, changes
from config.common.errors import NotFound, SessionRevoked, ValidationFailed
from notifications.models import Notification
from tests.accounts.work import between_check_and_commit, counted
from tests.factories import PASSWORD, UserFactory, admin

NEW = "new@example.net"


@pytest.fixture
def ask(meta):
    def start(user: User, address: str = NEW) -> None:
        email_change.ask(User.objects.get(pk=user.pk), address, PASSWORD, meta=meta)

    return start


@pytest.fixture
def changed(ask, link_token, meta):
    """Asked for and confirmed; returns the undo link's token."""

    def change(user: User, address: str = NEW) -> str:
        before = User.objects.get(pk=user.pk).email
        ask(user, address)
        undo = link_token("undo-email", to=before)
        email_change.confirm(link_token("confirm-email", to=address), meta=meta)
        return undo

    return change


def test_nothing_changes_before_the_new_address_confirms(owner, ask):
    ask(owner)

    assert User.objects.get(pk=owner.pk).email == owner.email


def test_a_confirmed_address_is_the_accounts_own_and_verified(owner, changed):
    User.objects.filter(pk=owner.pk).update(email_verified_at=None)

    changed(owner)

    user = User.objects.get(pk=owner.pk)
    assert (user.email, user.email_verified) == (NEW, True)
    assert NEW in user.search_text


def test_request_and_change_are_entries_with_old_and_new(owner, changed):
    changed(owner)

    asked = AuditEntry.objects.get(action="EMAIL_CHANGE_REQUESTED")
    done = AuditEntry.objects.get(action="EMAIL_CHANGED")
    for entry in (asked, done):
        assert (entry.user_id, entry.actor_id) == (owner.pk, owner.pk)
        assert changes(entry.details) == [Change("email", owner.email, NEW)]
        assert entry.details["fields"] == ["email"]


def test_the_old_address_hears_of_the_request_and_both_of_the_change(owner, changed, mails):
    changed(owner)

    assert [(mail.to, "undo-email" in mail.body) for mail in mails()] == [
        ([owner.email], True),
        ([NEW], False),
        ([owner.email], False),
        ([NEW], False),
    ]
    assert Notification.objects.filter(user=owner, type="SECURITY_ALERT").count() == 2


def test_the_last_request_counts_and_the_first_ones_link_is_dead(owner, ask, link_token, meta):
    ask(owner, "first@example.net")
    first = link_token("confirm-email", to="first@example.net")
    ask(owner, "second@example.net")
    second = link_token("confirm-email", to="second@example.net")

    with pytest.raises(LinkInvalid):
        email_change.confirm(first, meta=meta)
    email_change.confirm(second, meta=meta)

    assert User.objects.get(pk=owner.pk).email == "second@example.net"


def test_a_link_works_once(owner, ask, link_token, meta):
    ask(owner)
    token = link_token("confirm-email")
    email_change.confirm(token, meta=meta)

    with pytest.raises(LinkInvalid):
        email_change.confirm(token, meta=meta)

    assert AuditEntry.objects.filter(action="EMAIL_CHANGED").count() == 1


def test_a_confirmation_runs_out_after_a_day(owner, ask, link_token, meta, clock):
    ask(owner)
    token = link_token("confirm-email")
    clock.shift(timedelta(hours=24))

    with pytest.raises(LinkExpired):
        email_change.confirm(token, meta=meta)


def test_an_undo_runs_out_after_a_week(owner, ask, link_token, meta, clock):
    ask(owner)
    token = link_token("undo-email")
    clock.shift(timedelta(days=7))

    with pytest.raises(LinkExpired):
        email_change.undo(token, meta=meta)


def test_a_taken_address_is_told_to_its_owner_alone(owner, stranger, ask, mails):
    ask(owner, stranger.email)

    assert [mail.to for mail in mails()] == [[owner.email], [stranger.email]]
    assert "confirm-email" not in "".join(str(mail.body) for mail in mails())
    assert not User.objects.filter(pk=owner.pk, email=stranger.email).exists()


def test_a_taken_address_is_the_same_work_as_a_free_one(owner, stranger, ask):
    with counted() as free:
        ask(owner, NEW)
    with counted() as taken:
        ask(owner, stranger.email)

    assert taken.cost == free.cost


def test_an_address_that_was_taken_meanwhile_makes_the_link_invalid(owner, ask, link_token, meta):
    ask(owner)
    token = link_token("confirm-email")
    UserFactory(email=NEW)

    with pytest.raises(LinkInvalid):
        email_change.confirm(token, meta=meta)

    assert User.objects.get(pk=owner.pk).email == owner.email


def test_an_address_that_is_taken_in_the_same_moment_makes_the_link_invalid(
    owner, ask, link_token, meta, monkeypatch
):
    ask(owner)
    token = link_token("confirm-email")
    UserFactory(email=NEW)
    monkeypatch.setattr("accounts.services.addresses.is_free", lambda *_args, **_kwargs: True)

    with pytest.raises(LinkInvalid):
        email_change.confirm(token, meta=meta)


def test_ones_own_address_is_no_new_one(owner, meta):
    user = User.objects.get(pk=owner.pk)

    with pytest.raises(ValidationFailed) as raised:
        email_change.ask(user, owner.email.upper(), PASSWORD, meta=meta)

    assert raised.value.errors[0].field == "newEmail"


def test_outstanding_reset_links_die_with_the_change(owner, ask, link_token, meta):
    ask(owner)
    passwords.forgot(owner.email, meta=meta)
    reset = link_token("reset-password")
    email_change.confirm(link_token("confirm-email"), meta=meta)

    with pytest.raises(LinkInvalid):
        passwords.reset(reset, "Another-Horse8", meta=meta)


def test_no_link_that_went_to_the_old_address_is_left(owner, ask, link_token, meta):
    ask(owner)
    for purpose in (*passwords.RESETS, Purpose.VERIFY_EMAIL):
        one_time.add(owner, purpose, binding=owner.email)

    email_change.confirm(link_token("confirm-email"), meta=meta)

    left = OneTimeToken.objects.unspent().filter(user=owner).values_list("purpose", flat=True)
    assert list(left) == [Purpose.UNDO_EMAIL]


@pytest.mark.parametrize("state", ["suspended_at", "deleted_at"])
def test_who_may_not_come_in_confirms_nothing(owner, ask, link_token, meta, state):
    ask(owner)
    User.objects.filter(pk=owner.pk).update(**{state: timezone.now()})

    with pytest.raises(LinkInvalid):
        email_change.confirm(link_token("confirm-email"), meta=meta)


def test_a_new_password_ends_an_open_request(owner, ask, link_token, meta):
    ask(owner)
    token = link_token("confirm-email")
    user = User.objects.get(pk=owner.pk)
    passwords.change(user, PASSWORD, "Another-Horse8", keep=uuid4(), meta=meta)

    with pytest.raises(LinkInvalid):
        email_change.confirm(token, meta=meta)


def test_a_sign_out_everywhere_ends_an_open_request(owner, ask, link_token, meta):
    ask(owner)
    token = link_token("confirm-email")
    alerts.not_me(one_time.add(owner, Purpose.NOT_ME), meta=meta)

    with pytest.raises(LinkInvalid):
        email_change.confirm(token, meta=meta)


def test_a_password_that_was_changed_during_the_check_asks_for_nothing(owner, meta):
    user = User.objects.get(pk=owner.pk)

    def reset() -> None:
        User.objects.filter(pk=owner.pk).update(password="!")

    with between_check_and_commit(reset), pytest.raises(SessionRevoked):
        email_change.ask(user, NEW, PASSWORD, meta=meta)

    assert not OneTimeToken.objects.filter(purpose=Purpose.CHANGE_EMAIL).exists()


def test_the_address_before_is_kept_for_its_owner_while_it_can_come_back(
    owner, changed, meta, clock
):
    changed(owner)

    assert not registration.email_available(owner.email)
    clock.shift(timedelta(days=7))
    assert registration.email_available(owner.email)


def test_nobody_else_can_change_to_the_address_before(owner, stranger, changed, ask, mails):
    changed(owner)
    before = len(mails())

    ask(stranger, owner.email)

    assert [mail.to for mail in mails()[before:]] == [[stranger.email]]


def test_its_owner_can_change_back_to_the_address_before(owner, changed):
    changed(owner)

    changed(owner, owner.email)

    assert User.objects.get(pk=owner.pk).email == owner.email


def test_staff_start_a_change_that_is_confirmed_and_undone_like_any_other(owner, link_token, meta):
    boss = admin()

    email_change.begin(owner, NEW, by=boss, meta=meta)

    assert AuditEntry.objects.get(action="EMAIL_CHANGE_REQUESTED").actor_id == boss.pk
    email_change.confirm(link_token("confirm-email"), meta=meta)
    email_change.undo(link_token("undo-email"), meta=meta)
    assert User.objects.get(pk=owner.pk).email == owner.email


def test_nobody_starts_a_change_for_who_is_gone(owner, meta):
    gone = User.objects.get(pk=owner.pk)
    owner.delete()

    with pytest.raises(NotFound):
        email_change.begin(gone, NEW, by=gone, meta=meta)
