import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import ProtectedError

from rbac.models import Role, RoleAssignment

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["ab", "a" * 51, "Admin", "two words", "über", "x1y", "abc\n", ""])
def test_the_database_refuses_a_name_that_is_no_word(name):
    # The check says IntegrityError; PostgreSQL sees the length first and says DataError.
    with pytest.raises(DatabaseError, match=r"role_name|too long"), transaction.atomic():
        Role.objects.create(name=name)


@pytest.mark.parametrize("name", ["abc", "a" * 50, "help_desk"])
def test_a_word_is_a_name(name):
    assert Role.objects.create(name=name).name == name


def test_a_role_is_held_once_a_person(person, role):
    owner = person("user")

    with pytest.raises(IntegrityError), transaction.atomic():
        RoleAssignment.objects.create(user=owner, role=role("user"))


def test_a_role_in_use_cannot_go(person, role):
    person("moderator")

    with pytest.raises(ProtectedError):
        role("moderator").delete()


def test_assignments_go_with_their_person_and_stay_without_their_giver(person, role):
    owner, giver = person("user"), person()
    RoleAssignment.objects.filter(user=owner).update(assigned_by=giver)

    giver.delete()

    assert RoleAssignment.objects.get(user=owner).assigned_by is None
    owner.delete()
    assert not RoleAssignment.objects.filter(role=role("user")).exists()
