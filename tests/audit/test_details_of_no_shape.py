"""Entries of an import, or of somebody's SQL, whose details are no object: read all the same."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from django.urls import reverse

from accounts.selectors.impersonations import reason_of
from audit.kinds import Action
from audit.models import AuditEntry
from audit.selectors import own_history
from audit.services import erasure
from audit.services.verifying import verify
from rbac.permissions import Permission
from tests.audit.log import auditor, happened, holder, seal_all
from tests.audit.sealing import sql

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["null", "5", '["a", {"b": 1}]'])
def odd(request, owner):
    """The entry, and what stands in it."""
    entry = happened(subject=owner, actor=owner)
    sql("UPDATE audit_auditentry SET details = %s WHERE id = %s", request.param, entry.pk)
    return entry, json.loads(request.param)


def test_the_log_and_its_file_show_them(client_for, odd):
    entry, told = odd
    reader = client_for(auditor())

    logs = reader.get("audit", {"resourceId": entry.resource_id}).data["data"]["logs"]
    file = b"".join(reader.get("audit/export", {"format": "jsonl"}).streaming_content)

    assert [log["details"] for log in logs] == [{"": told}]
    assert {"": told} in [json.loads(line)["details"] for line in file.splitlines()]


def test_so_do_the_staff_site_and_the_persons_own_history(client, odd, owner):
    entry, told = odd
    client.force_login(holder(Permission.ADMIN_ACCESS, Permission.AUDIT_READ))

    assert client.get(reverse("admin:audit_auditentry_change", args=[entry.pk])).status_code == 200
    history = {row["id"]: row for row in own_history(owner.pk, chunk=10)}
    assert history[str(entry.pk)]["details"] == {"": told}


def test_an_impersonation_of_theirs_gives_no_reason():
    session = uuid4()
    happened(Action.ADMIN_IMPERSONATION_STARTED, resource="session", resource_id=session)
    sql("UPDATE audit_auditentry SET details = '[5]' WHERE resource_id = %s", str(session))

    assert reason_of(session) == ""


def test_an_erasure_passes_over_no_one(odd, owner):
    entry, _ = odd
    seal_all()

    erasure.anonymise(owner.pk, pseudonym="erased-1", names=["a"], mentioned=[entry.pk])

    assert AuditEntry.objects.get(pk=entry.pk).user_id is None
    # Still somebody else's, as it was sealed.
    assert verify().finding.fault == "unproven"
