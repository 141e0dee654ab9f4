"""Several of the staff at the same person at once: one does it, the others hear that it is done."""

from __future__ import annotations

from collections import Counter

import pytest
from django.contrib.auth.hashers import check_password
from django.utils import timezone

from accounts import errors
from accounts.models import OneTimeToken, Purpose, User
from accounts.services import one_time, passwords
from accounts.services.staff import access, editing, invitation, removal
from audit.models import AuditEntry
from config.common.errors import DomainError, SessionRevoked
from notifications.models import OutboxMail
from rbac.services import assignments, bulk, escalation, grants, roles
from rbac.services.last_admin import admin_lock
from tests.accounts.races.crowd import unexpected
from tests.factories import PASSWORD, UserFactory, admin

AT_ONCE = 6
STORIES = {
    "suspended": (access.suspend, {}, errors.AlreadySuspended),
    "let in": (access.reactivate, {"suspended": True}, errors.NothingToLift),
    "restored": (access.restore, {"deleted": True}, errors.NotDeleted),
    "verified": (access.verify_email, {"unverified": True}, errors.AlreadyVerified),
    "deleted": (removal.delete, {}, errors.AlreadyDeleted),
}


def done(outcomes):
    return [outcome for outcome in outcomes if not isinstance(outcome, Exception)]


@pytest.mark.parametrize(("story", "state", "already"), STORIES.values(), ids=STORIES)
def test_one_does_it_and_the_others_hear_so(crowd, rounds, meta, story, state, already):
    staff = [admin() for _ in range(AT_ONCE)]
    for _ in range(rounds):
        person = UserFactory(**state)

        outcomes = crowd.at_once(
            [lambda by=by, who=person: story(who.pk, by=by, meta=meta) for by in staff]
        )

        assert unexpected(outcomes, already) == []
        assert len(done(outcomes)) == 1
        assert AuditEntry.objects.filter(user=person).count() == 1


def test_whoever_looks_first_and_writes_later_does_it_several_times(naive_crowd):
    def naive(user_id):
        found = User.objects.get(pk=user_id)
        if found.suspended_at:
            raise errors.AlreadySuspended
        found.suspended_at = timezone.now()
        found.save()

    most = 0
    for _ in range(50):
        person = UserFactory()
        outcomes = naive_crowd.at_once([lambda who=person: naive(who.pk)] * AT_ONCE)
        most = max(most, len(done(outcomes)))
        if most > 1:
            break

    assert most > 1


def suspend_each_other(crowd, meta):
    one, other = admin(), admin()
    return crowd.at_once(
        [
            lambda: access.suspend(one.pk, by=other, meta=meta),
            lambda: access.suspend(other.pk, by=one, meta=meta),
        ]
    )


def test_of_two_who_suspend_each_other_one_is_out_before_their_turn(crowd, rounds, meta):
    admin()
    for _ in range(rounds):
        outcomes = suspend_each_other(crowd, meta)

        assert Counter(type(outcome) for outcome in outcomes) == {type(None): 1, SessionRevoked: 1}


def test_without_a_second_look_both_would_be_out(naive_crowd, rounds, meta, monkeypatch):
    monkeypatch.setattr(escalation, "require_in", lambda _by: admin_lock())
    admin()

    assert any(suspend_each_other(naive_crowd, meta) == [None, None] for _ in range(rounds))


def stories_of_staff(person, owner, role, held, meta):
    """What gives somebody something."""
    by = {"by": person, "meta": meta}
    return {
        "assigns": lambda: assignments.assign(owner, role, **by),
        "removes": lambda: assignments.remove(owner, held, **by),
        "assigns many": lambda: bulk.assign([owner.pk], held, **by),
        "grants": lambda: grants.grant(owner, "USER_READ", on=held_on(owner), **by),
        "makes a role": lambda: roles.create("makers", permissions=["USER_READ"], **by),
        "changes a role": lambda: roles.update(role.pk, permissions=["USER_READ"], **by),
        "invites": lambda: invitation.invite(
            email="guest@example.org", username="guest_of_them", **by
        ),
    }


def held_on(owner):
    return User.objects.exclude(pk=owner.pk).latest("created_at").pk


def given(meta):
    """A role that nobody has, one that somebody has beside `user`, and that somebody."""
    free = roles.create("free_role", permissions=[], by=None, meta=meta)
    held = roles.create("held_role", permissions=[], by=None, meta=meta)
    owner = UserFactory()
    assignments.assign(owner, held, by=None, meta=meta)
    return owner, free, held


STAFF_STORIES = list(stories_of_staff(None, None, None, None, None))


@pytest.mark.parametrize("story", STAFF_STORIES)
def test_who_was_let_in_before_the_suspension_does_nothing_after_it(meta, transactional_db, story):
    boss, person = admin(), admin()
    act = stories_of_staff(person, *given(meta), meta)[story]
    access.suspend(person.pk, by=boss, meta=meta)  # `person` is as they were when the call came in

    with pytest.raises(SessionRevoked):
        act()

    assert not AuditEntry.objects.filter(actor=person).exists()


def test_nothing_comes_behind_the_suspension_that_it_raced_with(crowd, rounds, meta):
    boss = admin()
    owner, free, held = given(meta)
    for _ in range(rounds):
        person = admin()
        acts = list(stories_of_staff(person, owner, free, held, meta).values())
        acts.insert(3, lambda who=person: access.suspend(who.pk, by=boss, meta=meta))
        outcomes = crowd.at_once(acts)

        # Some of it is there already; what counts is who did the rest, and when.
        assert unexpected(outcomes, DomainError) == []
        assert outcomes[3] is None
        out = AuditEntry.objects.get(action="ADMIN_SUSPENDED", user=person)
        # All are written under the admin lock, so in the order in which they count.
        assert not AuditEntry.objects.filter(actor=person, pk__gt=out.pk).exists()


def test_the_same_person_is_invited_once(crowd, rounds, meta):
    staff = [admin() for _ in range(AT_ONCE)]
    for number in range(rounds):
        email, username = f"guest_{number}@example.org", f"guest_{number}"
        OutboxMail.objects.all().delete()

        outcomes = crowd.at_once(
            [
                lambda by=by, email=email, name=username: invitation.invite(
                    email=email, username=name, by=by, meta=meta
                )
                for by in staff
            ]
        )

        assert unexpected(outcomes, errors.EmailTaken, errors.UsernameTaken) == []
        assert len(done(outcomes)) == 1
        assert User.objects.filter(username=username).count() == 1
        assert OutboxMail.objects.count() == 1


def test_a_name_goes_to_one(crowd, rounds, meta):
    by = admin()
    for number in range(rounds):
        people = [UserFactory() for _ in range(AT_ONCE)]
        given = {"username": f"wanted_{number}"}

        outcomes = crowd.at_once(
            [
                lambda who=who, given=given: editing.update(who.pk, given, by=by, meta=meta)
                for who in people
            ]
        )

        assert unexpected(outcomes, errors.UsernameTaken) == []
        assert len(done(outcomes)) == 1


def test_an_invitation_is_accepted_once_however_often_it_is_sent(crowd, rounds, meta):
    by = admin()
    for number in range(rounds):
        guest = invitation.invite(
            email=f"guest_{number}@example.org", username=f"guest_{number}", by=by, meta=meta
        )
        token = one_time.issue(guest, Purpose.INVITATION, binding=guest.email)
        chosen = [f"Correct-Horse{digit}" for digit in range(AT_ONCE)]
        accepting = [
            lambda token=token, new=new: passwords.reset(token, new, meta=meta) for new in chosen
        ]

        outcomes = crowd.at_once(
            [*accepting, lambda who=guest: invitation.resend(who.pk, by=by, meta=meta)]
        )

        assert unexpected(outcomes, errors.LinkInvalid, errors.NotInvited) == []
        accepted = [new for new, outcome in zip(chosen, outcomes, strict=False) if outcome is None]
        guest.refresh_from_db()
        links = OneTimeToken.objects.unspent().filter(user=guest, purpose=Purpose.INVITATION)
        if accepted:
            assert [new for new in chosen if check_password(new, guest.password)] == accepted
            assert (guest.invited_at, links.count()) == (None, 0)
        else:
            assert guest.invited_at
            assert links.count() == 1


def test_no_invitation_is_accepted_behind_a_suspension(crowd, rounds, meta):
    by = admin()
    for number in range(rounds):
        guest = invitation.invite(
            email=f"guest_{number}@example.org", username=f"guest_{number}", by=by, meta=meta
        )
        token = one_time.issue(guest, Purpose.INVITATION, binding=guest.email)

        accepted, suspended = crowd.at_once(
            [
                lambda token=token: passwords.reset(token, PASSWORD, meta=meta),
                lambda who=guest: access.suspend(who.pk, by=by, meta=meta),
            ]
        )

        assert suspended is None
        assert unexpected([accepted], errors.LinkInvalid) == []
        assert (
            not OneTimeToken.objects.unspent()
            .filter(user=guest)
            .exclude(purpose=Purpose.NOT_ME)
            .exists()
        )
        guest.refresh_from_db()
        assert (guest.invited_at is None) == (accepted is None)
