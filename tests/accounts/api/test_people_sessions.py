"""Where somebody is signed in, seen and ended by staff."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Session, TrustedDevice
from accounts.models.session import Kind
from audit.kinds import Action
from rbac.permissions import Permission
from tests.accounts.conftest import code_of
from tests.factories import UserFactory
from tests.staff import entry, granted, holding, let_hold, told


def of(person, session_id=""):
    return f"admin/users/{person.pk}/sessions" + (f"/{session_id}" if session_id else "")


def test_staff_see_where_somebody_is_signed_in(staff, owner, stranger, client_for):
    first, second = client_for(owner), client_for(owner)
    client_for(stranger)

    listed = staff.get(of(owner)).data["data"]

    assert [one["id"] for one in listed["sessions"]] == [second.session_id, first.session_id]
    assert listed["total"] == 2
    assert not any(one["isCurrent"] for one in listed["sessions"])


def test_an_admins_own_device_is_not_shown_in_an_impersonation(staff, owner, stranger):
    Session.objects.create(
        user=owner,
        kind=Kind.IMPERSONATION,
        impersonator=stranger,
        ip_address="198.51.100.4",
        expires_at=timezone.now() + timedelta(minutes=15),
    )

    (shown,) = staff.get(of(owner)).data["data"]["sessions"]

    assert (shown["deviceInfo"], shown["ipAddress"]) == ("Impersonation by Ada Lovelace", None)


def test_a_cursor_of_one_persons_list_is_none_of_anothers(staff, owner, stranger, client_for):
    for _ in range(2):
        client_for(owner)
    cursor = staff.get(of(owner), {"limit": 1}).data["data"]["nextCursor"]

    answer = staff.get(of(stranger), {"limit": 1, "cursor": cursor})

    assert code_of(answer) == (422, "INVALID_CURSOR")


def test_staff_sign_one_device_out(staff, manager, owner, client_for, mails):
    lost, kept = client_for(owner), client_for(owner)

    answer = staff.delete(of(owner, lost.session_id))

    assert answer.status_code == 200
    assert lost.get("users/profile").status_code == 401
    assert kept.get("users/profile").status_code == 200
    written = entry(Action.ADMIN_SESSIONS_REVOKED)
    assert (written.actor, written.user) == (manager, owner)
    assert (written.resource, written.resource_id) == ("session", lost.session_id)
    assert told(owner) == ["An administrator signed a device out"]
    assert "this device out: " in str(mails()[0].body)


def test_staff_sign_somebody_out_everywhere(staff, manager, owner, client_for, mails):
    devices = [client_for(owner), client_for(owner)]
    TrustedDevice.objects.create(
        user=owner, device_id=owner.pk, expires_at=timezone.now() + timedelta(days=1)
    )

    answer = staff.delete(of(owner))

    assert answer.data["data"] == {"revokedCount": 2}
    for device in devices:
        assert device.get("users/profile").status_code == 401
        refreshed = device.post("auth/refresh", {"refreshToken": device.refresh_token})
        assert code_of(refreshed) == (401, "SESSION_REVOKED")
    assert not TrustedDevice.objects.filter(user=owner).exists()
    written = entry(Action.ADMIN_SESSIONS_REVOKED)
    assert (written.actor, written.details) == (manager, {"count": 2})
    assert told(owner) == ["An administrator signed you out"]
    assert "on every device" in str(mails()[0].body)
    client_for(owner)


def test_nobody_is_told_of_devices_that_there_are_not(staff, owner, mails):
    assert staff.delete(of(owner)).data["data"] == {"revokedCount": 0}

    assert (told(owner), mails()) == ([], [])


@pytest.mark.parametrize("which", ["anothers", "ended", "unknown", "malformed"])
def test_only_a_live_session_of_that_person_is_ended(staff, owner, stranger, client_for, which):
    ended = client_for(owner)
    ended.post("auth/logout", {"refreshToken": ended.refresh_token})
    theirs = client_for(stranger)
    session_id = {
        "anothers": theirs.session_id,
        "ended": ended.session_id,
        "unknown": str(owner.pk),
        "malformed": "x",
    }[which]

    assert code_of(staff.delete(of(owner, session_id))) == (404, "NOT_FOUND")
    assert theirs.get("users/profile").status_code == 200


def test_ending_one_session_takes_the_permission_or_a_grant(owner, client_for):
    device = client_for(owner)
    others = [one for one in Permission if one is not Permission.USER_MANAGE]

    refused = client_for(holding(*others)).delete(of(owner, device.session_id))
    helper = client_for(granted(Permission.USER_MANAGE, on=owner))
    passed = helper.delete(of(owner, device.session_id))

    assert code_of(refused) == (403, "PERMISSION_DENIED")
    assert passed.status_code == 200


def test_nobody_signs_out_who_holds_more(staff, client_for):
    person = UserFactory()
    let_hold(person, Permission.AUDIT_READ)
    device = client_for(person)

    answer = staff.delete(of(person, device.session_id))

    assert code_of(answer) == (403, "PERMISSION_ESCALATION")
    assert device.get("users/profile").status_code == 200
