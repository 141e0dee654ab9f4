"""Who may call. Every view is closed unless it says otherwise."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.utils import timezone
from rest_framework.permissions import BasePermission

from config.common.errors import NotAuthenticated, PermissionRequired, ReauthenticationRequired
from config.common.ids import parse_uuid


class Public(BasePermission):
    """Anyone. The architecture test lists who may say so."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return True


class Closed(BasePermission):
    """Nobody: what a view holds until its action says who may call."""

    def has_permission(self, request: Any, view: Any) -> bool:
        if request.auth is None:
            raise NotAuthenticated
        raise PermissionRequired


class SignedIn(BasePermission):
    """A live session."""

    def has_permission(self, request: Any, view: Any) -> bool:
        if request.auth is None:
            raise NotAuthenticated
        return True


class FreshProof(SignedIn):
    """A session that gave its password within REAUTHENTICATION_WINDOW."""

    def has_permission(self, request: Any, view: Any) -> bool:
        super().has_permission(request, view)
        require_fresh(request)
        return True


def require_fresh(request: Any) -> None:
    """For a call that only needs it in one of its ways. Raises ReauthenticationRequired."""
    window = settings.REAUTHENTICATION_WINDOW
    if window is not None and timezone.now() - request.auth.proven_at > window:
        raise ReauthenticationRequired


class Holds(SignedIn):
    """One of the 14 permissions, asked of the roles at this very request.

    on: the path parameter with a person's id, where a grant on that person alone opens it too.
    """

    permission: str
    on: str = ""

    def has_permission(self, request: Any, view: Any) -> bool:
        super().has_permission(request, view)
        if not request.user.has_perm(self.permission, self._person(view)):
            raise PermissionRequired
        return True

    def _person(self, view: Any) -> Any:
        """Named by their key alone: no query, and the same answer for who does not exist."""
        person_id = parse_uuid(view.kwargs[self.on]) if self.on else None
        return get_user_model()(pk=person_id) if person_id else None


def holds(permission: str, on: str = "") -> type[Holds]:
    """`permission_classes = [holds("rbac.user_read", on="user_id")]`"""
    return type("Holds", (Holds,), {"permission": permission, "on": on})
