from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from config.common.request_meta import RequestMeta
from rbac.errors import LastAdmin
from rbac.services import assignments, escalation, last_admin
from rbac.services.last_admin import active_admins, admin_lock, require_another_admin
from tests.rbac.together import together

META = RequestMeta()
ROUNDS = 20

needs_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="on SQLite writers are serial by themselves"
)


@pytest.mark.django_db
def test_the_last_admin_may_not_leave(person):
    admin = person("admin")

    with pytest.raises(LastAdmin):
        require_another_admin(admin)
    with pytest.raises(LastAdmin):
        require_another_admin(admin.pk)


@pytest.mark.django_db
def test_one_of_two_may_leave_and_both_may_not(person):
    one, other = person("admin"), person("admin")

    require_another_admin(one)

    with pytest.raises(LastAdmin):
        require_another_admin(one, other)


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["suspended_at", "deactivated_at", "deleted_at"])
def test_an_admin_who_cannot_sign_in_does_not_count(person, state):
    admin, gone = person("admin"), person("admin")
    setattr(gone, state, timezone.now())
    gone.save()

    with pytest.raises(LastAdmin):
        require_another_admin(admin)
    require_another_admin(gone)


@pytest.mark.django_db
def test_an_admin_with_an_end_does_not_count(person):
    admin = person("admin")
    guest = person("admin", until=timezone.now() + timedelta(days=1))

    with pytest.raises(LastAdmin):
        require_another_admin(admin)
    require_another_admin(guest)


@pytest.mark.django_db
def test_nobody_is_kept_who_is_no_admin(person):
    require_another_admin(person("user"))


@pytest.mark.django_db(transaction=True)
def test_the_lock_is_refused_where_it_would_not_hold():
    with pytest.raises(RuntimeError, match="transaction"):
        admin_lock()


def remove_each_other(person, role):
    """Two admins, each taking the role from the other at the same moment."""
    admin_role = role("admin")
    one, other = person("admin", "user"), person("admin", "user")

    def take_from(victim, by):
        return lambda: assignments.remove(victim, admin_role, by=by, meta=META)

    return together(take_from(one, by=other), take_from(other, by=one))


@pytest.mark.django_db(transaction=True)
def test_the_last_two_removing_each_other_leave_one(person, role):
    for _ in range(ROUNDS):
        results = remove_each_other(person, role)

        assert [result for result in results if result is None] == [None], results
        assert active_admins().count() == 1
        active_admins().get().delete()


@pytest.mark.django_db(transaction=True)
def test_the_program_taking_both_away_at_once_leaves_one(person, role):
    admin_role = role("admin")
    for _ in range(ROUNDS):
        admins = [person("admin", "user"), person("admin", "user")]

        results = together(
            *[
                lambda admin=admin: assignments.remove(admin, admin_role, by=None, meta=META)
                for admin in admins
            ]
        )

        assert sorted(map(type, results), key=str) == sorted([type(None), LastAdmin], key=str)
        assert active_admins().count() == 1
        active_admins().get().delete()


@needs_postgresql
@pytest.mark.django_db(transaction=True)
def test_without_the_shared_lock_both_would_be_gone(person, role, monkeypatch):
    for module in (last_admin, assignments, escalation):
        monkeypatch.setattr(module, "admin_lock", lambda: None)
    both_have_looked = Barrier(2)
    look = assignments.require_another_admin

    def look_and_wait(*leaving):
        look(*leaving)
        both_have_looked.wait(timeout=10)

    monkeypatch.setattr(assignments, "require_another_admin", look_and_wait)

    results = remove_each_other(person, role)

    assert results == [None, None]
    assert active_admins().count() == 0
