"""Something done to those chosen from the list: what it may, and a word about everybody else."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.admin import actions
from accounts.models import User
from audit.models import AuditEntry
from rbac.models import Role, RoleAssignment
from rbac.permissions import Permission
from tests.accounts.admin.pages import ACT, LIST, REASON, do, faults, said, state, unchanged
from tests.factories import UserFactory, admin
from tests.staff import let_hold

pytestmark = pytest.mark.django_db


def test_all_of_them_at_once(chief):
    people = [UserFactory(), UserFactory()]

    answer = do(chief, "suspend", *people, reason=REASON)

    assert answer.redirect_chain == [(LIST, 302)]
    assert said(answer) == ["Suspend: Done for 2 people."]
    assert User.objects.filter(suspension_reason=REASON).count() == 2
    assert AuditEntry.objects.filter(action="ADMIN_BULK_SUSPENDED").count() == 1


def test_each_who_was_spared_is_named_with_the_reason(browser_of, owner):
    browser = browser_of(Permission.USER_READ, Permission.USER_MANAGE)
    oneself = User.objects.exclude(pk=owner.pk).get()
    above, held = UserFactory(username="above"), UserFactory(username="held", suspended=True)
    let_hold(above, Permission.SYSTEM_MANAGE)
    nobody = uuid4()

    answer = do(browser, "suspend", owner, above, held, oneself, nobody)

    assert unchanged(answer) == {
        "above": "That takes a permission that you do not hold yourself.",
        "held": "It was so already.",
        oneself.username: "That cannot be done to oneself.",
        str(nobody): "There is no such account.",
    }
    assert "Done for 1 person." in answer.content.decode()
    assert "Nothing was done to 4 people" in answer.content.decode()
    owner.refresh_from_db()
    above.refresh_from_db()
    assert (owner.suspended_at is None, above.suspended_at is None) == (False, True)


def test_of_all_admins_one_stays(chief, boss):
    second = admin(username="second")
    third = admin(username="third")

    answer = do(chief, "delete", second, third, boss)

    assert set(unchanged(answer)) == {"chief"}
    assert User.objects.active().filter(role_assignments__role__name="admin").get() == boss


@pytest.mark.parametrize("action", ["verify_email", "reset_password", "unlock", "delete"])
def test_what_has_no_call_for_many_is_done_one_by_one(chief, action):
    people = [UserFactory(unverified=True), UserFactory(unverified=True)]
    done = UserFactory(username="done", deleted=True, invited_at="2026-01-01T00:00Z")

    answer = do(chief, action, *people, done, reason=REASON)

    expected = {
        "verify_email": {"done": "This address is confirmed already."},
        "reset_password": {
            "done": "This person has not accepted the invitation yet. Send it anew instead."
        },
        "unlock": None,
        "delete": {"done": "This account is deleted already."},
    }[action]
    if expected is None:
        assert said(answer) == ["Unlock: Done for 3 people."]
    else:
        assert unchanged(answer) == expected


def test_a_role_for_many_and_from_many(chief, owner, stranger):
    role = Role.objects.create(name="helpers")
    RoleAssignment.objects.create(user=stranger, role=role)

    given = do(chief, "assign_role", owner, stranger, role=str(role.pk))
    held = set(RoleAssignment.objects.filter(role=role).values_list("user_id", flat=True))
    taken = do(chief, "remove_role", owner, stranger, role=str(role.pk))

    assert unchanged(given) == {"stranger": "It was so already."}
    assert held == {owner.pk, stranger.pk}
    assert said(taken) == ["Take a role away: Done for 2 people."]
    assert not RoleAssignment.objects.filter(role=role).exists()


def test_a_role_for_many_until_a_day(chief, owner, stranger):
    role = Role.objects.create(name="helpers")

    answer = do(
        chief, "assign_role", owner, stranger, role=str(role.pk), expires_at="2199-01-01T00:00"
    )

    assert said(answer) == ["Give a role: Done for 2 people."]
    ends = RoleAssignment.objects.filter(role=role).values_list("expires_at__year", flat=True)
    assert list(ends) == [2199, 2199]


def test_a_role_that_allows_more_is_given_to_none_of_them(browser_of, owner, stranger):
    browser = browser_of(Permission.USER_READ, Permission.ROLE_ASSIGN)
    chief_role = Role.objects.get(name="admin")
    before = state()

    answer = do(browser, "assign_role", owner, stranger, role=str(chief_role.pk))
    offered = [name for _key, name in answer.context["form"].fields["role"].widget.choices]

    assert faults(answer) == ["That takes a permission that you do not hold yourself."]
    assert "admin" not in offered
    assert "user" in offered
    assert state() == before


def test_what_is_for_one_alone_is_not_done_to_two(chief, owner, stranger):
    before = state()

    for action in ("lend_password", "erase", "sign_out", "grant", "revoke"):
        answer = do(chief, action, owner, stranger, reason=REASON)
        assert said(answer) == ["This can be done to 1 person at a time."]

    assert state() == before


def test_no_more_than_the_calls_for_many_allow(chief, owner, monkeypatch):
    many = " ".join(str(uuid4()) for _ in range(101))
    before = state()

    looped = chief.post(ACT, {"action": "unlock", "ids": many}, follow=True)
    monkeypatch.setattr("accounts.admin.acts.base.MOST", 100)
    at_once = chief.post(ACT, {"action": "suspend", "ids": many, "sure": "1"}, follow=True)

    assert said(looped) == ["This can be done to 100 people at a time."]
    assert said(at_once) == ["This can be done to 100 people at a time."]
    assert state() == before


def test_thousands_in_one_field_are_asked_about_and_done(chief):
    people = UserFactory.create_batch(3)
    ids = " ".join([*(str(uuid4()) for _ in range(1500)), *(str(one.pk) for one in people)])

    asked = chief.post(ACT, {"action": "suspend", "ids": ids})
    done = chief.post(ACT, {"action": "suspend", "ids": asked.context["ids"], "sure": "1"})

    assert f"and {1503 - actions.SHOWN} more" in asked.content.decode()
    assert done.context["number"] == 1500
    assert User.objects.filter(suspended_at__isnull=False).count() == 3


def test_nobody_chosen_is_told(chief):
    answer = chief.post(ACT, {"action": "suspend", "back": f"{LIST}?q=x"}, follow=True)

    assert answer.redirect_chain == [(f"{LIST}?q=x", 302)]
    assert said(answer) == ["Choose somebody first."]


def test_each_counts_once(chief, owner):
    answer = do(chief, "suspend", owner, owner)

    assert said(answer) == ["The account is suspended."]


def test_suspending_costs_the_same_statements_for_two_and_for_twenty(chief):
    two, twenty = UserFactory.create_batch(2), UserFactory.create_batch(20)
    with CaptureQueriesContext(connection) as few:
        do(chief, "suspend", *two)

    with CaptureQueriesContext(connection) as many:
        answer = do(chief, "suspend", *twenty)

    assert said(answer) == ["Suspend: Done for 20 people."]
    assert len(many) == len(few)
