"""Who reaches what is somebody's own: nobody but them, whatever their role."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Session, TrustedDevice
from notifications.kinds import Kind
from notifications.models import Notification
from notifications.services import inbox
from tests.factories import UserFactory, admin, moderator

OTHERS = {"stranger": UserFactory, "moderator": moderator, "admin": admin}
OWN = [
    ("GET", "users/profile"),
    ("PATCH", "users/profile"),
    ("PUT", "users/profile"),
    ("PUT", "users/preferences"),
    ("GET", "account/deletion-preview"),
    ("GET", "account/export"),
    ("GET", "2fa/status"),
    ("POST", "2fa/setup"),
    ("GET", "sessions"),
    ("POST", "sessions/revoke-all"),
    ("GET", "sessions/trusted-devices"),
    ("GET", "notifications"),
    ("PATCH", "notifications/read-all"),
    ("DELETE", "notifications"),
    ("DELETE", "upload/avatar"),
]
PROVEN = [
    ("POST", "account/deactivate"),
    ("DELETE", "account"),
    ("POST", "account/permanent-delete"),
    ("POST", "account/change-email"),
    ("POST", "auth/change-password"),
    ("POST", "auth/reauthenticate"),
    ("POST", "2fa/enable"),
    ("POST", "2fa/disable"),
    ("POST", "2fa/backup-codes"),
    ("POST", "upload/avatar"),
]


@pytest.fixture
def things(owner, client_for):
    """One of everything that has an id, and belongs to the owner."""
    device = client_for(owner)
    notice = inbox.notify(owner, Kind.SYSTEM, title="Hello", message="You.")
    trusted = TrustedDevice.objects.create(
        user=owner,
        device_id=notice.pk,
        name="Firefox on Linux",
        expires_at=timezone.now() + timedelta(days=30),
    )
    return {
        ("DELETE", f"sessions/{device.session_id}"): lambda: Session.objects.live().filter(
            pk=device.session_id
        ),
        ("PATCH", f"notifications/{notice.pk}/read"): lambda: Notification.objects.filter(
            pk=notice.pk, is_read=False
        ),
        ("DELETE", f"notifications/{notice.pk}"): lambda: Notification.objects.filter(pk=notice.pk),
        ("DELETE", f"sessions/trusted-devices/{trusted.pk}"): lambda: TrustedDevice.objects.filter(
            pk=trusted.pk
        ),
    }


@pytest.mark.parametrize(("method", "path"), OWN + PROVEN)
def test_nobody_reaches_a_call_about_oneself(api, method, path):
    response = api.call(method, path, {})

    assert (response.status_code, response.data["code"]) == (401, "NOT_AUTHENTICATED")


@pytest.mark.parametrize("role", OTHERS)
@pytest.mark.parametrize(("method", "path"), OWN)
def test_everybody_reaches_a_call_about_oneself(client_for, role, method, path):
    response = client_for(OTHERS[role]()).call(method, path, {})

    assert response.status_code == 200


@pytest.mark.parametrize("role", OTHERS)
@pytest.mark.parametrize(("method", "path"), PROVEN)
def test_a_role_spares_nobody_the_proof(client_for, role, method, path):
    response = client_for(OTHERS[role]()).call(method, path, {})

    assert response.status_code in {400, 415, 422}


def test_nobody_touches_what_has_an_owner(api, things):
    for (method, path), untouched in things.items():
        assert api.call(method, path, {}).status_code == 401
        assert untouched().exists()


@pytest.mark.parametrize("role", OTHERS)
def test_no_role_touches_what_is_somebody_elses(client_for, things, role):
    someone = client_for(OTHERS[role]())

    for (method, path), untouched in things.items():
        response = someone.call(method, path, {})

        assert (response.status_code, response.data["code"]) == (404, "NOT_FOUND")
        assert untouched().exists()


def test_the_owner_touches_all_of_it(client_for, owner, things):
    device = client_for(owner)

    for (method, path), untouched in things.items():
        assert device.call(method, path, {}).status_code == 200
        assert not untouched().exists()
