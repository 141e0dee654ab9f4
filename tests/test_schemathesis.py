"""What schemathesis makes up from the schema, sent by nobody, by a user and by an admin.

Nothing of it may end in a 5xx, and every answer looks as the schema says. The inputs are the same
in every run, so a failure can be repeated and none appears by chance. Half of the calls that name
a person, a role or the like name one that is there: made-up ids come no further than 404.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4
from zlib import crc32

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.utils import timezone
from guardian.shortcuts import assign_perm
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    ignored_auth,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from accounts.models import TrustedDevice, User
from accounts.services import sessions
from audit.models import AuditEntry
from config.common.request_meta import RequestMeta
from notifications.kinds import Kind
from notifications.services import inbox
from tests.conftest import ApiClient
from tests.factories import UserFactory, admin
from tests.staff import let_hold

CHECKS = [
    not_a_server_error,
    allow_header_conformance,
    content_type_conformance,
    ignored_auth,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
]
# Not asked: whether all that the schema allows is accepted (the rules say no to much of it), nor
# whether all else is refused (unknown fields are ignored, as the contract has it).

SIGNALS = (request_started, request_finished)
application = get_wsgi_application()


def in_the_tests_transaction(environ, start_response):
    """Django takes it for a leftover of another request; its test client does this as well."""
    for signal in SIGNALS:
        signal.disconnect(close_old_connections)
    return application(environ, start_response)


schema = schemathesis.openapi.from_wsgi("/api/v1/schema", in_the_tests_transaction)
schema.config.generation.update(deterministic=True, database="none")
few = settings(
    max_examples=15,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
# To what is closed a stranger comes no further than 401.
fewer = settings(few, max_examples=3)
# Schemathesis calls the tests with nothing but a case.
headers: dict[str, str] = {}
callers: list[User] = []

# Whatever can be done to somebody can be done to one of these. More who may come in: only they
# have sessions.
STATES: tuple[dict[str, bool], ...] = (
    {},
    {},
    {"suspended": True},
    {"deactivated": True},
    {"deleted": True},
    {"unverified": True},
)


@pytest.fixture(autouse=True)
def _connections_are_closed_again():
    yield
    for signal in SIGNALS:
        signal.connect(close_old_connections)


@pytest.fixture
def signed_in_user(db):
    sign_in(UserFactory())
    yield
    headers.clear()
    callers.clear()


@pytest.fixture
def signed_in_admin(db):
    sign_in(admin())
    yield
    headers.clear()
    callers.clear()


def sign_in(user):
    client = ApiClient()
    client.sign_in(user)
    headers["Authorization"] = f"Bearer {client.token}"
    callers.append(user)


def session_of(owner):
    return sessions.open_session(owner, meta=RequestMeta(ip="203.0.113.7")).pk


def device_of(owner):
    ends = timezone.now() + timedelta(days=1)
    return TrustedDevice.objects.create(user=owner, device_id=uuid4(), expires_at=ends).pk


def entry_about(owner):
    return AuditEntry.objects.latest("pk").pk if AuditEntry.objects.exists() else 1


# By the name in a path or a body: one of its kind, whose owner is given.
REAL = {
    "userId": lambda owner: owner.pk,
    "userIds": lambda owner: [owner.pk, UserFactory().pk],
    "on": lambda _owner: UserFactory().pk,
    "permission": lambda _owner: "USER_READ",
    "roleId": lambda owner: let_hold(owner).pk,
    "grantId": lambda owner: assign_perm("user_read", owner, UserFactory()).pk,
    "sessionId": session_of,
    "trustedId": device_of,
    "notificationId": lambda owner: inbox.notify(owner, Kind.SYSTEM, title="x", message="y").pk,
    "entryId": entry_about,
    "username": lambda owner: owner.username,
}


def with_real_ids(case):
    """Which cases get them depends on what they say: told again, a case is the same again."""
    path = sorted((case.path_parameters or {}).items())
    given = crc32(repr((path, case.query, case.body)).encode())
    in_path = REAL.keys() & dict(path).keys()
    in_body = REAL.keys() & case.body.keys() if isinstance(case.body, dict) else set()
    if given % 2 or not (in_path or in_body & {"userIds", "roleId", "on"}):
        return case
    is_own = callers and "userId" not in in_path and "userIds" not in in_body
    owner = callers[0] if is_own else UserFactory(**STATES[given // 2 % len(STATES)])
    case.path_parameters = {**dict(path), **real(in_path, owner)}
    if in_body:
        case.body = {**case.body, **real(in_body, owner)}
    return case


def real(names: set[str], owner: User) -> dict[str, Any]:
    made = {name: REAL[name](owner) for name in sorted(names)}
    return {
        name: [str(one) for one in value] if isinstance(value, list) else str(value)
        for name, value in made.items()
    }


def is_open(context):
    security = context.operation.definition.raw["security"]
    return not security or {} in security


@pytest.mark.usefixtures("db")
@schema.include(is_open).parametrize()
@few
def test_nobody(case):
    with_real_ids(case).call_and_validate(checks=CHECKS)


@pytest.mark.usefixtures("db")
@schema.exclude(is_open).parametrize()
@fewer
def test_nobody_at_what_is_closed(case):
    answer = with_real_ids(case).call_and_validate(checks=CHECKS)

    assert answer.status_code in {401, 405, 406, 415}, answer.status_code


@pytest.mark.usefixtures("signed_in_user")
@schema.parametrize()
@few
def test_a_user(case):
    with_real_ids(case).call_and_validate(checks=CHECKS, headers=headers)


@pytest.mark.usefixtures("signed_in_admin")
@schema.parametrize()
@few
def test_an_admin(case):
    with_real_ids(case).call_and_validate(checks=CHECKS, headers=headers)
