from types import SimpleNamespace

import pytest
from django.contrib.admin import AdminSite

from audit.admin import AuditEntryAdmin
from audit.models import AuditEntry


def request_of(*permissions):
    return SimpleNamespace(user=SimpleNamespace(has_perm=lambda perm: perm in permissions))


@pytest.fixture
def page():
    return AuditEntryAdmin(AuditEntry, AdminSite())


def test_the_log_is_shown_to_who_may_read_it(page):
    assert page.has_view_permission(request_of("rbac.audit_read"))
    assert page.has_module_permission(request_of("rbac.audit_read"))
    assert not page.has_view_permission(request_of("rbac.user_manage"))
    assert not page.has_module_permission(request_of())


def test_nobody_edits_it(page):
    request = request_of("rbac.audit_read", "rbac.system_manage")

    assert not page.has_add_permission(request)
    assert not page.has_change_permission(request)
    assert not page.has_delete_permission(request)
    assert page.actions is None
