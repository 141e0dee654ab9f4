"""What `manage.py demo` fills in: plausible, whole, and as the program would have done it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random

import pytest
from django.core import mail
from django.db import connection, transaction
from django.db.models import Count, F, Q
from django.utils import timezone

from accounts.demo import changes, filling, giving, lives, staff
from accounts.demo.people import COUNT, Person, crowd
from accounts.demo.story import DAYS, Story
from accounts.models import AccountLock, BackupCode, Profile, Session, TotpDevice, User
from accounts.selectors import impersonations
from accounts.services import figures
from audit.models import AuditEntry
from audit.services.marking import is_marked
from config.common.ids import uuid7
from notifications.kinds import State
from notifications.models import Notification, OutboxMail
from notifications.services import outbox
from rbac.models import Role, RoleAssignment

PASSWORD = "Invented-People-7"
NOW = timezone.now()


@pytest.fixture(scope="module")
def _there(django_db_setup, django_db_blocker) -> Iterator[None]:
    """Filled in once for all tests here, which only look; taken back in the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        filling.fill(seed=1, password=PASSWORD, said=lambda *_: None)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def there(_there: None, django_db_blocker) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


def told(seed: int) -> tuple[list[Person], Story]:
    """Without a database."""
    story = Story(Random(seed), NOW)
    people = crowd(story, set())
    for person in people:
        lives.live(person, story)
    changes.raids(story)
    staff.work(people, story)
    return people, story


def outline(seed: int) -> list[tuple[object, ...]]:
    """Of everything but secrets."""
    people, story = told(seed)
    return [
        *((one.user.username, one.user.email, one.user.created_at) for one in people),
        *((one.action, one.timestamp, one.user_id, one.ip_address) for one in story.entries),
        *((one.pk, one.created_at, one.revoked_at) for one in story.sessions),
    ]


def test_the_same_seed_tells_the_same_story_and_another_seed_another():
    first = outline(1)

    assert outline(1) == first
    assert outline(2) != first


def test_names_that_somebody_has_are_left_to_them():
    mine = {person.user.username for person in crowd(Story(Random(1), NOW), set())}

    others = [
        person.user.username for person in crowd(Story(Random(1), NOW), mine - {"demo_admin"})
    ]

    assert set(others) & mine == {"demo_admin"}
    assert len(set(others)) == COUNT


def test_there_are_three_hundred_of_every_state(there):
    found = User.objects.aggregate(
        all=Count("pk"),
        suspended=Count("suspended_at"),
        deactivated=Count("deactivated_at"),
        deleted=Count("deleted_at"),
        invited=Count("invited_at"),
        unverified=Count("pk", filter=Q(email_verified_at=None)),
        with_factor=Count("two_factor_enabled_at"),
    )

    assert found.pop("all") == COUNT == Profile.objects.count()
    assert min(found.values()) >= 5, found
    assert figures.people()["locked"] == AccountLock.objects.count() == 4


def test_names_are_as_the_program_would_have_set_them(there):
    columns = ("email", "username", "first_name", "last_name", "search_text")
    for stored in User.objects.all():
        made = User()
        made.set_identity(**{name: getattr(stored, name) for name in columns[:-1]})
        assert [getattr(made, name) for name in columns] == [getattr(stored, n) for n in columns]
        User._meta.get_field("username").run_validators(stored.username)


def test_nobodys_mail_would_reach_anybody(there):
    assert not User.objects.exclude(filling.INVENTED).exists()
    assert not User.objects.exclude(email__endswith=".example").exists()


def test_nothing_happened_to_anybody_before_they_came(there):
    too_early = Q()
    for column in ("last_login", "suspended_at", "deactivated_at", "deleted_at"):
        too_early |= Q(**{f"{column}__lt": F("created_at")})

    assert not User.objects.filter(too_early).exists()
    for row in (Session, Notification):
        assert not row.objects.filter(created_at__lt=F("user__created_at")).exists()
    born = dict(User.objects.values_list("pk", "created_at"))
    for entry in AuditEntry.objects.exclude(user=None):
        assert entry.timestamp >= born[entry.user_id], entry.action


def test_nothing_is_still_to_come(there):
    now = timezone.now()

    assert not AuditEntry.objects.filter(timestamp__gt=now).exists()
    assert not Session.objects.filter(Q(created_at__gt=now) | Q(last_activity__gt=now)).exists()
    assert not Session.objects.filter(revoked_at__lt=F("created_at")).exists()


def test_every_sign_in_has_its_session(there):
    named = AuditEntry.objects.filter(action="USER_LOGIN").values_list("resource_id", "user_id")
    own = Session.objects.filter(impersonator=None)

    assert {(str(one.pk), one.user_id) for one in own} == set(named)


def test_who_left_is_out(there):
    now = timezone.now()
    left = User.objects.exclude(pk__in=User.objects.active())

    assert not Session.objects.live().filter(user__in=left).exists()
    assert not Session.objects.filter(user__in=left, revoked_at=None, expires_at__gt=now).exists()


def test_there_are_live_sessions_of_every_kind(there):
    kinds = dict(Session.objects.live().values_list("kind").annotate(Count("pk")))
    acting = Session.objects.live().get(kind="impersonation")

    assert min(kinds["api"], kinds["browser"]) > 50
    assert impersonations.stands(acting.pk)


def test_second_factors_are_whole(there):
    holders = set(User.objects.exclude(two_factor_enabled_at=None).values_list("pk", flat=True))

    assert set(TotpDevice.objects.filter(confirmed=True).values_list("user", flat=True)) == holders
    counts = BackupCode.objects.values("device__user").annotate(n=Count("pk"))
    assert {row["device__user"]: row["n"] for row in counts} == dict.fromkeys(holders, 10)
    assert all(len(bytes.fromhex(app.seed)) == 20 for app in TotpDevice.objects.all())
    assert BackupCode.objects.exclude(used_at=None).exists()


def test_everybody_has_the_role_of_everybody_and_some_have_others(there):
    held = dict(Role.objects.annotate(n=Count("assignments")).values_list("name", "n"))

    assert held["user"] == COUNT
    assert (held["admin"], held["support"], held["auditor"], held["moderator"]) == (3, 4, 2, 4)
    assert min(held[name] for name in giving.ROLES) > 0
    assert RoleAssignment.objects.filter(expires_at__gt=timezone.now()).exists()
    assert not RoleAssignment.objects.exclude(user_created_at=F("user__created_at")).exists()


def test_entries_are_the_programs_own_and_lie_in_the_order_of_their_times(there):
    entries = list(AuditEntry.objects.order_by("pk"))

    assert all(is_marked(entry) for entry in entries)
    assert [e.timestamp for e in entries] == sorted(e.timestamp for e in entries)
    assert len({entry.salt for entry in entries}) == len(entries)


def test_sign_ups_grow_nights_are_quiet_and_so_are_weekends(there):
    came = list(User.objects.values_list("created_at", flat=True))
    month = timedelta(days=30)
    first, last = (
        sum(start <= moment < start + month for moment in came)
        for start in (NOW - 3 * month, NOW - month)
    )
    logins = AuditEntry.objects.filter(action="USER_LOGIN").values_list("timestamp", flat=True)
    by_hour = [sum(one.hour == hour for one in logins) for hour in range(24)]
    by_day = [sum(one.weekday() == day for one in logins) for day in range(7)]

    assert last > 1.5 * first
    assert max(by_hour[8:12]) > 4 * max(by_hour[1:4])
    assert min(by_day[:5]) > 1.3 * max(by_day[5:])
    assert min(logins) > NOW - timedelta(days=DAYS + 1)


def test_changes_tell_what_was_and_what_is(there):
    changed = AuditEntry.objects.filter(action="PROFILE_UPDATED", details__has_key="old")
    acting = AuditEntry.objects.exclude(impersonating=None)

    assert changed.count() > 50
    assert {"PROFILE_UPDATED", "ADMIN_IMPERSONATION_ENDED"} == {entry.action for entry in acting}
    assert all(entry.actor_id != entry.user_id == entry.impersonating_id for entry in acting)


def test_the_outbox_holds_mails_of_all_states_and_what_waits_can_be_sent(there, settings):
    states = dict(OutboxMail.objects.values_list("state").annotate(Count("pk")))
    assert (states[State.PENDING], states[State.DEAD]) == (5, 3)
    assert states[State.SENT] > 50
    assert outbox.deliver_due().sent == 0

    waiting = OutboxMail.objects.pending().first()
    assert waiting is not None
    assert waiting.payload["to"] == waiting.user.email
    assert "/verify-email?token=" in waiting.payload["context"]["link"]
    assert mail.outbox == []


def test_some_notices_are_in_the_language_of_their_reader(there):
    titles = Notification.objects.filter(user__language="de", type="LOGIN_ALERT")

    assert set(titles.values_list("title", flat=True)) == {"Neue Anmeldung"}


def test_a_key_says_when_its_row_came(there):
    for row in [*User.objects.all(), *Session.objects.all()[:500]]:
        assert row.pk.version == uuid7().version
        assert abs((row.pk.int >> 80) - row.created_at.timestamp() * 1000) <= 1


def test_the_search_finds_them(there):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's index is an ordinary one.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM accounts_user_search")
        assert cursor.fetchone() == (COUNT,)
