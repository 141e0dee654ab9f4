from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.kinds import Action
from audit.models import AuditEntry
from config.common.errors import NotFound, ValidationFailed
from config.common.request_meta import RequestMeta
from notifications.models import Notification
from rbac import selectors
from rbac.errors import LastAdmin, LastRole, PermissionEscalation, RoleAlreadyAssigned
from rbac.models import Role, RoleAssignment
from rbac.services import assignments
from tests.rbac.together import together

pytestmark = pytest.mark.django_db
META = RequestMeta(ip="192.0.2.7")


@pytest.fixture
def tomorrow():
    return timezone.now() + timedelta(days=1)


def test_a_new_account_gets_its_role_in_one_statement(person, django_assert_num_queries):
    newcomer = person()

    with django_assert_num_queries(1):
        assignments.assign_default(newcomer)

    assert selectors.role_names(newcomer.pk) == ["user"]
    assert not AuditEntry.objects.exists()


def test_a_new_account_without_the_role_is_an_error_and_no_silence(person, role):
    newcomer = person()
    role("user").delete()

    with pytest.raises(IntegrityError), transaction.atomic():
        assignments.assign_default(newcomer)


def test_who_gets_another_end_is_not_told_of_a_new_role(person, role, tomorrow, mails):
    owner = person("user", "moderator")

    assignments.assign(owner, role("moderator"), by=None, meta=META, expires_at=tomorrow)
    assignments.assign(owner, role("moderator"), by=None, meta=META)

    titles = Notification.objects.filter(user=owner).values_list("title", flat=True)
    assert list(titles) == ["The end of a role of yours was changed"] * 2
    ended, lasting = (mail.body for mail in mails())
    assert "Roles whose end was changed: moderator\nUntil: " in ended
    assert "Roles whose end was changed: moderator\nUntil: without an end" in lasting
    assert "New roles" not in ended + lasting


def test_a_role_given_holds_at_once_and_is_recorded_and_told(person, role):
    admin, owner = person("admin"), person("user")
    assert not owner.has_perm("rbac.user_read")

    assignments.assign(owner, role("moderator"), by=admin, meta=META)

    assert owner.has_perm("rbac.user_read")
    assert RoleAssignment.objects.get(user=owner, role__name="moderator").assigned_by == admin
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.user) == (Action.ROLE_ASSIGNED, admin, owner)
    assert entry.details == {"role": "moderator", "expiresAt": None}
    notice = Notification.objects.get()
    assert (notice.user_id, notice.type) == (owner.pk, "ROLE_CHANGED")
    assert "moderator" in notice.message


def test_the_same_again_is_refused(person, role, tomorrow):
    admin, owner = person("admin"), person("user")
    assignments.assign(owner, role("moderator"), by=admin, meta=META, expires_at=tomorrow)

    with pytest.raises(RoleAlreadyAssigned):
        assignments.assign(owner, role("moderator"), by=admin, meta=META, expires_at=tomorrow)
    with pytest.raises(RoleAlreadyAssigned):
        assignments.assign(owner, role("user"), by=admin, meta=META)


def test_another_end_changes_it(person, role, tomorrow):
    admin, owner = person("admin"), person("user")
    assignments.assign(owner, role("moderator"), by=admin, meta=META)

    changed = assignments.assign(owner, role("moderator"), by=admin, meta=META, expires_at=tomorrow)

    assert RoleAssignment.objects.get(pk=changed.pk).expires_at == tomorrow
    assert "previousExpiresAt" in AuditEntry.objects.latest("pk").details


def test_a_role_that_ran_out_can_be_given_anew(person, role):
    admin = person("admin")
    owner = person("moderator", until=timezone.now() - timedelta(seconds=1))

    assignments.assign(owner, role("moderator"), by=admin, meta=META)

    assert selectors.role_names(owner.pk) == ["moderator"]


def test_an_end_in_the_past_is_a_fault_in_the_field(person, role):
    with pytest.raises(ValidationFailed) as fault:
        assignments.assign(
            person("user"), role("moderator"), by=None, meta=META, expires_at=timezone.now()
        )

    assert fault.value.errors[0].field == "expiresAt"


def test_the_last_role_without_an_end_gets_none(person, role, tomorrow):
    owner = person("user")

    with pytest.raises(LastRole):
        assignments.assign(owner, role("user"), by=None, meta=META, expires_at=tomorrow)


def test_the_last_admin_gets_no_end(person, role, tomorrow):
    admin = person("admin", "user")

    with pytest.raises(LastAdmin):
        assignments.assign(admin, role("admin"), by=admin, meta=META, expires_at=tomorrow)


def test_nobody_gives_or_takes_what_they_do_not_hold(person, role):
    person("admin")
    clerks = Role.objects.create(name="clerks")
    clerks.permissions.add(*role("admin").permissions.filter(codename="role_assign"))
    clerk, owner, admin = person("clerks"), person("user"), person("admin", "user")

    with pytest.raises(PermissionEscalation):
        assignments.assign(owner, role("moderator"), by=clerk, meta=META)
    with pytest.raises(PermissionEscalation):
        assignments.remove(admin, role("admin"), by=clerk, meta=META)
    assignments.assign(owner, clerks, by=clerk, meta=META)

    assert selectors.role_names(owner.pk) == ["clerks", "user"]


def test_what_the_giver_held_when_the_request_came_in_does_not_count(person, role):
    admin, owner = person("admin"), person("user")
    assert admin.has_perm("rbac.audit_read")
    RoleAssignment.objects.filter(user=admin).delete()

    with pytest.raises(PermissionEscalation):
        assignments.assign(owner, role("moderator"), by=admin, meta=META)


def test_a_role_taken_away_is_gone_and_recorded_and_told(person, role):
    admin, owner = person("admin"), person("user", "moderator")
    assert owner.has_perm("rbac.user_read")

    assignments.remove(owner, role("moderator"), by=admin, meta=META)

    assert not owner.has_perm("rbac.user_read")
    assert selectors.role_names(owner.pk) == ["user"]
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.user) == (Action.ROLE_REMOVED, admin, owner)
    assert Notification.objects.get().user_id == owner.pk


def test_what_is_not_held_cannot_be_taken(person, role):
    owner = person("user")
    guest = person("moderator", until=timezone.now() - timedelta(seconds=1))

    with pytest.raises(NotFound):
        assignments.remove(owner, role("moderator"), by=None, meta=META)
    with pytest.raises(NotFound):
        assignments.remove(guest, role("moderator"), by=None, meta=META)


def test_everyone_keeps_one_role_without_an_end(person, role, tomorrow):
    owner = person("user")
    assignments.assign(owner, role("moderator"), by=None, meta=META, expires_at=tomorrow)

    with pytest.raises(LastRole):
        assignments.remove(owner, role("user"), by=None, meta=META)
    assignments.remove(owner, role("moderator"), by=None, meta=META)

    assert selectors.role_names(owner.pk) == ["user"]


def test_the_last_admin_keeps_the_role(person, role):
    admin = person("admin")

    with pytest.raises(LastAdmin):
        assignments.remove(admin, role("admin"), by=admin, meta=META)


@pytest.mark.django_db(transaction=True)
def test_both_roles_taken_at_once_leave_one(person, role):
    one, other = role("user"), role("moderator")
    for _ in range(10):
        owner = person("user", "moderator")

        results = together(
            lambda owner=owner: assignments.remove(owner, one, by=None, meta=META),
            lambda owner=owner: assignments.remove(owner, other, by=None, meta=META),
        )

        assert sorted(map(type, results), key=str) == sorted([type(None), LastRole], key=str)
        assert len(selectors.role_names(owner.pk)) == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_role_given_twice_at_once_is_given_once(person, role):
    moderator, owner = role("moderator"), person("user")

    def give():
        return assignments.assign(owner, moderator, by=None, meta=META)

    results = together(give, give, give)

    assert [type(result) for result in results].count(RoleAlreadyAssigned) == 2
    assert AuditEntry.objects.count() == 1
