"""What passes in somebody's place, and under whose names it is written down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import MULTIPART_CONTENT
from django.utils import timezone

from accounts.models import Session, User
from audit.models import AuditEntry
from config.common.api.operations import operation
from notifications.kinds import Kind
from notifications.models import Notification
from notifications.services import inbox
from rbac.permissions import Permission
from tests.accounts.conftest import code_of
from tests.accounts.drawing import encoded
from tests.accounts.impersonating import acting, row
from tests.accounts.work import counted
from tests.config.routes import calls, names
from tests.conftest import ApiClient
from tests.factories import admin
from tests.staff import holding, let_hold

FORBIDDEN = (403, "IMPERSONATION_FORBIDDEN")
CALLS = [
    call
    for call in calls()
    if call.operation and (call.operation.reads_bearer or not call.operation.is_public)
]
# Everything that staff may do in somebody's place. A new line here is a decision.
PASSES = {
    "GET users/profile",
    "PUT users/profile",
    "PATCH users/profile",
    "POST upload/avatar",
    "DELETE upload/avatar",
    "GET account/deletion-preview",
    "GET 2fa/status",
    "GET sessions",
    "GET sessions/trusted-devices",
    "GET notifications",
    "POST auth/logout",
    "POST admin/impersonation/stop",
}


@pytest.fixture
def staff(client_for: Callable[[User], ApiClient]) -> ApiClient:
    return client_for(admin(username="boss", first_name="Grace", last_name="Hopper"))


@pytest.fixture
def client(staff: ApiClient, owner: User) -> ApiClient:
    """The admin's, in the place of the owner."""
    return acting(staff, owner)


@pytest.mark.parametrize("call", CALLS, ids=names(CALLS))
def test_what_is_not_on_the_list_is_closed(staff, call):
    """In the place of another admin, so that no permission is missing."""
    client = acting(staff, admin())

    answer = client.call(call.method, call.url, call.operation.body_example or {})

    assert (code_of(answer) == FORBIDDEN) == (call.name not in PASSES), answer.data


def test_the_list_holds_nothing_that_is_not_there():
    assert {call.name for call in CALLS} >= PASSES


@pytest.mark.parametrize(
    ("method", "said", "opens"),
    [
        ("GET", {}, True),
        ("HEAD", {}, True),
        ("POST", {}, False),
        ("PATCH", {}, False),
        ("DELETE", {}, False),
        ("GET", {"fresh": True}, False),
        ("GET", {"permission": "rbac.user_read"}, False),
        ("GET", {"permission": "rbac.user_read", "on": "user_id"}, False),
        ("GET", {"under_impersonation": False}, False),
        ("PATCH", {"under_impersonation": True}, True),
    ],
)
def test_what_a_call_does_not_say_of_itself_is_closed(method, said, opens):
    described = operation("Something new", **said)(lambda: None).operation

    assert described.opens_under_impersonation(method) is opens


def test_a_head_is_as_open_as_its_get(client):
    header = {"Authorization": f"Bearer {client.token}"}
    plain = Client()

    assert plain.head("/api/v1/users/profile", headers=header).status_code == 200
    assert plain.head("/api/v1/account/export", headers=header).status_code == 403


def test_health_tells_an_impersonation_nothing_of_its_insides(staff):
    client = acting(staff, admin())

    outside = {"REMOTE_ADDR": "203.0.113.7"}

    assert "version" in staff.get("/health/detailed", **outside).data
    assert "version" not in client.get("/health/detailed", **outside).data


def test_the_profile_can_be_changed_and_both_are_named(client, owner):
    admin_id = row(client).impersonator_id

    patched = client.patch("users/profile", {"city": "London"})
    put = client.put("users/profile", {"city": "Paris"})

    assert patched.data["data"]["profile"]["city"] == "London"
    assert put.data["data"]["profile"]["city"] == "Paris"
    for told in AuditEntry.objects.filter(action="PROFILE_UPDATED"):
        assert (told.actor_id, told.impersonating_id) == (admin_id, owner.pk)
        assert told.user_id == owner.pk
        assert told.wire_details["impersonating"] == str(owner.pk)
    assert AuditEntry.objects.filter(action="PROFILE_UPDATED").count() == 2


def test_so_can_the_picture(client, owner):
    admin_id = row(client).impersonator_id
    parts = {"avatar": SimpleUploadedFile("me.png", encoded(), "image/png")}

    uploaded = client.post("upload/avatar", parts, content_type=MULTIPART_CONTENT)
    removed = client.delete("upload/avatar")

    assert (uploaded.status_code, removed.status_code) == (200, 200)
    told = AuditEntry.objects.filter(action__startswith="AVATAR_").order_by("pk")
    assert [(one.action, one.actor_id, one.impersonating_id) for one in told] == [
        ("AVATAR_UPDATED", admin_id, owner.pk),
        ("AVATAR_REMOVED", admin_id, owner.pk),
    ]


def test_reading_notices_marks_none(client, owner):
    inbox.notify(owner, Kind.SYSTEM, title="Hello", message="there")

    listed = client.get("notifications").data["data"]

    assert listed["unreadCount"] == len(listed["notifications"]) == 2
    assert not Notification.objects.filter(is_read=True).exists()


def test_it_does_not_look_as_if_the_person_had_been_there(client, owner, client_for):
    own = client_for(owner)
    before = timezone.now() - timedelta(hours=2)
    Session.objects.filter(user=owner).update(last_activity=before)

    client.get("users/profile")
    client.get("sessions")

    assert set(Session.objects.filter(user=owner).values_list("last_activity", flat=True)) == {
        before
    }
    assert own.get("users/profile").status_code == 200


def test_the_persons_own_limit_is_not_used_up(client, owner, client_for, settings):
    settings.RATE_LIMIT_DEFAULT = (3, 60)
    own = client_for(owner)

    answers = [client.get("users/profile").status_code for _ in range(4)]

    assert answers[-1] == 429
    assert own.get("users/profile").status_code == 200


def test_it_counts_as_no_fresh_proof_of_the_persons(client):
    assert row(client).proven_at.year == 1970


def test_it_costs_one_statement_more_and_an_ordinary_request_none(client, owner, client_for):
    own = client_for(owner)

    with counted() as ordinary:
        own.get("users/profile")
    with counted() as acted:
        client.get("users/profile")

    assert len(ordinary.statements) == 1
    assert len(acted.statements) == 2


def test_of_the_person_nobody_gets_to_see_more_than_they_do(client_for, owner):
    """A permission of the person's is no permission of who acts in their place."""
    let_hold(owner, Permission.USER_READ, Permission.AUDIT_READ)
    staff = client_for(
        holding(Permission.ADMIN_ACCESS, Permission.USER_READ, Permission.AUDIT_READ)
    )
    client = acting(staff, owner)

    assert code_of(client.get("audit")) == FORBIDDEN
