from __future__ import annotations

from notifications import selectors
from notifications.kinds import Kind
from notifications.services import inbox


def test_an_inbox_shows_the_newest_first_and_nobody_elses(make_person):
    owner, stranger = make_person("owner"), make_person("stranger")
    first = inbox.notify(owner, Kind.SYSTEM, title="first", message="m")
    inbox.notify(stranger, Kind.SYSTEM, title="other", message="m")
    second = inbox.notify(owner, Kind.SYSTEM, title="second", message="m")

    assert list(selectors.inbox(owner)) == [second, first]


def test_unread_notices_can_be_listed_and_counted_alone(make_person):
    owner, stranger = make_person("owner"), make_person("stranger")
    read = inbox.notify(owner, Kind.SYSTEM, title="read", message="m")
    unread = inbox.notify(owner, Kind.SYSTEM, title="unread", message="m")
    inbox.notify(stranger, Kind.SYSTEM, title="other", message="m")
    inbox.mark_read(owner, read.pk)

    assert list(selectors.inbox(owner, unread_only=True)) == [unread]
    assert selectors.unread_count(owner) == 1
