"""The contract's table of gates (section 7), by call: one permission opens, thirteen do not."""

from __future__ import annotations

import pytest

from accounts.services import sessions
from config.common.request_meta import RequestMeta
from rbac.permissions import Permission
from tests.config.routes import calls
from tests.conftest import ApiClient
from tests.staff import holding

GATES: dict[str, set[str]] = {
    "USER_READ": {
        "GET admin/users",
        "GET admin/users/{userId}",
        "GET roles/user/{userId}",
    },
    "USER_CREATE": {"POST admin/users", "POST admin/users/{userId}/resend-invitation"},
    "USER_UPDATE": {"PATCH admin/users/{userId}"},
    "USER_DELETE": {"DELETE admin/users/{userId}"},
    "USER_MANAGE": {
        "POST admin/users/{userId}/reset-password",
        "POST admin/users/{userId}/verify-email",
        "POST admin/users/{userId}/unlock",
        "POST admin/users/{userId}/suspend",
        "POST admin/users/{userId}/reactivate",
        "POST admin/users/{userId}/restore",
        "POST admin/users/{userId}/disable-2fa",
        "GET admin/users/{userId}/sessions",
        "DELETE admin/users/{userId}/sessions",
        "DELETE admin/users/{userId}/sessions/{sessionId}",
        "POST admin/bulk/suspend",
        "POST admin/bulk/reactivate",
    },
    "ROLE_READ": {
        "GET roles",
        "GET roles/{roleId}",
        "GET roles/permissions",
        "GET roles/user/{userId}/explain",
    },
    "ROLE_CREATE": {"POST roles"},
    "ROLE_UPDATE": {"PUT roles/{roleId}"},
    "ROLE_DELETE": {"DELETE roles/{roleId}"},
    "ROLE_ASSIGN": {
        "POST roles/user/{userId}/assign",
        "DELETE roles/user/{userId}/{roleId}",
        "GET roles/user/{userId}/grants",
        "POST roles/user/{userId}/grants",
        "DELETE roles/user/{userId}/grants/{grantId}",
        "POST admin/bulk/assign-role",
        "POST admin/bulk/remove-role",
    },
    "ADMIN_ACCESS": {"GET admin/dashboard", "POST admin/users/{userId}/impersonate"},
    "ADMIN_SETTINGS": {"GET admin/settings", "PATCH admin/settings"},
    "AUDIT_READ": {
        "GET audit",
        "GET audit/stats",
        "GET audit/analytics",
        "GET audit/user/{userId}",
        "GET audit/export",
        "GET audit/{entryId}/proof",
    },
    "SYSTEM_MANAGE": {"POST audit/cleanup"},
}
# Where a grant on the person in the path opens it too.
ON_ONE_PERSON = {"USER_READ", "USER_UPDATE", "USER_DELETE", "USER_MANAGE", "ROLE_ASSIGN"}

CALLS = {call.name: call for call in calls()}
GATED = [(gate, name) for gate, names in GATES.items() for name in sorted(names)]


def gate_of(call) -> str:
    """The permission that a call's description asks for, by the contract's word; '' for none."""
    asked = [each.permission for each in call.operation.permissions if hasattr(each, "permission")]
    return asked[0].removeprefix("rbac.").upper() if asked else ""


def test_the_table_names_every_gate_and_every_gated_call():
    assert list(GATES) == [permission.name for permission in Permission]
    closed = {(gate, call.name) for call in CALLS.values() if (gate := gate_of(call))}
    assert closed == set(GATED)


def somebody_with(permission: Permission) -> ApiClient:
    """Signed in, and allowed this and nothing else."""
    user = holding(permission)
    client = ApiClient()
    session = sessions.open_session(user, meta=RequestMeta(ip="127.0.0.1"))
    client.token = sessions.tokens_of(session).access
    return client


def ask(client: ApiClient, call, ids: str):
    body = call.operation.body_example or {}
    return client.call(call.method, call.filled(ids), body if call.method != "GET" else None)


@pytest.mark.django_db
@pytest.mark.parametrize(("gate", "name"), GATED, ids=[name for _gate, name in GATED])
def test_one_permission_opens_it_and_the_other_thirteen_do_not(gate, name, stranger):
    call = CALLS[name]

    answers = {
        permission.name: ask(somebody_with(permission), call, str(stranger.pk))
        for permission in Permission
    }

    refused = {
        name
        for name, answer in answers.items()
        if answer.status_code == 403 and answer.data["code"] == "PERMISSION_DENIED"
    }
    assert refused == set(GATES) - {gate}


@pytest.mark.django_db
@pytest.mark.parametrize(("gate", "name"), GATED, ids=[name for _gate, name in GATED])
def test_nobody_without_a_permission_gets_in(gate, name, client_for, owner, stranger):
    answer = ask(client_for(owner), CALLS[name], str(stranger.pk))

    assert (answer.status_code, answer.data["code"]) == (403, "PERMISSION_DENIED")
