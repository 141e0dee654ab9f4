"""What `make bench-scale` fills a database with is what the program itself would have stored."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import Count, F, Min, Q

from accounts.models import AccountLock, Profile, Session, User
from accounts.services import devices
from audit.kinds import Action
from audit.models import AuditEntry
from audit.services.marking import is_marked
from rbac.models import Role, RoleAssignment
from tests.benchmarks.scale.crowd import JITTER, PROLIFIC, Size
from tests.benchmarks.scale.fill import Filling, fill
from tests.benchmarks.scale.people import PASSWORD

SIZE = Size(users=500, sessions=700, entries=2_000)


@pytest.fixture
def filling(db: None) -> Filling:
    """Within the test's own transaction, by the writer of whichever database it is."""
    return fill(SIZE, processes=1)


def definitions() -> set[str]:
    """Indexes and constraints, word for word; PostgreSQL's catalogue alone has them so."""
    if connection.vendor != "postgresql":
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' UNION ALL "
            "SELECT conname || pg_get_constraintdef(oid) FROM pg_constraint"
        )
        return {definition for (definition,) in cursor.fetchall()}


def test_there_is_as_much_as_was_asked_for(filling: Filling) -> None:
    counts = {model: model._default_manager.count() for model in (User, Profile)}

    assert counts == {User: SIZE.users, Profile: SIZE.users}
    assert Session.objects.count() == SIZE.sessions
    assert AuditEntry.objects.count() == SIZE.entries


def test_names_are_as_the_program_would_have_set_them(filling: Filling) -> None:
    columns = ("email", "username", "first_name", "last_name", "search_text")

    for stored in User.objects.all():
        made = User()
        made.set_identity(**{name: getattr(stored, name) for name in columns[:-1]})
        assert [getattr(made, name) for name in columns] == [getattr(stored, n) for n in columns]
        User._meta.get_field("username").run_validators(stored.username)


def test_people_of_every_alphabet_and_in_every_state_are_among_them(filling: Filling) -> None:
    found = User.objects.aggregate(
        cyrillic=Count("pk", filter=Q(search_text__contains="вск")),
        umlauts=Count("pk", filter=Q(search_text__contains="ü")),
        greek=Count(
            "pk",
            filter=Q(
                search_text__contains="\N{GREEK SMALL LETTER OMICRON}\N{GREEK SMALL LETTER SIGMA}"
            ),
        ),
        suspended=Count("suspended_at"),
        deactivated=Count("deactivated_at"),
        with_factor=Count("two_factor_enabled_at"),
        unverified=Count("pk", filter=Q(email_verified_at=None)),
        never_in=Count("pk", filter=Q(last_login=None)),
    )

    assert min(found.values()) > 0, found


def test_nothing_happened_to_anybody_before_they_came(filling: Filling) -> None:
    too_early = Q()
    for column in ("last_login", "suspended_at", "deactivated_at", "deleted_at"):
        too_early |= Q(**{f"{column}__lt": F("created_at")})

    assert not User.objects.filter(too_early).exists()
    assert not Session.objects.filter(created_at__lt=F("user__created_at")).exists()


def test_a_key_says_when_its_person_came(filling: Filling) -> None:
    for person in User.objects.all():
        assert person.pk.version == 7
        assert abs((person.pk.int >> 80) - person.created_at.timestamp() * 1000) <= 1


def test_an_assignment_carries_when_its_person_came(filling: Filling) -> None:
    assert RoleAssignment.objects.filter(role__name="user").count() == SIZE.users
    assert not RoleAssignment.objects.exclude(user_created_at=F("user__created_at")).exists()
    assert not RoleAssignment.objects.exclude(user_facet=F("user__facet")).exists()


def test_roles_say_how_many_hold_them(filling: Filling) -> None:
    held = dict(Role.objects.values_list("name", "holders"))

    assert held == dict(
        Role.objects.annotate(number=Count("assignments")).values_list("name", "number")
    )
    assert held["admin"] == 10
    assert min(held.values()) > 0


def test_the_founders_all_came_in_the_first_year(filling: Filling) -> None:
    first = User.objects.aggregate(first=Min("created_at"))["first"]
    founders = RoleAssignment.objects.filter(role__name="founders")

    assert founders.count() == SIZE.users // 50
    assert all((each.user_created_at - first).days < 366 for each in founders)


def test_staff_can_sign_in(filling: Filling) -> None:
    admin = User.objects.filter(role_assignments__role__name="admin").first()

    assert admin is not None
    assert admin.check_password(PASSWORD)
    assert admin in User.objects.active()


def test_sessions_are_like_those_of_logins(filling: Filling) -> None:
    assert Session.objects.live().exists()

    for session in Session.objects.all():
        agent = devices.agent_of(session.user_agent)
        assert session.network == devices.wide_network(session.ip_address)
        stored = (session.device_name, session.browser, session.system)
        assert stored == (agent.name, agent.browser, agent.system)


def test_locks_are_of_people_who_are_there(filling: Filling) -> None:
    keys = set(AccountLock.objects.values_list("key", flat=True))

    assert keys
    assert keys == set(User.objects.filter(username__in=keys).values_list("username", flat=True))


def test_entries_ascend_in_time_but_for_the_jitter(filling: Filling) -> None:
    latest = None
    for entry in AuditEntry.objects.order_by("pk"):
        assert entry.action in Action
        assert latest is None or (latest - entry.timestamp).total_seconds() <= 2 * JITTER
        latest = max(latest or entry.timestamp, entry.timestamp)


def test_entries_name_people_who_were_there(filling: Filling) -> None:
    created = dict(User.objects.values_list("pk", "created_at"))

    for entry in AuditEntry.objects.exclude(user=filling.crowd.key(PROLIFIC)):
        for person in (entry.user_id, entry.actor_id):
            assert person is None or (created[person] - entry.timestamp).total_seconds() <= JITTER


def test_one_person_has_a_hundredth_of_all_entries(filling: Filling) -> None:
    share = AuditEntry.objects.about(filling.crowd.key(PROLIFIC)).count() / SIZE.entries

    assert 0.009 < share < 0.02


def test_every_entry_has_a_salt_of_its_own(filling: Filling) -> None:
    assert AuditEntry.objects.values("salt").distinct().count() == SIZE.entries


def test_entries_can_carry_the_marks_of_the_program(db: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("COPY alone reads bytes from text")

    fill(SIZE, processes=1, is_marked=True)

    assert all(is_marked(entry) for entry in AuditEntry.objects.all())


def test_what_is_added_afterwards_gets_the_next_key(filling: Filling) -> None:
    entry = AuditEntry.objects.create(action=Action.USER_LOGIN, resource="user")

    assert entry.pk == SIZE.entries + 1


def test_indexes_and_constraints_are_there_again(db: None) -> None:
    before = definitions()

    fill(SIZE, processes=1)

    assert definitions() == before
