"""Who may look for people, see one, and see the numbers."""

from __future__ import annotations

import pytest

from rbac.permissions import Permission
from tests.staff import granted, holding

CALLS = {
    "admin/users": Permission.USER_READ,
    "admin/users/{}": Permission.USER_READ,
    "admin/dashboard": Permission.ADMIN_ACCESS,
    "audit/analytics": Permission.AUDIT_READ,
}


def opened(client, person):
    statuses = {path: client.get(path.format(person.pk)).status_code for path in CALLS}
    assert set(statuses.values()) <= {200, 403}
    return {path for path, status in statuses.items() if status == 200}


@pytest.mark.parametrize("permission", list(Permission))
def test_a_permission_opens_its_calls_and_no_others(client_for, owner, permission):
    client = client_for(holding(permission))

    assert opened(client, owner) == {path for path, needed in CALLS.items() if needed == permission}


def test_a_grant_on_one_person_opens_their_page_and_no_list(client_for, owner, stranger):
    client = client_for(granted(Permission.USER_READ, on=owner))

    assert opened(client, owner) == {"admin/users/{}"}
    assert opened(client, stranger) == set()


def test_nobody_sees_anything(api, owner):
    for path in CALLS:
        assert api.get(path.format(owner.pk)).status_code == 401
