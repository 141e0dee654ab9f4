from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.errors import EmailTaken, InvalidCode, LinkInvalid, TwoFactorRequired
from accounts.models import User
from accounts.services import email_change, passwords
from audit.models import AuditEntry
from audit.services.details import Change, changes
from tests.accounts.authenticator import WRONG, turned_on
from tests.accounts.services.test_email_change import NEW, ask, changed
from tests.factories import UserFactory

__all__ = ["ask", "changed"]


def test_undo_brings_the_old_address_back(owner, changed, meta):
    undo = changed(owner)

    email_change.undo(undo, meta=meta)

    user = User.objects.get(pk=owner.pk)
    assert (user.email, user.email_verified) == (owner.email, True)
    entry = AuditEntry.objects.get(action="EMAIL_CHANGE_UNDONE")
    assert changes(entry.details) == [Change("email", NEW, owner.email)]


def test_undo_signs_everybody_out_and_starts_a_reset(owner, changed, client_for, link_token, meta):
    undo = changed(owner)
    thief = client_for(User.objects.get(pk=owner.pk))

    email_change.undo(undo, meta=meta)

    assert thief.get("users/profile").status_code == 401
    passwords.reset(link_token("reset-password", to=owner.email), "Another-Horse8", meta=meta)


def test_undo_before_the_confirmation_stops_the_change(owner, ask, link_token, meta):
    ask(owner)
    confirm = link_token("confirm-email")
    email_change.undo(link_token("undo-email"), meta=meta)

    with pytest.raises(LinkInvalid):
        email_change.confirm(confirm, meta=meta)

    assert User.objects.get(pk=owner.pk).email == owner.email


def test_undo_works_once(owner, changed, meta):
    undo = changed(owner)
    email_change.undo(undo, meta=meta)

    with pytest.raises(LinkInvalid):
        email_change.undo(undo, meta=meta)

    assert AuditEntry.objects.filter(action="EMAIL_CHANGE_UNDONE").count() == 1


def test_undo_works_after_a_second_change_and_takes_that_ones_link_with_it(owner, changed, meta):
    undo = changed(owner, "first@example.net")
    thiefs = changed(owner, "second@example.net")

    email_change.undo(undo, meta=meta)

    assert User.objects.get(pk=owner.pk).email == owner.email
    with pytest.raises(LinkInvalid):
        email_change.undo(thiefs, meta=meta)


def test_a_later_undo_leaves_the_earlier_link_alive(owner, changed, meta):
    undo = changed(owner, "first@example.net")
    thiefs = changed(owner, "second@example.net")

    email_change.undo(thiefs, meta=meta)
    email_change.undo(undo, meta=meta)

    assert User.objects.get(pk=owner.pk).email == owner.email


def test_undo_asks_for_the_second_factor_and_is_not_spent_without_it(owner, changed, meta):
    undo = changed(owner)
    app = turned_on(User.objects.get(pk=owner.pk))

    with pytest.raises(TwoFactorRequired):
        email_change.undo(undo, meta=meta)
    with pytest.raises(InvalidCode):
        email_change.undo(undo, code=WRONG, meta=meta)
    email_change.undo(undo, code=app.code(), meta=meta)

    assert User.objects.get(pk=owner.pk).email == owner.email


def test_an_address_that_is_somebody_elses_after_all_does_not_come_back(owner, changed, meta):
    undo = changed(owner)
    UserFactory(email=owner.email)

    with pytest.raises(EmailTaken):
        email_change.undo(undo, meta=meta)

    assert User.objects.get(pk=owner.pk).email == NEW


def test_a_suspended_person_undoes_nothing(owner, changed, meta):
    undo = changed(owner)
    User.objects.filter(pk=owner.pk).update(suspended_at=timezone.now())

    with pytest.raises(LinkInvalid):
        email_change.undo(undo, meta=meta)


def test_what_a_thief_deleted_can_be_undone(owner, changed, meta):
    undo = changed(owner)
    User.objects.filter(pk=owner.pk).update(deleted_at=timezone.now())

    email_change.undo(undo, meta=meta)

    assert User.objects.get(pk=owner.pk).email == owner.email


def test_a_confirmation_is_no_undo_and_the_other_way_round(owner, ask, link_token, meta):
    ask(owner)

    with pytest.raises(LinkInvalid):
        email_change.undo(link_token("confirm-email"), meta=meta)
    with pytest.raises(LinkInvalid):
        email_change.confirm(link_token("undo-email"), meta=meta)
