"""Who has which role, in the staff site."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.kinds import Action
from audit.models import AuditEntry
from rbac.models import RoleAssignment
from tests.factories import moderator
from tests.rbac.admin.pages import ASSIGNMENTS, faults, role_named, said

pytestmark = pytest.mark.django_db


def test_a_role_is_given_by_name_of_the_person(chief, owner):
    tomorrow = timezone.now() + timedelta(days=1)
    given = {
        "user": owner.email.upper(),
        "role": str(role_named("moderator").pk),
        "expires_at": f"{tomorrow:%Y-%m-%dT%H:%M:%S}",
    }

    answer = chief.post(f"{ASSIGNMENTS}add/", given)

    assert answer.status_code == 302
    made = RoleAssignment.objects.get(user=owner, role__name="moderator")
    assert made.assigned_by.username == "chief"
    assert made.expires_at.date() == tomorrow.date()
    assert AuditEntry.objects.get(action=Action.ROLE_ASSIGNED).user == owner


def test_who_has_it_already_and_who_is_nobody_is_told_in_the_form(chief):
    given = {"role": str(role_named("moderator").pk), "expires_at": ""}

    again = chief.post(f"{ASSIGNMENTS}add/", {**given, "user": moderator().username})
    nobody = chief.post(f"{ASSIGNMENTS}add/", {**given, "user": "nobody_here"})

    assert faults(again) == ["This person has this role already."]
    assert faults(nobody) == ["There is nobody of this email, username or id."]


def test_an_assignment_gets_another_end_and_loses_it(chief, owner):
    made = RoleAssignment.objects.create(user=owner, role=role_named("moderator"))
    page = f"{ASSIGNMENTS}{made.pk}/change/"
    later = {"expires_at": "2199-01-01T12:00"}

    chief.post(page, later)
    made.refresh_from_db()
    first = made.expires_at
    chief.post(page, later)
    chief.post(page, {"expires_at": ""})
    made.refresh_from_db()

    assert (first.year, made.expires_at) == (2199, None)
    assert AuditEntry.objects.filter(action=Action.ROLE_ASSIGNED).count() == 2


def test_an_end_in_the_past_is_told_in_the_form(chief, owner):
    made = RoleAssignment.objects.create(user=owner, role=role_named("moderator"))
    given = {"expires_at": "2020-01-01T12:00"}

    answer = chief.post(f"{ASSIGNMENTS}{made.pk}/change/", given)

    assert faults(answer) == ["This has to be in the future."]


def test_an_assignment_is_taken_out_and_the_last_one_is_not(chief, owner):
    more = RoleAssignment.objects.create(user=owner, role=role_named("moderator"))
    last = RoleAssignment.objects.get(user=owner, role__name="user")

    asked = chief.get(f"{ASSIGNMENTS}{more.pk}/delete/").content.decode()
    taken = chief.post(f"{ASSIGNMENTS}{more.pk}/delete/", {"post": "yes"})
    kept = chief.post(f"{ASSIGNMENTS}{last.pk}/delete/", {"post": "yes"}, follow=True)

    assert "The person is told." in asked
    assert "cannot be undone" not in asked
    assert taken.status_code == 302
    assert said(kept) == ["Everyone keeps at least one role without an end."]
    assert list(RoleAssignment.objects.filter(user=owner)) == [last]
    assert AuditEntry.objects.get(action=Action.ROLE_REMOVED).user == owner


def test_the_last_admin_is_not_taken_out(chief):
    last = RoleAssignment.objects.get(role__name="admin")

    answer = chief.post(f"{ASSIGNMENTS}{last.pk}/delete/", {"post": "yes"}, follow=True)

    assert said(answer) == ["This is the last active admin. Make somebody else one first."]
    assert RoleAssignment.objects.filter(pk=last.pk).exists()


def test_assignments_are_found_by_whose_they_are(chief, owner):
    for term in (owner.username, owner.email, str(owner.pk)):
        answer = chief.get(ASSIGNMENTS, {"q": term})
        assert [one.user for one in answer.context["cl"].result_list] == [owner]
    assert not chief.get(ASSIGNMENTS, {"q": "owner"}).context["cl"].result_list
