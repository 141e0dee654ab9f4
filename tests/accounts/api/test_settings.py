"""Policy at run time: seen and changed, and who may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Session, Setting, User
from accounts.services import options
from audit.kinds import Action
from audit.models import AuditEntry
from rbac.models import RoleAssignment
from rbac.permissions import Permission
from tests.accounts.conftest import code_of
from tests.conftest import ApiClient
from tests.staff import entry, holding

PATH = "admin/settings"
NAMES = [option.field for option in options.OPTIONS]


@pytest.fixture
def keeper(db: None) -> User:
    """Staff with ADMIN_SETTINGS, and nothing besides."""
    return holding(Permission.ADMIN_SETTINGS, username="keeper")


@pytest.fixture
def desk(client_for: Callable[[User], ApiClient], keeper: User) -> ApiClient:
    """The keeper's device."""
    return client_for(keeper)


def faults(answer: Any) -> dict[str, str]:
    assert code_of(answer) == (422, "VALIDATION_FAILED")
    return {fault["field"]: fault["code"] for fault in answer.data["errors"]}


def test_each_is_told_with_all_that_a_form_needs(desk):
    data = desk.get(PATH).data["data"]

    assert list(data) == NAMES
    assert data["lockoutThreshold"] == {
        "value": 5,
        "default": 5,
        "type": "integer",
        "minimum": 1,
        "maximum": 100,
        "unit": "failures",
        "description": "After so many failures in a row an account is locked from there.",
        "source": "default",
    }
    assert (data["sessionLifetime"]["value"], data["sessionLifetime"]["unit"]) == (
        "30d",
        "s, m, h, d",
    )
    assert data["passwordPolicy"]["choices"] == ["composition", "length"]
    assert data["registrationOpen"]["unit"] is None
    assert all(one["description"] for one in data.values())


def test_the_environment_is_named_where_it_says_something(desk, monkeypatch, settings):
    monkeypatch.setenv("SESSION_LIFETIME", "12h")
    settings.SESSION_LIFETIME = timedelta(hours=12)

    told = desk.get(PATH).data["data"]

    assert told["sessionLifetime"]["source"] == "environment"
    assert (told["sessionLifetime"]["value"], told["sessionLifetime"]["default"]) == ("12h", "12h")
    assert told["auditRetentionDays"]["source"] == "default"


def test_what_is_set_wins_until_it_is_set_to_null(desk, settings):
    settings.LOCKOUT_DURATION = timedelta(minutes=20)

    changed = desk.patch(PATH, {"lockoutDuration": "90m"}).data["data"]["lockoutDuration"]
    seen = desk.get(PATH).data["data"]["lockoutDuration"]
    back = desk.patch(PATH, {"lockoutDuration": None}).data["data"]["lockoutDuration"]

    assert changed == seen
    assert (seen["value"], seen["default"], seen["source"]) == ("90m", "20m", "setting")
    assert (back["value"], back["default"], back["source"]) == ("20m", "20m", "default")
    assert not Setting.objects.exists()


def test_one_way_to_write_a_duration_is_kept(desk):
    assert (
        desk.patch(PATH, {"sessionLifetime": "48h"}).data["data"]["sessionLifetime"]["value"]
        == "2d"
    )
    assert Setting.objects.get().value == "2d"


def test_every_fault_is_told_at_its_field_and_nothing_is_changed(desk):
    answer = desk.patch(
        PATH,
        {
            "registrationOpen": "yes",
            "requireVerifiedEmail": 1,
            "passwordPolicy": "none",
            "lockoutThreshold": 0,
            "lockoutDuration": "59s",
            "sessionLifetime": "forever",
            "impersonationReasonRequired": {},
            "auditRetentionDays": 36501,
        },
    )

    assert faults(answer) == {
        "registrationOpen": "invalid",
        "requireVerifiedEmail": "invalid",
        "passwordPolicy": "invalid_choice",
        "lockoutThreshold": "min_value",
        "lockoutDuration": "min_value",
        "sessionLifetime": "invalid",
        "impersonationReasonRequired": "invalid",
        "auditRetentionDays": "max_value",
    }
    assert not Setting.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lockoutThreshold", True),
        ("lockoutThreshold", "5"),
        ("lockoutThreshold", 5.0),
        ("lockoutThreshold", 101),
        ("lockoutThreshold", 10**30),
        ("lockoutDuration", "25h"),
        ("lockoutDuration", 900),
        ("lockoutDuration", ["15m"]),
        ("lockoutDuration", "15m\n"),
        ("lockoutDuration", "\u0661\u0665m"),
        ("sessionLifetime", "999999d"),
        ("sessionLifetime", "4m"),
        ("sessionLifetime", "0d"),
        ("sessionLifetime", ""),
        ("passwordPolicy", ["length"]),
        ("passwordPolicy", "LENGTH"),
        ("auditRetentionDays", -1),
        ("auditRetentionDays", {}),
    ],
)
def test_what_is_no_value_is_refused(desk, field, value):
    assert set(faults(desk.patch(PATH, {field: value}))) == {field}


def test_a_good_value_beside_a_bad_one_is_not_kept(desk):
    desk.patch(PATH, {"registrationOpen": False, "lockoutThreshold": 0})

    assert not Setting.objects.exists()


def test_what_is_no_setting_is_ignored(desk):
    answer = desk.patch(PATH, {"preventEnumeration": True, "registration_open": False, "x": 1})

    assert answer.status_code == 200
    assert list(answer.data["data"]) == NAMES
    assert not Setting.objects.exists()


def test_a_change_is_one_entry_with_old_and_new(desk, keeper):
    desk.patch(PATH, {"lockoutThreshold": 3, "sessionLifetime": "7d"})

    told = entry(Action.SETTINGS_CHANGED)
    assert (told.actor_id, told.user_id, told.resource) == (keeper.pk, None, "settings")
    assert told.details == {
        "old": {"lockoutThreshold": 5, "sessionLifetime": "30d"},
        "new": {"lockoutThreshold": 3, "sessionLifetime": "7d"},
    }
    assert Setting.objects.get(name="lockout_threshold").changed_by_id == keeper.pk


def test_setting_one_back_is_told_too(desk):
    desk.patch(PATH, {"lockoutThreshold": 5})

    desk.patch(PATH, {"lockoutThreshold": None, "auditRetentionDays": None})

    told = AuditEntry.objects.filter(action="SETTINGS_CHANGED").latest("id")
    assert told.details == {
        "old": {"lockoutThreshold": 5},
        "new": {"lockoutThreshold": 5},
        "setBack": ["lockoutThreshold"],
    }


def test_what_changes_nothing_leaves_no_entry(desk):
    desk.patch(PATH, {"lockoutThreshold": 3})

    desk.patch(PATH, {"lockoutThreshold": 3, "registrationOpen": None})

    assert AuditEntry.objects.filter(action="SETTINGS_CHANGED").count() == 1


def test_without_its_entry_nothing_is_changed(desk, monkeypatch):
    monkeypatch.setattr("accounts.services.settings.record", _no_room)

    with pytest.raises(RuntimeError):
        desk.patch(PATH, {"lockoutThreshold": 3})

    assert not Setting.objects.exists()


def _no_room(*_args: Any, **_details: Any) -> None:
    raise RuntimeError


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_only_admin_settings_opens_it(client_for, method):
    others = [one for one in Permission if one is not Permission.ADMIN_SETTINGS]
    staff = client_for(holding(*others))

    answer = staff.call(method, PATH, {"registrationOpen": False})

    assert code_of(answer) == (403, "PERMISSION_DENIED")
    assert not Setting.objects.exists()


def test_a_change_takes_a_fresh_proof_and_a_look_does_not(desk):
    Session.objects.filter(pk=desk.session_id).update(
        proven_at=timezone.now() - timedelta(minutes=16)
    )

    assert desk.get(PATH).status_code == 200
    assert code_of(desk.patch(PATH, {"registrationOpen": False})) == (
        403,
        "REAUTHENTICATION_REQUIRED",
    )


def test_a_right_that_goes_while_the_request_waits_changes_nothing(desk, keeper, monkeypatch):
    def then_lock() -> None:
        RoleAssignment.objects.filter(user=keeper).exclude(role__name="user").delete()

    monkeypatch.setattr("accounts.services.settings.admin_lock", then_lock)

    answer = desk.patch(PATH, {"registrationOpen": False})

    assert code_of(answer) == (403, "PERMISSION_DENIED")
    assert not Setting.objects.exists()


def test_what_the_environment_decides_cannot_be_undone(desk, settings):
    Setting.objects.create(name="require_verified_email", value=False)
    settings.PREVENT_ENUMERATION = True

    told = desk.get(PATH).data["data"]["requireVerifiedEmail"]
    answer = desk.patch(PATH, {"requireVerifiedEmail": False})

    assert (told["value"], told["default"], told["source"]) == (True, True, "environment")
    assert faults(answer) == {"requireVerifiedEmail": "implied"}
    assert desk.patch(PATH, {"requireVerifiedEmail": True}).status_code == 200
