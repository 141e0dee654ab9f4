"""An assignment carries the state that its holder is in, whoever changes it and however."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from accounts.models.user import SUSPENDED, TWO_FACTOR, VERIFIED
from rbac.models import Role, RoleAssignment
from rbac.services import facets
from tests.factories import UserFactory
from tests.rbac.together import together

ROUNDS = 30


def carried(user: User) -> set[int]:
    return set(RoleAssignment.objects.filter(user=user).values_list("user_facet", flat=True))


@pytest.mark.django_db
def test_a_new_assignment_carries_what_its_person_is():
    assert carried(UserFactory()) == {VERIFIED}
    assert carried(UserFactory(suspended=True, unverified=True)) == {SUSPENDED}


@pytest.mark.django_db
def test_every_change_is_carried_over_to_all_roles_of_theirs_and_nobody_elses():
    person, other = UserFactory(), UserFactory()
    RoleAssignment.objects.create(user=person, role=Role.objects.get(name="moderator"))

    User.objects.filter(pk=person.pk).update(suspended_at=timezone.now())
    assert carried(person) == {VERIFIED + SUSPENDED}

    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_user SET suspended_at = NULL")
    person.two_factor_enabled_at = timezone.now()
    person.save()

    assert carried(person) == {VERIFIED + TWO_FACTOR}
    assert carried(other) == {VERIFIED}


@pytest.mark.django_db
def test_triggers_that_were_dropped_are_made_again():
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's go with their table alone.")
    person = UserFactory()
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER facet_to_roles")
    User.objects.filter(pk=person.pk).update(suspended_at=timezone.now())
    assert carried(person) == {VERIFIED}

    facets.ensure()

    assert carried(person) == {VERIFIED + SUSPENDED}
    User.objects.filter(pk=person.pk).update(suspended_at=None)
    assert carried(person) == {VERIFIED}


@pytest.mark.django_db(transaction=True)
def test_a_role_given_while_its_person_is_suspended_carries_the_end_of_it():
    role = Role.objects.get(name="moderator")
    for _ in range(ROUNDS if connection.vendor == "postgresql" else 2):
        person = UserFactory()

        done = together(
            lambda key=person.pk: RoleAssignment.objects.create(user_id=key, role=role),
            lambda key=person.pk: User.objects.filter(pk=key).update(suspended_at=timezone.now()),
        )

        assert not [one for one in done if isinstance(one, Exception)]
    assert not RoleAssignment.objects.exclude(user_facet=F("user__facet")).exists()
