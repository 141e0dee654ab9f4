"""Acting in somebody's place: who may begin, on whom, and who is told."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.utils import timezone

from accounts.models import Session, Setting, User
from audit.kinds import Action
from audit.models import AuditEntry
from notifications.models import Notification, OutboxMail
from rbac.models import RoleAssignment
from rbac.permissions import Permission
from tests.accounts.conftest import code_of
from tests.accounts.impersonating import acting, row, start
from tests.conftest import ApiClient
from tests.factories import UserFactory, admin
from tests.staff import entry, holding, let_hold

ACCESS = Permission.ADMIN_ACCESS
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


@pytest.fixture
def helper(db: None) -> User:
    """Staff with ADMIN_ACCESS, and nothing besides."""
    return holding(ACCESS, username="helper", first_name="Grace", last_name="Hopper")


@pytest.fixture
def staff(client_for: Callable[[User], ApiClient], helper: User) -> ApiClient:
    return client_for(helper)


def claims(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


def no_traces() -> bool:
    return not (
        Session.objects.filter(impersonator__isnull=False).exists()
        or AuditEntry.objects.filter(action="ADMIN_IMPERSONATION_STARTED").exists()
        or Notification.objects.exists()
        or OutboxMail.objects.exists()
    )


def test_a_token_for_a_quarter_of_an_hour_that_names_both(staff, helper, owner):
    data = start(staff, owner, reason="They called.").data["data"]

    said = claims(data["accessToken"])
    assert set(data) == {"accessToken", "expiresIn", "session", "impersonating"}
    assert data["expiresIn"] == "15m"
    assert data["impersonating"] == {"id": str(owner.pk), "email": owner.email}
    assert (said["sub"], said["sid"]) == (str(owner.pk), data["session"]["id"])
    assert said["act"] == {"sub": str(helper.pk)}
    assert 898 <= said["exp"] - time.time() <= 900


def test_its_session_is_the_persons_and_hangs_on_the_admins(staff, helper, owner):
    session = row(acting(staff, owner))

    assert (session.user_id, session.impersonator_id) == (owner.pk, helper.pk)
    assert (session.kind, str(session.opened_from_id)) == ("impersonation", staff.session_id)
    assert session.expires_at - session.created_at <= timedelta(minutes=15)


def test_it_sees_what_the_person_sees(staff, owner):
    client = acting(staff, owner)

    assert client.get("users/profile").data["data"]["email"] == owner.email


def test_the_token_lasts_as_long_where_access_tokens_last_less(staff, owner, settings):
    settings.JWT_ACCESS_EXPIRY = timedelta(minutes=2)

    data = start(staff, owner).data["data"]

    assert data["expiresIn"] == "15m"
    assert claims(data["accessToken"])["exp"] - time.time() > 890


def test_it_is_over_after_a_quarter_of_an_hour(clock, staff, owner):
    client = acting(staff, owner)

    clock.shift(899)
    assert client.get("users/profile").status_code == 200
    clock.shift(1)
    assert code_of(client.get("users/profile")) == (401, "TOKEN_EXPIRED")


def test_it_does_not_outlast_the_session_it_hangs_on(staff, owner):
    ends = timezone.now() + timedelta(minutes=4)
    Session.objects.filter(pk=staff.session_id).update(expires_at=ends)

    data = start(staff, owner).data["data"]

    assert Session.objects.get(pk=data["session"]["id"]).expires_at == ends
    assert data["expiresIn"] in {"4m", "239s"}


def test_the_entry_tells_who_as_whom_why_and_until_when(staff, helper, owner):
    client = acting(staff, owner, reason="They called.")

    told = entry(Action.ADMIN_IMPERSONATION_STARTED)
    assert (told.actor_id, told.user_id) == (helper.pk, owner.pk)
    assert (told.resource, told.resource_id) == ("session", client.session_id)
    assert told.details["reason"] == "They called."
    assert told.details["until"].endswith("Z")


def test_the_person_is_told_at_once_in_their_inbox_and_by_mail(staff, owner, mails):
    client = acting(staff, owner, reason="They called.")

    notice = Notification.objects.get()
    (mail,) = mails()
    assert (notice.user_id, notice.type) == (owner.pk, "SECURITY_ALERT")
    assert "Grace Hopper" in notice.message
    assert "They called." in notice.message
    assert notice.metadata == {"sessionId": client.session_id}
    assert mail.to == [owner.email]
    assert "Grace Hopper" in mail.body
    assert "They called." in mail.body


def test_without_a_reason_none_is_made_up(staff, owner, mails):
    acting(staff, owner)

    assert "Reason" not in Notification.objects.get().message
    assert "Reason" not in mails()[0].body


def test_the_person_sees_it_among_their_sessions(staff, owner, client_for):
    own = client_for(owner)
    client = acting(staff, owner)

    listed = {one["id"]: one for one in own.get("sessions").data["data"]["sessions"]}

    shown = listed[client.session_id]
    assert (shown["kind"], shown["deviceInfo"]) == (
        "impersonation",
        "Impersonation by Grace Hopper",
    )
    assert (shown["ipAddress"], shown["userAgent"], shown["isCurrent"]) == (None, None, False)


@pytest.mark.parametrize(
    "state",
    [{"suspended": True}, {"deactivated": True}, {"deleted": True}, {"invited_at": timezone.now()}],
    ids=["suspended", "deactivated", "deleted", "invited"],
)
def test_only_in_the_place_of_who_could_be_in(staff, state):
    answer = start(staff, UserFactory(**state))

    assert code_of(answer) == (400, "NOT_ACTIVE")
    assert no_traces()


def test_not_in_ones_own_place(staff, helper):
    assert code_of(start(staff, helper)) == (400, "SELF_TARGET")
    assert no_traces()


@pytest.mark.parametrize("more", [one for one in Permission if one is not ACCESS])
def test_not_in_the_place_of_who_holds_more(staff, owner, more):
    let_hold(owner, more)

    assert code_of(start(staff, owner)) == (403, "PERMISSION_ESCALATION")
    assert no_traces()


def test_in_the_place_of_who_holds_as_much(staff, owner):
    let_hold(owner, ACCESS)

    assert start(staff, owner).status_code == 200


def test_what_has_run_out_is_not_held(staff, owner):
    let_hold(owner, Permission.AUDIT_READ)
    RoleAssignment.objects.filter(user=owner).exclude(role__name="user").update(
        expires_at=timezone.now() - timedelta(seconds=1)
    )

    assert start(staff, owner).status_code == 200


@pytest.mark.parametrize("who", ["019aaf3e-5c1f-7c52-9d43-0c6f5a2b7e10", "not-an-id"])
def test_nobody_is_not_found(staff, who):
    assert code_of(start(staff, who)) == (404, "NOT_FOUND")


def test_all_other_permissions_together_do_not_open_it(client_for, owner):
    others = [one for one in Permission if one is not ACCESS]

    assert code_of(start(client_for(holding(*others)), owner)) == (403, "PERMISSION_DENIED")
    assert no_traces()


def test_it_takes_a_fresh_proof(staff, owner):
    Session.objects.update(proven_at=timezone.now() - timedelta(minutes=16))

    assert code_of(start(staff, owner)) == (403, "REAUTHENTICATION_REQUIRED")
    assert no_traces()


def test_not_out_of_another_impersonation(client_for, owner):
    first, second = client_for(admin()), admin()
    client = acting(first, second)

    assert code_of(start(client, owner)) == (403, "IMPERSONATION_FORBIDDEN")


@pytest.mark.parametrize("reason", [{}, {"reason": ""}, {"reason": "  "}])
def test_a_reason_is_compulsory_where_the_setting_says_so(staff, owner, reason):
    Setting.objects.create(name="impersonation_reason_required", value=True)

    answer = start(staff, owner, **reason)

    assert code_of(answer) == (422, "VALIDATION_FAILED")
    assert [(one["field"], one["code"]) for one in answer.data["errors"]] == [
        ("reason", "required")
    ]
    assert no_traces()
    assert start(staff, owner, reason="They called.").status_code == 200


@pytest.mark.parametrize("reason", ["x" * 501, "a\u202eb", 7, ["x"], "a\x00b"])
def test_a_reason_is_bounded_text(staff, owner, reason):
    assert start(staff, owner, reason=reason).status_code in {400, 422}
    assert no_traces()


def test_it_makes_the_admins_device_no_known_one_of_the_persons(client_for, owner, api, mails):
    """Else whoever sits beside the admin could sign in as the person without an alert."""
    api.sign_in(owner, REMOTE_ADDR="198.51.100.9")
    staff = client_for(holding(ACCESS))
    answer = staff.post(
        f"admin/users/{owner.pk}/impersonate",
        REMOTE_ADDR="203.0.113.7",
        HTTP_USER_AGENT=AGENT,
    )
    assert answer.status_code == 200
    Notification.objects.all().delete()

    api.post(
        "auth/login",
        {"identifier": owner.email, "password": "Correct-Horse7"},
        REMOTE_ADDR="203.0.113.7",
        HTTP_USER_AGENT=AGENT,
        HTTP_AUTHORIZATION="",
    )

    assert [notice.type for notice in Notification.objects.all()] == ["LOGIN_ALERT"]
