"""Who reaches the log: whoever holds the permission for it, and nobody by any other."""

from __future__ import annotations

import pytest

from rbac.permissions import Permission
from tests.audit.log import happened, holder, seal_all
from tests.factories import UserFactory

CALLS = {
    ("GET", "audit"): Permission.AUDIT_READ,
    ("GET", "audit/stats"): Permission.AUDIT_READ,
    ("GET", "audit/export"): Permission.AUDIT_READ,
    ("POST", "audit/cleanup"): Permission.SYSTEM_MANAGE,
    ("GET", "audit/user/{somebody}"): Permission.AUDIT_READ,
    ("GET", "audit/{entry}/proof"): Permission.AUDIT_READ,
}


@pytest.fixture(params=CALLS, ids=" ".join)
def call(request, owner):
    """The call, and what opens it."""
    method, path = request.param
    entry = happened()
    seal_all()
    return (method, path.format(somebody=owner.pk, entry=entry.pk), {}), CALLS[request.param]


def test_the_permission_alone_opens_it(client_for, call):
    asked, permission = call

    assert client_for(holder(permission)).call(*asked).status_code == 200


def test_all_the_others_together_do_not(client_for, call):
    asked, permission = call
    others = [other for other in Permission if other != permission]

    response = client_for(holder(*others)).call(*asked)

    assert (response.status_code, response.data["code"]) == (403, "PERMISSION_DENIED")


def test_nor_does_being_somebody_or_nobody(api, client_for, call):
    asked, _permission = call

    assert client_for(UserFactory()).call(*asked).status_code == 403
    assert api.call(*asked).status_code == 401
