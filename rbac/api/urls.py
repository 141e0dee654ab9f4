"""Every call about roles, on one screen."""

from __future__ import annotations

from django.urls import path

from rbac.api.grants import GrantViewSet
from rbac.api.people import PersonRolesViewSet
from rbac.api.roles import RoleViewSet

urlpatterns = [
    path("roles", RoleViewSet.as_view({"get": "list", "post": "create"})),
    path("roles/permissions", RoleViewSet.as_view({"get": "permissions"})),
    path("roles/user/<str:user_id>", PersonRolesViewSet.as_view({"get": "retrieve"})),
    path("roles/user/<str:user_id>/assign", PersonRolesViewSet.as_view({"post": "assign"})),
    path("roles/user/<str:user_id>/explain", PersonRolesViewSet.as_view({"get": "explain"})),
    path(
        "roles/user/<str:user_id>/grants",
        GrantViewSet.as_view({"get": "list", "post": "create"}),
    ),
    path(
        "roles/user/<str:user_id>/grants/<str:grant_id>",
        GrantViewSet.as_view({"delete": "destroy"}),
    ),
    # After the ones with names of their own.
    path(
        "roles/user/<str:user_id>/<str:role_id>", PersonRolesViewSet.as_view({"delete": "remove"})
    ),
    path(
        "roles/<str:role_id>",
        RoleViewSet.as_view({"get": "retrieve", "put": "update", "delete": "destroy"}),
    ),
]
