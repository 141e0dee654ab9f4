from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Session, TrustedDevice
from accounts.models.session import Kind
from audit.models import AuditEntry
from notifications.models import Notification, OutboxMail
from tests.accounts.conftest import code_of
from tests.factories import UserFactory

ENDED = (401, "SESSION_REVOKED")
UNKNOWN = "019aaf3e-5c1f-7c52-9d43-0c6f5a2b7e10"


def outcomes(client):
    """What access and refresh token are worth now."""
    body = {"refreshToken": client.refresh_token}
    return [
        code_of(client.get("users/profile")),
        code_of(client.post("auth/refresh", body, HTTP_AUTHORIZATION="")),
    ]


def entries(action):
    return list(AuditEntry.objects.filter(action=action).order_by("pk"))


@pytest.fixture
def phone(owner, client_for):
    """The device that gets signed out."""
    return client_for(owner, deviceName="Ada's phone")


@pytest.fixture
def laptop(owner, client_for, phone):
    """The device that the owner holds."""
    return client_for(owner, deviceName="Ada's laptop")


def test_a_revoked_device_is_out_at_the_next_request(phone, laptop):
    answer = laptop.delete(f"sessions/{phone.session_id}")

    assert answer.status_code == 200
    assert outcomes(phone) == [ENDED, ENDED]
    assert outcomes(laptop) == [(200, ""), (200, "")]


def test_a_device_may_sign_itself_out(phone, laptop):
    answer = phone.delete(f"sessions/{phone.session_id}")

    assert answer.status_code == 200
    assert outcomes(phone) == [ENDED, ENDED]
    assert not OutboxMail.objects.filter(mail="sessions_ended").exists()


def test_a_stranger_finds_no_session_of_the_owners(phone, stranger, client_for):
    answer = client_for(stranger).delete(f"sessions/{phone.session_id}")

    assert code_of(answer) == (404, "NOT_FOUND")
    assert outcomes(phone) == [(200, ""), (200, "")]
    assert entries("SESSION_REVOKED") == []


@pytest.mark.parametrize("bad", [UNKNOWN, "1", "x" * 300, "current", UNKNOWN.replace("-", "")])
def test_an_unknown_or_malformed_id_is_not_found(laptop, bad):
    assert code_of(laptop.delete(f"sessions/{bad}")) == (404, "NOT_FOUND")


def test_a_session_ends_once(phone, laptop):
    laptop.delete(f"sessions/{phone.session_id}")

    again = laptop.delete(f"sessions/{phone.session_id}")

    assert code_of(again) == (404, "NOT_FOUND")
    assert len(entries("SESSION_REVOKED")) == 1


def test_ending_a_device_is_an_entry_a_notice_and_a_mail(phone, laptop, owner, mails):
    Notification.objects.all().delete()

    laptop.delete(f"sessions/{phone.session_id}")

    (entry,) = entries("SESSION_REVOKED")
    assert (entry.user_id, entry.actor_id) == (owner.pk, owner.pk)
    assert (entry.resource, entry.resource_id) == ("session", phone.session_id)
    assert entry.details == {"device": "Ada's phone"}
    notice = Notification.objects.get()
    assert (notice.type, notice.user_id) == ("SECURITY_ALERT", owner.pk)
    assert notice.message == "Signed out: Ada's phone."
    assert "- Ada's phone" in mails()[-1].body
    assert "/not-me?token=" in mails()[-1].body


def test_an_admin_can_be_shown_out(phone, laptop, owner):
    admin = UserFactory(first_name="Grace", last_name="Hopper")
    held = Session.objects.create(
        user=owner,
        kind=Kind.IMPERSONATION,
        impersonator=admin,
        device_name="Opera on Solaris",
        expires_at=timezone.now() + timedelta(minutes=15),
    )

    answer = laptop.delete(f"sessions/{held.pk}")

    assert answer.status_code == 200
    told = Notification.objects.latest("id").message
    assert told == "Signed out: Impersonation by Grace Hopper."


def test_all_others_go_and_this_one_stays(phone, laptop, owner, stranger, client_for):
    tablet, other = client_for(owner), client_for(stranger)

    answer = laptop.post("sessions/revoke-all")

    assert answer.data["data"] == {"revokedCount": 2}
    assert [outcomes(client) for client in (phone, tablet)] == [[ENDED, ENDED]] * 2
    assert outcomes(laptop) == [(200, ""), (200, "")]
    assert outcomes(other) == [(200, ""), (200, "")]


def test_those_that_were_over_are_not_counted(phone, laptop, owner):
    now = timezone.now()
    day = timedelta(days=1)
    Session.objects.create(user=owner, expires_at=now - day)
    idle = Session.objects.create(user=owner, expires_at=now + day, rotated_at=now - 8 * day)

    answer = laptop.post("sessions/revoke-all")

    assert answer.data["data"] == {"revokedCount": 1}
    idle.refresh_from_db()
    assert idle.revoked_at is not None


def test_trusted_devices_go_too(laptop, owner, stranger):
    for user in (owner, stranger):
        TrustedDevice.objects.create(
            user=user, device_id=uuid.uuid4(), expires_at=timezone.now() + timedelta(days=30)
        )

    laptop.post("sessions/revoke-all")

    assert [device.user_id for device in TrustedDevice.objects.all()] == [stranger.pk]


def test_signing_the_others_out_is_an_entry_a_notice_and_a_mail(phone, laptop, owner, mails):
    Notification.objects.all().delete()

    laptop.post("sessions/revoke-all")

    (entry,) = entries("ALL_SESSIONS_REVOKED")
    assert (entry.user_id, entry.actor_id, entry.details) == (owner.pk, owner.pk, {"count": 1})
    assert Notification.objects.get().message == "Signed out: Ada's phone."
    assert "- Ada's phone" in mails()[-1].body


def test_where_there_is_no_other_nobody_is_told(api, owner):
    api.sign_in(owner)

    answer = api.post("sessions/revoke-all")

    assert answer.data["data"] == {"revokedCount": 0}
    assert len(entries("ALL_SESSIONS_REVOKED")) == 1
    assert not OutboxMail.objects.filter(mail="sessions_ended").exists()


def test_the_mail_of_a_thousand_devices_is_short(api, owner, mails):
    api.sign_in(owner)
    Session.objects.bulk_create(
        Session(user=owner, device_name=f"d{n}", expires_at=timezone.now() + timedelta(days=1))
        for n in range(1000)
    )

    answer = api.post("sessions/revoke-all")

    assert answer.data["data"] == {"revokedCount": 1000}
    assert mails()[-1].body.count("\n- d") == 20


def test_signing_many_out_takes_as_many_statements_as_one(
    phone, laptop, owner, django_assert_max_num_queries
):
    Session.objects.bulk_create(
        Session(user=owner, expires_at=timezone.now() + timedelta(days=1)) for _ in range(50)
    )

    with django_assert_max_num_queries(15):
        laptop.post("sessions/revoke-all")


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_notice_speaks_the_language_of_the_person_not_of_the_request(
    owner, client_for, language
):
    owner.language = language
    owner.save(update_fields=["language"])
    phone, laptop = client_for(owner), client_for(owner)

    laptop.delete(f"sessions/{phone.session_id}", HTTP_ACCEPT_LANGUAGE="de")

    notice = Notification.objects.latest("id")
    assert notice.message.startswith({"en": "Signed out", "de": "Abgemeldet"}[language])
