from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest
from django.utils.translation import gettext_lazy as _

from config.common.errors import NotFound
from notifications.kinds import Kind
from notifications.models import Notification
from notifications.services import inbox


def test_a_notice_is_kept_with_what_it_is_about(person):
    session = uuid.uuid4()

    made = inbox.notify(
        person, Kind.LOGIN_ALERT, title="New sign-in", message="From Firefox.", session=session
    )

    kept = Notification.objects.get()
    assert kept == made
    assert (kept.user_id, kept.type, kept.title) == (person.pk, "LOGIN_ALERT", "New sign-in")
    assert kept.metadata == {"session": str(session)}
    assert kept.is_read is False


def test_metadata_may_hold_times(person):
    inbox.notify(
        person, Kind.SYSTEM, title="t", message="m", until=datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    )

    assert Notification.objects.get().metadata == {"until": "2026-01-02T03:04:00Z"}


@pytest.mark.parametrize(("language", "title"), [("de", "Ja"), ("en", "Yes"), ("xx", "Yes")])
def test_lazy_texts_come_out_in_the_language_of_the_person(make_person, language, title):
    person = make_person(language=language)

    # One of Django's own texts, so that no catalogue of ours is needed.
    made = inbox.notify(person, Kind.SYSTEM, title=_("Yes"), message="")

    assert made.title == title


def test_many_are_told_in_one_statement_each_in_their_language(
    make_person, django_assert_num_queries
):
    people = [make_person(username=f"p{n}", language=("en", "de", "xx")[n % 3]) for n in range(9)]

    with django_assert_num_queries(1):
        told = inbox.notify_all(
            people, Kind.ROLE_CHANGED, title=_("Yes"), message="…", role="editor"
        )

    assert told == 9
    for person in people:
        notice = Notification.objects.get(user=person)
        assert notice.title == ("Ja" if person.language == "de" else "Yes")
        assert (notice.type, notice.metadata, notice.is_read) == (
            Kind.ROLE_CHANGED,
            {"role": "editor"},
            False,
        )


def test_telling_nobody_asks_the_database_nothing():
    assert inbox.notify_all([], Kind.ROLE_CHANGED, title="…", message="…") == 0


def test_reading_a_notice_twice_is_no_error(person):
    notice = inbox.notify(person, Kind.SYSTEM, title="t", message="m")

    inbox.mark_read(person, notice.pk)
    inbox.mark_read(person, notice.pk)

    notice.refresh_from_db()
    assert notice.is_read is True


@pytest.mark.parametrize("change", [inbox.mark_read, inbox.delete])
def test_the_notice_of_somebody_else_is_not_found(make_person, change):
    owner, stranger = make_person("owner"), make_person("stranger")
    notice = inbox.notify(owner, Kind.SYSTEM, title="t", message="m")

    with pytest.raises(NotFound):
        change(stranger, notice.pk)

    notice.refresh_from_db()
    assert notice.is_read is False


def test_marking_all_read_counts_the_unread_ones_of_the_person_alone(make_person):
    owner, stranger = make_person("owner"), make_person("stranger")
    for someone in (owner, owner, owner, stranger):
        inbox.notify(someone, Kind.SYSTEM, title="t", message="m")
    inbox.mark_read(owner, Notification.objects.filter(user=owner).latest("id").pk)

    count = inbox.mark_all_read(owner)

    assert count == 2
    assert list(Notification.objects.unread().values_list("user", flat=True)) == [stranger.pk]


def test_a_deleted_notice_is_gone(person):
    gone = inbox.notify(person, Kind.SYSTEM, title="gone", message="m")
    inbox.notify(person, Kind.SYSTEM, title="stays", message="m")

    inbox.delete(person, gone.pk)

    assert Notification.objects.get().title == "stays"


def test_clearing_empties_the_inbox_of_the_person_alone(make_person):
    owner, stranger = make_person("owner"), make_person("stranger")
    for someone in (owner, owner, stranger):
        inbox.notify(someone, Kind.SYSTEM, title="t", message="m")

    count = inbox.clear(owner)

    assert count == 2
    assert Notification.objects.get().user_id == stranger.pk


def test_kinds_that_concern_security_go_by_mail_too():
    by_mail = {kind.value for kind in Kind if kind.is_security}

    assert by_mail == {"PASSWORD_CHANGED", "LOGIN_ALERT", "SECURITY_ALERT"}
