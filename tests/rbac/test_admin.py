from types import SimpleNamespace

import pytest
from django.contrib.admin import AdminSite

from rbac.admin import RoleAdmin, RoleAssignmentAdmin
from rbac.models import Role, RoleAssignment


def request_of(*permissions):
    return SimpleNamespace(user=SimpleNamespace(has_perm=lambda perm: perm in permissions))


@pytest.fixture(params=[(RoleAdmin, Role), (RoleAssignmentAdmin, RoleAssignment)])
def page(request):
    kind, model = request.param
    return kind(model, AdminSite())


def test_roles_are_shown_to_who_may_see_them(page):
    assert page.has_module_permission(request_of("rbac.role_read"))
    assert not page.has_module_permission(request_of("rbac.user_read"))


def test_the_staff_site_is_no_way_around_the_services(page):
    request = request_of("rbac.role_read", "rbac.role_update", "rbac.role_delete")

    assert not page.has_add_permission(request)
    assert not page.has_change_permission(request)
    assert not page.has_delete_permission(request)
    assert page.actions is None
