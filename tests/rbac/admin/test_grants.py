"""Permissions on single people, in the staff site."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from audit.models import AuditEntry
from rbac.models import PersonGrant
from tests.factories import UserFactory
from tests.rbac.admin.pages import GRANTS, faults

pytestmark = pytest.mark.django_db


def test_a_permission_on_one_person_is_granted_and_taken_back(chief, owner):
    helper = UserFactory()
    given = {"user": helper.username, "what": "USER_MANAGE", "on": owner.username}

    granted = chief.post(f"{GRANTS}add/", given)
    made = PersonGrant.objects.get()
    listed = chief.get(GRANTS).content.decode()
    shown = chief.get(f"{GRANTS}{made.pk}/change/").content.decode()
    taken = chief.post(f"{GRANTS}{made.pk}/delete/", {"post": "yes"})

    assert (granted.status_code, taken.status_code) == (302, 302)
    assert made.user == helper
    assert owner.username in listed
    assert owner.username in shown
    assert not PersonGrant.objects.exists()
    actions = AuditEntry.objects.filter(resource="grant").order_by("pk")
    assert [entry.action for entry in actions] == ["PERMISSION_GRANTED", "PERMISSION_REVOKED"]


def test_the_same_grant_again_is_told_in_the_form(chief, owner):
    given = {"user": UserFactory().username, "what": "USER_READ", "on": owner.username}
    chief.post(f"{GRANTS}add/", given)

    answer = chief.post(f"{GRANTS}add/", given)

    assert faults(answer) == ["This person holds this permission on that person already."]


def test_a_grant_cannot_be_changed(chief, owner):
    chief.post(
        f"{GRANTS}add/",
        {"user": UserFactory().username, "what": "USER_READ", "on": owner.username},
    )
    made = PersonGrant.objects.get()

    answer = chief.post(f"{GRANTS}{made.pk}/change/", {"user": "chief"})

    assert answer.status_code == 403


def test_grants_want_a_session_that_proved_itself_lately(chief, owner):
    given = {"user": UserFactory().username, "what": "USER_READ", "on": owner.username}
    chief.post(f"{GRANTS}add/", given)
    made = PersonGrant.objects.get()

    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        typed = chief.post(f"{GRANTS}add/", {**given, "what": "USER_MANAGE"})
        answers = [
            chief.get(f"{GRANTS}add/"),
            chief.post(f"{GRANTS}{made.pk}/delete/", {"post": "yes"}),
        ]
        seen = chief.get(GRANTS)

    assert [answer.url.partition("?")[0] for answer in answers] == ["/confirm", "/confirm"]
    # What they typed stays, and the proof is given in another tab.
    assert typed.context["adminform"].form["on"].value() == owner.username
    assert "/confirm?next=%2Fstaff%2Frbac%2Fpersongrant%2Fadd%2F" in typed.content.decode()
    assert seen.status_code == 200
    assert list(PersonGrant.objects.all()) == [made]
