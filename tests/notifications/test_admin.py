from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import RequestFactory

from notifications.admin import NotificationAdmin, OutboxMailAdmin
from notifications.kinds import State
from notifications.models import Notification, OutboxMail


@pytest.fixture
def request_of_staff(person):
    request = RequestFactory().get("/")
    request.user = person
    return request


@pytest.mark.parametrize(
    ("site", "model"), [(OutboxMailAdmin, OutboxMail), (NotificationAdmin, Notification)]
)
def test_staff_write_nothing(request_of_staff, site, model):
    shown = site(model, admin.site)

    assert not shown.has_add_permission(request_of_staff)
    assert not shown.has_change_permission(request_of_staff)
    assert not shown.has_delete_permission(request_of_staff)


def test_the_payload_is_neither_shown_nor_read(request_of_staff, queue):
    row = queue()
    shown = OutboxMailAdmin(OutboxMail, admin.site)

    fields = {*shown.get_fields(request_of_staff), *shown.get_list_display(request_of_staff)}
    found = shown.get_queryset(request_of_staff).get(pk=row.pk)

    assert fields & {"payload", "user"} == set()
    assert "payload" in found.get_deferred_fields()


def test_dead_mail_is_sent_again(request_of_staff, queue, monkeypatch):
    dead, other = queue(), queue()
    OutboxMail.objects.update(state=State.DEAD)
    shown = OutboxMailAdmin(OutboxMail, admin.site)
    told = []
    monkeypatch.setattr(shown, "message_user", lambda _, text: told.append(text))

    shown.send_again(request_of_staff, OutboxMail.objects.filter(pk=dead.pk))

    assert list(OutboxMail.objects.dead()) == [other]
    assert told == ["1 mail is on its way again."]
