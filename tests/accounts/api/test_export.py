"""GET /account/export"""

from __future__ import annotations

import json
from datetime import timedelta

import jsonschema
import pytest
from django.db import transaction
from django.utils import timezone

from accounts.api import export_file
from accounts.models import Session
from accounts.services.lifecycle import export, holdings
from audit.kinds import Action
from audit.models import AuditEntry
from audit.services.recording import record
from config.common.api.schema import document
from config.common.ids import uuid7
from config.common.request_meta import RequestMeta
from notifications.models import Notification
from tests.accounts.authenticator import turned_on
from tests.accounts.conftest import code_of
from tests.factories import PASSWORD, UserFactory

THEIRS = RequestMeta(ip="192.0.2.99", user_agent="Staff Browser", request_id="request-of-staff")


def exported(api):
    answer = api.get("account/export")
    assert answer.status_code == 200
    return json.loads(answer.getvalue())


@pytest.fixture
def staff(db):
    return UserFactory(username="grace", first_name="Grace", last_name="Hopper")


def test_it_is_a_file_and_not_an_envelope(api, owner):
    api.sign_in(owner)

    answer = api.get("account/export")

    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="account-')
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.streaming
    assert json.loads(answer.getvalue())["user"]["id"] == str(owner.pk)


def test_it_holds_what_is_held(api, owner, client_for):
    client_for(owner)
    api.sign_in(owner)
    turned_on(owner)
    owner.profile.city, owner.profile.preferences = "London", {"theme": "dark"}
    owner.profile.save()

    file = exported(api)

    assert file["user"]["email"] == owner.email
    assert file["profile"]["city"] == "London"
    assert file["profile"]["preferences"] == {"theme": "dark"}
    assert [role["name"] for role in file["roles"]] == ["user"]
    assert len(file["sessions"]) == 2
    assert file["twoFactor"]["enabled"] is True
    assert file["twoFactor"]["backupCodesRemaining"] == 10
    assert "USER_LOGIN" in {entry["action"] for entry in file["auditLogs"]}


def test_the_file_is_as_the_documents_say(api, owner, guess, client_for):
    client_for(owner)
    guess(owner.email, ip="198.51.100.3")
    api.sign_in(owner)
    turned_on(owner)
    components = json.loads(json.dumps(document(), default=str))["components"]

    file = exported(api)

    schema = {"$ref": "#/components/schemas/ExportFile", "components": components}
    for one in (file, export_file.EXAMPLE):
        jsonschema.validate(one, schema)
    assert list(file) == [section.key for section in export.SECTIONS]
    assert _keys(file) == _keys({**export_file.EXAMPLE, "loginFailures": file["loginFailures"]})


def _keys(file):
    """What one row of each section is made of, where there is one."""
    rows = {
        key: value[0] if isinstance(value, list) and value else value for key, value in file.items()
    }
    return {
        key: set(row)
        for key, row in rows.items()
        if isinstance(row, dict) and key not in {"lock", "trustedDevices"}
    }


def test_an_address_that_waits_for_its_confirmation_is_in_it(api, owner):
    api.sign_in(owner)
    asked = {"newEmail": "new@example.org", "password": PASSWORD}
    api.post("account/change-email", asked)

    found = {one["kind"]: one["email"] for one in exported(api)["otherAddresses"]}

    assert found == {"wanted": "new@example.org", "former": owner.email}


def test_every_key_that_a_model_declares_stands_in_it():
    declared = {r.declared.export for r in holdings.relations() if r.declared.export}

    assert declared <= {section.key for section in export.SECTIONS}


def test_it_holds_no_secret(api, owner):
    api.sign_in(owner)
    app = turned_on(owner)
    owner.refresh_from_db()

    text = json.dumps(exported(api))

    secrets = [owner.password, app.seed, *app.backup_codes, api.token, api.refresh_token]
    assert [secret for secret in secrets if secret in text] == []
    assert "pbkdf2" not in text


def test_somebody_elses_data_is_not_in_it(api, owner, stranger, client_for):
    client_for(stranger)
    api.sign_in(owner)

    text = json.dumps(exported(api))

    assert str(stranger.pk) not in text
    assert stranger.email not in text


def test_staff_stay_staff_in_it(api, owner, staff):
    api.sign_in(owner)
    _record(Action.ADMIN_SUSPENDED, actor=staff, subject=owner, reason="spam", by=str(staff.pk))

    entry = _entry(exported(api), "ADMIN_SUSPENDED")

    assert entry["actor"] == {"kind": "staff"}
    assert (entry["ipAddress"], entry["userAgent"], entry["requestId"]) == (None, None, None)
    assert entry["details"] == {"reason": "spam"}


def test_an_impersonation_shows_the_admins_name(api, owner, staff):
    api.sign_in(owner)
    meta = RequestMeta(ip=THEIRS.ip, user_agent=THEIRS.user_agent, actor_id=staff.pk)
    _record(Action.PROFILE_UPDATED, actor=owner, subject=owner, meta=meta, fields=["city"])
    _record(Action.ADMIN_IMPERSONATION_STARTED, actor=staff, subject=owner)
    Session.objects.create(
        user=owner,
        impersonator=staff,
        kind="impersonation",
        ip_address=THEIRS.ip,
        user_agent=THEIRS.user_agent,
        expires_at=timezone.now() + timedelta(minutes=15),
    )

    file = exported(api)

    named = {"kind": "impersonation", "name": "Grace Hopper"}
    assert _entry(file, "PROFILE_UPDATED")["actor"] == named
    assert _entry(file, "ADMIN_IMPERSONATION_STARTED")["actor"] == named
    session = next(s for s in file["sessions"] if s["kind"] == "impersonation")
    assert session["impersonatedBy"] == "Grace Hopper"
    assert THEIRS.ip not in json.dumps(file)
    assert THEIRS.user_agent not in json.dumps(file)
    assert str(staff.pk) not in json.dumps(file)


@pytest.mark.parametrize(
    ("ended_by", "shown"),
    [
        ("grace", {"kind": "impersonation", "name": "Grace Hopper"}),
        ("other", {"kind": "staff"}),
        ("person_of_it", {"kind": "self"}),
        (None, {"kind": "system"}),
    ],
)
def test_who_ended_an_impersonation_is_named_where_they_had_begun_it(api, staff, ended_by, shown):
    owner = UserFactory(username="person_of_it")
    api.sign_in(owner)
    who = {"grace": staff, "other": UserFactory(), "person_of_it": owner}.get(ended_by)
    of = {"subject": owner, "resource": "session", "resource_id": uuid7()}
    _record(Action.ADMIN_IMPERSONATION_STARTED, actor=staff, **of)
    _record(Action.ADMIN_IMPERSONATION_ENDED, actor=who, **of)

    entry = _entry(exported(api), "ADMIN_IMPERSONATION_ENDED")

    assert entry["actor"] == shown


def test_what_one_did_to_somebody_else_shows_nothing_of_them(api, owner, stranger):
    api.sign_in(owner)
    _record(
        Action.ADMIN_USER_UPDATED, actor=owner, subject=stranger, meta=RequestMeta(), city="Paris"
    )

    entry = _entry(exported(api), "ADMIN_USER_UPDATED")

    assert entry["actor"] == {"kind": "self"}
    assert (entry["details"], entry["resourceId"]) == ({}, None)


def test_the_owner_is_told_that_it_was_made(api, owner):
    api.sign_in(owner)

    file = exported(api)

    assert file["auditLogs"][-1]["action"] == "DATA_EXPORTED"
    assert AuditEntry.objects.filter(action="DATA_EXPORTED", user=owner).count() == 1
    assert Notification.objects.filter(user=owner, title="Your data was exported").exists()


def test_a_stale_session_has_to_prove_itself(api, owner, settings):
    api.sign_in(owner)
    Session.objects.update(proven_at=timezone.now() - timedelta(minutes=16))

    refused = api.get("account/export")
    api.post("auth/reauthenticate", {"password": PASSWORD})

    assert code_of(refused) == (403, "REAUTHENTICATION_REQUIRED")
    assert api.get("account/export").status_code == 200


def _record(action, *, meta=THEIRS, **said):
    with transaction.atomic():
        record(action, meta=meta, **said)


def _entry(file, action):
    return next(entry for entry in file["auditLogs"] if entry["action"] == action)
