"""Run-time settings as a form of the staff site."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.admin.settings import GROUPS
from accounts.models import Setting
from accounts.services import policy
from accounts.services.options import OPTIONS
from audit.kinds import Action
from audit.models import AuditEntry
from rbac.permissions import Permission
from tests.factories import admin
from tests.staff import holding

pytestmark = pytest.mark.django_db
PAGE = "/staff/settings/"


@pytest.fixture
def keeper(client):
    client.force_login(admin(username="keeper"))
    return client


def as_shown(page):
    """What a browser sends that changes nothing."""
    form = page.context["form"]
    sent = {"seen": form.initial["seen"]}
    for name, field in form.fields.items():
        if name != "seen" and not field.disabled and field.initial is not False:
            sent[name] = "on" if field.initial is True else str(field.initial)
    return sent


def stored():
    return dict(Setting.objects.values_list("name", "value"))


def faults(answer):
    assert answer.status_code == 422
    return {
        name: [str(one) for one in listed] for name, listed in answer.context["form"].errors.items()
    }


def test_every_option_stands_on_it_once():
    shown = [option for _title, group in GROUPS for option in group.values()]

    assert sorted(one.name for one in shown) == sorted(one.name for one in OPTIONS)


def test_what_is_changed_is_saved_and_nothing_else(keeper):
    sent = as_shown(keeper.get(PAGE)) | {"lockout_threshold": " 7 ", "session_lifetime": "7d"}
    del sent["registration_open"]

    answer = keeper.post(PAGE, sent, follow=True)

    assert answer.redirect_chain == [(PAGE, 302)]
    assert stored() == {
        "lockout_threshold": 7, "session_lifetime": "7d", "registration_open": False,
    }  # fmt: skip
    entry = AuditEntry.objects.get(action=Action.SETTINGS_CHANGED)
    assert entry.actor.username == "keeper"
    assert entry.details["new"]["lockoutThreshold"] == 7
    page = answer.content.decode()
    assert "The settings are saved." in page
    assert page.count("Set by keeper") == 3


def test_what_changes_nothing_leaves_no_trace(keeper):
    keeper.post(PAGE, as_shown(keeper.get(PAGE)))

    assert stored() == {}
    assert not AuditEntry.objects.filter(action=Action.SETTINGS_CHANGED).exists()


def test_the_environments_own_value_can_be_held_and_let_go(keeper):
    sent = as_shown(keeper.get(PAGE))
    keeper.post(PAGE, sent | {"lockout_threshold_here": "on"})
    held = stored()

    again = as_shown(keeper.get(PAGE))
    assert again["lockout_threshold_here"] == "on"
    del again["lockout_threshold_here"]
    keeper.post(PAGE, again)

    assert (held, stored()) == ({"lockout_threshold": 5}, {})


def test_to_change_it_and_to_let_it_go_at_once_is_no_answer(keeper):
    Setting.objects.create(name="lockout_threshold", value=9)
    sent = as_shown(keeper.get(PAGE)) | {"lockout_threshold": "3"}
    del sent["lockout_threshold_here"]

    answer = keeper.post(PAGE, sent)

    assert list(faults(answer)) == ["lockout_threshold"]
    assert stored() == {"lockout_threshold": 9}


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("lockout_threshold", "0", "Give at least 1."),
        ("lockout_threshold", "101", "Give at most 100."),
        ("lockout_threshold", "", "Give a whole number."),
        ("lockout_threshold", "9" * 5000, "Give a whole number."),
        ("lockout_threshold", "٣x", "Give a whole number."),
        ("lockout_duration", "soon", "Give a time such as 90s, 15m, 12h or 30d."),
        ("lockout_duration", "2d", "Give at most 1d."),
        ("password_policy", "none", "Say one of these: composition, length."),
    ],
)
def test_a_fault_stands_at_its_field_and_nothing_is_saved(keeper, name, value, fault):
    sent = as_shown(keeper.get(PAGE)) | {"audit_retention_days": "30", name: value}

    answer = keeper.post(PAGE, sent)

    assert faults(answer) == {name: [fault]}
    assert f'id="id_{name}_error"' in answer.content.decode()
    assert stored() == {}


@pytest.mark.parametrize("seen", ["", "[]", "{", "null", "\x00", "[" * 2000])
def test_a_page_that_was_tampered_with_is_refused(keeper, seen):
    answer = keeper.post(
        PAGE, as_shown(keeper.get(PAGE)) | {"seen": seen, "lockout_threshold": "7"}
    )

    assert answer.status_code in {400, 422}
    assert stored() == {}


def test_two_at_once_keep_what_the_other_one_set(keeper):
    mine = as_shown(keeper.get(PAGE)) | {"lockout_threshold": "7"}
    Setting.objects.create(name="session_lifetime", value="7d")

    keeper.post(PAGE, mine)

    assert stored() == {"session_lifetime": "7d", "lockout_threshold": 7}


def test_who_changes_the_very_same_is_told_and_may_insist(keeper):
    mine = as_shown(keeper.get(PAGE)) | {"lockout_threshold": "7"}
    Setting.objects.create(name="lockout_threshold", value=9)

    answer = keeper.post(PAGE, mine)
    told, kept = faults(answer), stored()
    again = keeper.post(
        PAGE,
        mine | {"seen": answer.context["form"]["seen"].value(), "lockout_threshold_here": "on"},
    )

    assert told == {
        "lockout_threshold": [
            "Somebody has changed this meanwhile: it is “9” now. Save again if yours counts."
        ]
    }
    assert kept == {"lockout_threshold": 9}
    assert again.status_code == 302
    assert stored() == {"lockout_threshold": 7}


def test_what_the_environment_decides_is_shown_and_not_asked(keeper, settings):
    settings.PREVENT_ENUMERATION = True
    page = keeper.get(PAGE)

    answer = keeper.post(PAGE, as_shown(page) | {"require_verified_email": ""})

    assert "The environment of the program decides this." in page.content.decode()
    assert page.context["form"].fields["require_verified_email"].disabled
    assert answer.status_code == 302
    assert stored() == {}


@pytest.mark.parametrize("permission", list(Permission), ids=lambda permission: permission.name)
def test_it_wants_the_permission_of_the_api(client, permission):
    may = permission == Permission.ADMIN_SETTINGS
    client.force_login(holding(Permission.ADMIN_ACCESS, permission))
    sent = {"seen": "{}", "lockout_threshold": "7"}

    assert client.get(PAGE).status_code == (200 if may else 403)
    assert client.post(PAGE, sent).status_code == (422 if may else 403)
    assert (PAGE in client.get("/staff/").content.decode()) == may
    assert stored() == {}


def test_without_access_to_the_staff_site_it_is_not_there(client):
    client.force_login(holding(Permission.ADMIN_SETTINGS))

    assert client.get(PAGE).status_code == 302


def test_it_is_saved_by_who_proved_lately_that_it_is_them(keeper):
    sent = as_shown(keeper.get(PAGE)) | {"lockout_threshold": "7"}

    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        seen = keeper.get(PAGE)
        answer = keeper.post(PAGE, sent)

    assert "confirm that it is you" in seen.content.decode()
    # What they typed stays, and the proof is given in another tab.
    assert answer.status_code == 403
    assert answer.context["form"]["lockout_threshold"].value() == "7"
    page = answer.content.decode()
    assert '<a href="/confirm?next=%2Fstaff%2Fsettings%2F" target="_blank"' in page
    assert stored() == {}
    assert keeper.post(PAGE, sent).status_code == 302
    assert stored() == {"lockout_threshold": 7}


def test_a_right_that_went_meanwhile_is_told(keeper, monkeypatch):
    sent = as_shown(keeper.get(PAGE)) | {"lockout_threshold": "7"}
    monkeypatch.setattr("accounts.services.settings.roles.permissions", lambda _key: frozenset())

    answer = keeper.post(PAGE, sent)

    assert faults(answer) == {"__all__": ["You may not do this."]}
    assert policy.rows() == {}


def test_other_methods_are_refused(keeper):
    assert keeper.delete(PAGE).status_code == 405
