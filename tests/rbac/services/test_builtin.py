import pytest
from django.contrib.auth.models import Permission as DjangoPermission
from django.core.management import call_command

from rbac.models import Role
from rbac.permissions import ALL, DEFAULT_ROLES, Permission
from rbac.services import builtin
from tests.rbac.together import together


def held_by(name):
    return set(Role.objects.get(name=name).permissions.values_list("codename", flat=True))


def rows():
    return DjangoPermission.objects.filter(content_type__app_label="rbac")


def forget_everything():
    Role.objects.all().delete()
    rows().delete()


def assert_all_there():
    assert dict(rows().values_list("codename", "name")) == {
        permission.value: str(permission.label) for permission in Permission
    }
    assert {role.name: role.is_system for role in Role.objects.all()} == dict.fromkeys(
        DEFAULT_ROLES, True
    )
    for name, default in DEFAULT_ROLES.items():
        assert held_by(name) == {permission.value for permission in default.permissions}


@pytest.mark.django_db
def test_a_migrated_database_has_them():
    assert_all_there()


@pytest.mark.django_db
def test_what_is_missing_is_made():
    forget_everything()

    builtin.ensure()

    assert_all_there()


@pytest.mark.django_db
def test_a_second_run_changes_nothing_and_is_cheap(django_assert_num_queries):
    before = list(Role.objects.values_list("pk", "updated_at"))

    with django_assert_num_queries(4 + 2):  # and the savepoint around it
        builtin.ensure()

    assert list(Role.objects.values_list("pk", "updated_at")) == before
    assert_all_there()


@pytest.mark.django_db
def test_what_staff_changed_is_left_alone_but_admin_stays_whole():
    Role.objects.get(name="moderator").permissions.clear()
    Role.objects.get(name="admin").permissions.clear()

    builtin.ensure()

    assert held_by("moderator") == set()
    assert held_by("admin") == {permission.value for permission in ALL}


@pytest.mark.django_db
def test_descriptions_follow_the_program():
    rows().filter(codename="user_read").update(name="Something else")

    builtin.ensure()

    assert rows().get(codename="user_read").name == "See users"


@pytest.mark.django_db(transaction=True)
def test_runs_at_once_agree():
    for _ in range(5):
        forget_everything()

        results = together(*[builtin.ensure] * 4)

        assert results == [None] * 4
        assert_all_there()


@pytest.mark.django_db(transaction=True)
def test_runs_at_once_agree_on_what_admin_lacks():
    for _ in range(10):
        Role.objects.get(name="admin").permissions.clear()

        results = together(*[builtin.ensure] * 4)

        assert results == [None] * 4
        assert_all_there()


@pytest.mark.django_db(transaction=True)
def test_a_flushed_database_has_them_again():
    call_command("flush", interactive=False)

    assert_all_there()
