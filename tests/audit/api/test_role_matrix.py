"""Who reaches the log: whoever holds the permission for it, and nobody by any other."""

from __future__ import annotations

import pytest

from rbac.permissions import Permission
from tests.audit.log import holder
from tests.factories import UserFactory

CALLS = {
    ("GET", "audit"): Permission.AUDIT_READ,
    ("GET", "audit/stats"): Permission.AUDIT_READ,
    ("GET", "audit/export"): Permission.AUDIT_READ,
    ("POST", "audit/cleanup"): Permission.SYSTEM_MANAGE,
    ("GET", "audit/user/019aaf3e-5c1f-7c52-9d43-0c6f5a2b7e10"): Permission.AUDIT_READ,
}


@pytest.mark.parametrize(("call", "permission"), CALLS.items(), ids=" ".join)
def test_the_permission_alone_opens_it(client_for, call, permission):
    assert client_for(holder(permission)).call(*call, {}).status_code == 200


@pytest.mark.parametrize("call", CALLS, ids=" ".join)
def test_all_the_others_together_do_not(client_for, call):
    others = [permission for permission in Permission if permission != CALLS[call]]

    response = client_for(holder(*others)).call(*call, {})

    assert (response.status_code, response.data["code"]) == (403, "PERMISSION_DENIED")


@pytest.mark.parametrize("call", CALLS, ids=" ".join)
def test_nor_does_being_somebody_or_nobody(api, client_for, call):
    assert client_for(UserFactory()).call(*call, {}).status_code == 403
    assert api.call(*call, {}).status_code == 401
