"""What schemathesis makes up from the schema, sent by nobody, by a user and by an admin.

Nothing of it may end in a 5xx, and every answer looks as the schema says. The inputs are the same
in every run, so a failure can be repeated and none appears by chance.
"""

from __future__ import annotations

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
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

from tests.conftest import ApiClient
from tests.factories import UserFactory, admin

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
# Schemathesis calls the tests with nothing but a case.
headers: dict[str, str] = {}


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


@pytest.fixture
def signed_in_admin(db):
    sign_in(admin())
    yield
    headers.clear()


def sign_in(user):
    client = ApiClient()
    client.sign_in(user)
    headers["Authorization"] = f"Bearer {client.token}"


def is_open(context):
    # To what is closed a stranger comes no further than 401 (tests/test_architecture.py).
    security = context.operation.definition.raw["security"]
    return not security or {} in security


@pytest.mark.usefixtures("db")
@schema.include(is_open).parametrize()
@few
def test_nobody(case):
    case.call_and_validate(checks=CHECKS)


@pytest.mark.usefixtures("signed_in_user")
@schema.parametrize()
@few
def test_a_user(case):
    case.call_and_validate(checks=CHECKS, headers=headers)


@pytest.mark.usefixtures("signed_in_admin")
@schema.parametrize()
@few
def test_an_admin(case):
    case.call_and_validate(checks=CHECKS, headers=headers)
