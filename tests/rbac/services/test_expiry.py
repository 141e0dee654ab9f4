from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.services.tasks import TASKS
from audit.kinds import Action
from audit.models import AuditEntry
from config.common.errors import NotFound
from config.common.request_meta import RequestMeta
from notifications.models import Notification
from rbac.models import RoleAssignment
from rbac.services import assignments, expiry
from tests.factories import UserFactory
from tests.rbac.together import together

pytestmark = pytest.mark.django_db
META = RequestMeta()


@pytest.fixture
def ended(role):
    """Somebody whose role as a moderator ran out a while ago."""

    def make(**fields):
        user = UserFactory(**fields)
        RoleAssignment.objects.create(
            user=user, role=role("moderator"), expires_at=timezone.now() - timedelta(minutes=1)
        )
        return user

    return make


def roles_of(user):
    names = RoleAssignment.objects.filter(user=user).values_list("role__name", flat=True)
    return sorted(names)


def test_what_ran_out_is_taken_out_recorded_and_told(ended, mails):
    owner = ended()

    assert expiry.end_overdue() == 1

    assert roles_of(owner) == ["user"]
    entry = AuditEntry.objects.get(action=Action.ROLE_EXPIRED)
    assert (entry.user, entry.actor, entry.resource) == (owner, None, "role")
    assert entry.details["role"] == "moderator"
    assert entry.details["expiresAt"].endswith("Z")
    notice = Notification.objects.get(user=owner)
    assert (notice.type, notice.metadata) == ("ROLE_CHANGED", {"role": "moderator"})
    assert "moderator" in mails()[-1].body


def test_what_has_no_end_or_one_to_come_stays(person):
    owner = person("user")
    person("moderator", until=timezone.now() + timedelta(seconds=30))

    assert expiry.end_overdue() == 0

    assert roles_of(owner) == ["user"]
    assert RoleAssignment.objects.count() == 2
    assert not AuditEntry.objects.exists()


def test_more_than_one_step_is_done_in_one_run(ended, monkeypatch):
    monkeypatch.setattr(expiry, "STEP", 2)
    people = [ended() for _ in range(5)]

    assert expiry.end_overdue() == 5

    assert {name for user in people for name in roles_of(user)} == {"user"}
    assert AuditEntry.objects.filter(action=Action.ROLE_EXPIRED).count() == 5


def test_a_step_costs_the_same_few_locks_and_entries_however_many(
    ended, django_assert_max_num_queries
):
    for _ in range(6):
        ended()

    # The keys, the people, the rows, DELETE, the entries, two savepoints; two for each notice
    # and mail, and one for what they want by mail.
    with django_assert_max_num_queries(8 + 6 * 4):
        expiry.end_overdue()


def test_once_given_anew_it_runs_on_and_the_end_is_recorded(ended, role):
    owner = ended()

    assignments.assign(owner, role("moderator"), by=None, meta=META)

    assert expiry.end_overdue() == 0
    assert roles_of(owner) == ["moderator", "user"]
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == [Action.ROLE_EXPIRED, Action.ROLE_ASSIGNED]
    assert "previousExpiresAt" not in AuditEntry.objects.latest("pk").details


def test_who_is_gone_meanwhile_is_nobody_to_tell(ended, monkeypatch):
    owner = ended()
    held = expiry.hold_those

    def erased_meanwhile(ids):
        ids = list(ids)
        RoleAssignment.objects.filter(user=owner).delete()
        type(owner).objects.filter(pk=owner.pk).delete()
        return held(ids)

    monkeypatch.setattr(expiry, "hold_those", erased_meanwhile)
    Notification.objects.filter(user=owner).delete()
    owner.profile.delete()
    owner.password_records.all().delete()

    assert expiry.end_overdue() == 0
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_take_each_out_once(ended):
    for _ in range(10 if connection.vendor == "postgresql" else 2):
        people = [ended() for _ in range(4)]

        results = together(*[expiry.end_overdue] * 4)

        assert sum(results) == 4, results
        for user in people:
            assert AuditEntry.objects.filter(action=Action.ROLE_EXPIRED, user=user).count() == 1
            assert Notification.objects.filter(user=user).count() == 1


@pytest.mark.django_db(transaction=True)
def test_given_anew_in_the_moment_in_which_it_is_taken_out_it_stays_given(ended, role):
    moderator = role("moderator")
    for _ in range(10 if connection.vendor == "postgresql" else 2):
        owner = ended()

        results = together(
            expiry.end_overdue,
            lambda owner=owner: assignments.assign(owner, moderator, by=None, meta=META),
        )

        assert not [result for result in results if isinstance(result, Exception)], results
        assert roles_of(owner) == ["moderator", "user"]
        assert AuditEntry.objects.filter(action=Action.ROLE_EXPIRED, user=owner).count() == 1


def test_the_worker_does_it_every_minute():
    task = next(task for task in TASKS if task.name == "expired roles")

    assert task.work is expiry.end_overdue
    assert task.every == timedelta(minutes=1)


def test_a_role_cannot_be_given_to_who_was_erased(role):
    gone = UserFactory.build()

    with pytest.raises(NotFound):
        assignments.assign(gone, role("moderator"), by=None, meta=META)
