"""The outbox and the inbox in the staff site."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory
from django.utils import timezone

from notifications.admin import NotificationAdmin, OutboxMailAdmin
from notifications.kinds import Kind, State
from notifications.models import Notification, OutboxMail
from notifications.services import inbox
from rbac.permissions import Permission
from tests.factories import UserFactory
from tests.staff import holding

pytestmark = pytest.mark.django_db
OUTBOX, INBOX = "/staff/notifications/outboxmail/", "/staff/notifications/notification/"


@pytest.fixture
def staff(client):
    client.force_login(
        holding(Permission.ADMIN_ACCESS, Permission.SYSTEM_MANAGE, Permission.USER_READ)
    )
    return client


def given_up(row):
    OutboxMail.objects.filter(pk=row.pk).update(
        state=State.DEAD, attempts=19, last_error="SMTPRecipientsRefused 550"
    )
    return row


def waiting(row, *, leased=False):
    later = timezone.now() + timedelta(hours=1)
    OutboxMail.objects.filter(pk=row.pk).update(
        attempts=3, next_attempt_at=later, leased_until=later if leased else None
    )
    return row


def listed(answer):
    assert answer.status_code == 200
    return [row.pk for row in answer.context["cl"].result_list]


def said(answer):
    return [str(message) for message in answer.context["messages"]]


@pytest.mark.parametrize("page", [OUTBOX, INBOX])
def test_staff_write_nothing(staff, queue, owner, page):
    queue()
    inbox.notify(owner, Kind.SYSTEM, title="x", message="y")
    model = OutboxMail if page == OUTBOX else Notification
    row = f"{page}{model.objects.get().pk}/"

    assert staff.get(f"{page}add/").status_code == 403
    assert staff.post(f"{row}change/", {"mail": "x", "title": "x"}).status_code == 403
    assert staff.post(f"{row}delete/", {"post": "yes"}).status_code == 403
    assert model.objects.count() == 1


@pytest.mark.parametrize(
    ("page", "needed"), [(OUTBOX, Permission.SYSTEM_MANAGE), (INBOX, Permission.USER_READ)]
)
def test_each_is_for_who_holds_its_permission(client, queue, page, needed):
    queue()
    client.force_login(holding(*(set(Permission) - {needed})))

    assert client.get(page).status_code == 403
    assert page not in client.get("/staff/").content.decode()


def test_the_payload_is_neither_shown_nor_read(staff, queue):
    row = queue()
    shown = OutboxMailAdmin(OutboxMail, admin.site)

    found = shown.get_queryset(RequestFactory().get("/")).get(pk=row.pk)
    pages = staff.get(OUTBOX).content + staff.get(f"{OUTBOX}{row.pk}/change/").content

    assert "payload" in found.get_deferred_fields()
    assert b"sesame" not in pages
    assert b"anna@example.com" not in pages


def test_the_list_is_narrowed_by_state(staff, queue):
    dead, pending = given_up(queue()), waiting(queue())
    sent = queue()
    OutboxMail.objects.filter(pk=sent.pk).update(
        state=State.SENT, payload=None, sent_at=timezone.now()
    )

    assert listed(staff.get(OUTBOX)) == [sent.pk, pending.pk, dead.pk]
    assert listed(staff.get(OUTBOX, {"state": "dead"})) == [dead.pk]
    assert listed(staff.get(OUTBOX, {"state": "pending"})) == [pending.pk]
    assert listed(staff.get(OUTBOX, {"state": "sent"})) == [sent.pk]
    assert len(listed(staff.get(OUTBOX, {"state": "lost"}))) == 3
    assert staff.get(OUTBOX, {"mail": "reset_password"}).status_code == 400


def test_what_was_given_up_and_what_waits_is_sent_again_and_nothing_else(staff, queue):
    dead, pending, held, other = given_up(queue()), waiting(queue()), queue(), given_up(queue())
    waiting(held, leased=True)
    sent = queue()
    OutboxMail.objects.filter(pk=sent.pk).update(
        state=State.SENT, payload=None, sent_at=timezone.now()
    )
    marked = [str(row.pk) for row in (dead, pending, held, sent)]

    answer = staff.post(f"{OUTBOX}again/", {"mail": [*marked, "x", "\x00"]}, follow=True)

    assert said(answer) == ["2 mails are on their way again."]
    assert set(OutboxMail.objects.due(timezone.now())) == {dead, pending}
    assert list(OutboxMail.objects.dead()) == [other]


def test_all_that_was_given_up_is_sent_again(staff, queue):
    for _ in range(3):
        given_up(queue())

    page = staff.get(OUTBOX).content.decode()
    answer = staff.post(f"{OUTBOX}again/all/", follow=True)

    assert "Send all 3 that were given up again" in page
    assert said(answer) == ["3 mails are on their way again."]
    assert not OutboxMail.objects.dead().exists()


def test_sending_again_wants_the_permission_and_a_form_of_ours(client, staff, queue):
    row = given_up(queue())
    foreign = Client(enforce_csrf_checks=True)
    foreign.cookies = staff.cookies

    for path in ("again/", "again/all/"):
        by_link = staff.get(OUTBOX + path)
        assert (by_link.status_code, by_link.headers["Location"]) == (302, OUTBOX)
        assert staff.put(OUTBOX + path).status_code == 405
        assert foreign.post(OUTBOX + path, {"mail": str(row.pk)}).status_code == 403
    client.force_login(holding(*(set(Permission) - {Permission.SYSTEM_MANAGE})))
    for path in ("again/", "again/all/"):
        assert client.post(OUTBOX + path, {"mail": str(row.pk)}).status_code == 403
    assert list(OutboxMail.objects.dead()) == [row]


def test_one_mail_says_how_it_went_and_can_be_sent_again(staff, queue):
    row = given_up(queue())

    page = staff.get(f"{OUTBOX}{row.pk}/change/").content.decode()

    assert "SMTPRecipientsRefused 550" in page
    assert f'name="mail" value="{row.pk}"' in page


def test_notices_are_found_by_whose_they_are(staff, owner, stranger):
    inbox.notify(owner, Kind.SYSTEM, title="Hello <b>", message="To the owner")
    inbox.notify(stranger, Kind.SYSTEM, title="Hello", message="To the stranger")
    (own,) = Notification.objects.filter(user=owner)

    assert len(listed(staff.get(INBOX))) == 2
    assert listed(staff.get(INBOX, {"q": owner.email})) == [own.pk]
    assert listed(staff.get(INBOX, {"q": UserFactory().username})) == []
    page = staff.get(f"{INBOX}{own.pk}/change/").content.decode()
    assert "To the owner" in page
    assert "Hello &lt;b&gt;" in page


def test_lists_ask_the_same_for_many_rows(staff, owner, queue, django_assert_max_num_queries):
    for _ in range(30):
        queue()
        inbox.notify(owner, Kind.SYSTEM, title="x", message="y")

    for page in (OUTBOX, INBOX):
        with django_assert_max_num_queries(9):
            staff.get(page)


def test_no_list_is_counted_to_its_end():
    for model, page in ((OutboxMail, OutboxMailAdmin), (Notification, NotificationAdmin)):
        shown = page(model, admin.site)
        assert shown.paginator.__name__ == "ShallowPaginator"
        assert not shown.show_full_result_count


def test_a_notice_leads_to_whom_it_was_for(staff, owner):
    inbox.notify(owner, Kind.SYSTEM, title="x", message="y")

    page = staff.get(f"{INBOX}{Notification.objects.get().pk}/change/").content.decode()

    assert f'<a href="/staff/accounts/user/{owner.pk}/change/">{owner}</a>' in page
