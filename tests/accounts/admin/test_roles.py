"""Somebody's roles and permissions on single people, on the tab of their page."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from guardian.shortcuts import assign_perm

from rbac.models import PersonGrant, Role, RoleAssignment
from rbac.permissions import Permission
from tests.accounts.admin.pages import ACT, buttons, do, faults, page_of, said, state
from tests.accounts.admin.pages import told as told_by
from tests.conftest import PageClient
from tests.factories import UserFactory, admin, moderator
from tests.staff import granted, let_hold, told

pytestmark = pytest.mark.django_db


def role_named(name):
    return str(Role.objects.get(name=name).pk)


def test_a_role_is_given_until_a_day_and_told(chief, owner):
    answer = do(
        chief,
        "assign_role",
        owner,
        role=role_named("moderator"),
        expires_at="2199-01-01T12:30",
        back=page_of(owner, "roles"),
    )

    made = RoleAssignment.objects.get(user=owner, role__name="moderator")
    assert said(answer) == ["The role is assigned."]
    assert f"{made.expires_at:%Y-%m-%d %H:%M}" == "2199-01-01 12:30"
    assert "2199-01-01 12:30" in answer.content.decode()
    assert told(owner) == ["You have a new role"]


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"expires_at": "2001-01-01T00:00"}, "This has to be in the future."),
        ({"expires_at": "tomorrow"}, "Enter a valid date/time."),
        ({"role": "abc"}, "“abc” is not a valid UUID."),
        ({"role": "019aaf3e-5c1f-7c52-9d43-0c6f5a2b7e10"}, "Select a valid choice."),
        ({"role": ""}, "This field is required."),
    ],
)
def test_a_fault_is_told_at_its_field(chief, owner, given, fault):
    before = state()

    answer = do(chief, "assign_role", owner, **{"role": role_named("moderator"), **given})

    assert faults(answer)[0].startswith(fault)
    assert state() == before


def test_a_role_is_taken_away_after_a_question_that_names_it(chief):
    person = moderator()
    given = {"action": "remove_role", "ids": str(person.pk), "role": role_named("moderator")}

    asked = chief.post(ACT, given)
    still = person.role_assignments.filter(role__name="moderator").exists()
    done = do(chief, "remove_role", person, role=role_named("moderator"))

    assert still
    assert f'value="{role_named("moderator")}" selected' in asked.content.decode()
    assert said(done) == ["The role is taken away."]
    assert not person.role_assignments.filter(role__name="moderator").exists()


def test_the_last_role_is_not_offered_to_be_taken_and_is_not(chief, owner):
    page = chief.get(page_of(owner, "roles"))

    answer = do(chief, "remove_role", owner, role=role_named("user"))

    assert "remove_role" not in buttons(page)
    assert faults(answer) == ["Everyone keeps at least one role without an end."]


def test_the_last_admin_keeps_the_role(chief, boss):
    page = chief.get(page_of(boss, "roles"))

    answer = do(chief, "remove_role", boss, role=role_named("admin"))
    admin()
    later = chief.get(page_of(boss, "roles"))

    taken = f'name="role" value="{role_named("admin")}"'
    assert taken not in page.content.decode()
    assert faults(answer) == ["This is the last active admin. Make somebody else one first."]
    assert taken in later.content.decode()


def test_only_roles_that_allow_no_more_are_offered(browser_of, owner):
    browser = browser_of(Permission.USER_READ, Permission.ROLE_ASSIGN)
    Role.objects.create(name="harmless")
    RoleAssignment.objects.create(user=owner, role=Role.objects.get(name="harmless"))

    form = browser.get(page_of(owner, "roles")).context["assign"]

    offered = {name for _key, name in form.fields["role"].widget.choices}
    assert {"harmless", "user"} <= offered
    assert not {"admin", "moderator"} & offered


def test_nobody_gives_themself_more(browser_of, owner):
    browser = browser_of(Permission.USER_READ, Permission.ROLE_ASSIGN)
    me = RoleAssignment.objects.exclude(user=owner).filter(role__name="user").get().user

    answer = do(browser, "assign_role", me, role=role_named("admin"))

    assert faults(answer) == ["That takes a permission that you do not hold yourself."]
    assert not me.role_assignments.filter(role__name="admin").exists()


def test_a_permission_on_one_person_is_granted_seen_from_both_sides_and_taken_back(chief, owner):
    helper = UserFactory(username="helper")

    granted = do(chief, "grant", helper, permission="USER_UPDATE", on=owner.email)
    made = PersonGrant.objects.get()
    theirs = chief.get(page_of(helper, "roles")).content.decode()
    other = chief.get(page_of(owner, "roles")).content.decode()
    taken = do(chief, "revoke", helper, grant=str(made.pk))

    assert said(granted) == ["The permission is granted."]
    assert f'href="/staff/accounts/user/{owner.pk}/change/">{owner.username}</a>' in theirs
    assert "on owner_of_it, held by" in other
    assert ">helper</a>" in other
    assert said(taken) == ["The permission is taken back."]
    assert not PersonGrant.objects.exists()


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"on": "nobody_here"}, "There is nobody of this email, username or id."),
        ({"permission": "AUDIT_READ"}, "Select a valid choice."),
        ({"permission": "USER_READ"}, "This person holds this permission on that person already."),
    ],
)
def test_what_cannot_be_granted_is_told(chief, owner, stranger, given, fault):
    assign_perm("user_read", owner, stranger)

    answer = do(
        chief, "grant", owner, **{"permission": "USER_MANAGE", "on": stranger.username, **given}
    )

    assert faults(answer)[0].startswith(fault)
    assert PersonGrant.objects.count() == 1


@pytest.mark.parametrize("action", ["grant", "revoke"])
def test_grants_want_a_session_that_proved_itself_lately(chief, owner, stranger, action):
    assign_perm("user_read", owner, stranger)
    given = {
        "permission": "USER_MANAGE",
        "on": stranger.username,
        "grant": str(PersonGrant.objects.get().pk),
        "back": page_of(owner, "roles"),
    }

    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        answer = chief.post(ACT, {"action": action, "ids": str(owner.pk), "sure": "1", **given})

    if action == "grant":  # what was typed stays, and the proof is given in another tab
        assert answer.status_code == 403
        assert answer.context["form"]["on"].value() == stranger.username
        assert answer.context["form"]["permission"].value() == "USER_MANAGE"
        assert "/confirm?next=%2Fstaff%2Faccounts%2Fuser%2F" in answer.content.decode()
    else:
        assert answer.url.startswith("/confirm?next=%2Fstaff%2Faccounts%2Fuser%2F")
    assert PersonGrant.objects.count() == 1


def test_another_persons_grant_is_not_taken_back_here(chief, owner, stranger):
    assign_perm("user_read", owner, stranger)

    answer = do(chief, "revoke", stranger, grant=str(PersonGrant.objects.get().pk))
    nonsense = do(chief, "revoke", stranger, grant="abc")

    assert said(answer) == ["Not found."]
    assert said(nonsense) == ["Enter a valid UUID."]
    assert PersonGrant.objects.count() == 1


def test_it_is_explained_why_somebody_may_or_may_not(chief, owner):
    person = moderator()
    asked = page_of(person, "roles") + "&permission="

    yes = chief.get(f"{asked}USER_READ").content.decode()
    no = chief.get(f"{asked}USER_MANAGE&on={owner.username}").content.decode()
    nobody = chief.get(f"{asked}USER_MANAGE&on=nobody_here").content.decode()
    nonsense = chief.get(f"{asked}FLY").content.decode()

    assert "Yes, because of:" in yes
    assert "the role “moderator”" in yes
    assert "No. What stands in the way" in no
    assert "a permission on this person alone" in no
    assert "There is nobody of this email" in nobody
    assert "Select a valid choice." in nonsense


def test_the_tab_costs_the_same_however_many_roles_there_are(
    chief, owner, django_assert_max_num_queries
):
    chief.get(page_of(owner, "roles"))
    for _ in range(12):
        let_hold(owner, Permission.USER_READ)

    with django_assert_max_num_queries(26):
        page = chief.get(page_of(owner, "roles"))

    assert page.content.decode().count('value="remove_role"') == 13


def test_whose_an_address_is_only_who_may_read_people_finds_out(owner, stranger):
    clerk = granted(Permission.USER_READ, on=owner)
    let_hold(
        clerk,
        Permission.ADMIN_ACCESS,
        Permission.ROLE_READ,
        Permission.ROLE_ASSIGN,
        Permission.USER_MANAGE,
    )
    browser = PageClient()
    browser.force_login(clerk)

    def tried(on):
        explained = browser.get(f"{page_of(owner, 'roles')}&permission=USER_MANAGE&on={on}")
        granting = do(browser, "grant", owner, permission="USER_MANAGE", on=on)
        return explained.context["explain"].errors.get("on"), told_by(granting)

    nobody = ["There is nobody of this username or id."]
    assert tried(stranger.email) == tried("nobody@example.org") == (nobody, nobody)
    assert tried(stranger.username) == (None, ["The permission is granted."])
    assert "Username or id." in browser.get(page_of(owner, "roles")).content.decode()
