"""What `user.has_perm` answers from: live roles, and grants on single people.

Never import this from models: guardian and Django's backends want the user model at import.
"""

from __future__ import annotations

from typing import Any, Final, TypeGuard

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.models import Permission as DjangoPermission
from django.db.models import Model, QuerySet
from guardian.backends import ObjectPermissionBackend
from guardian.core import ObjectPermissionChecker

from rbac import selectors
from rbac.permissions import GRANTABLE, Permission
from rbac.services.memory import PERSON_GRANTS, ROLE_PERMISSIONS

_GRANTABLE: Final = {permission.perm: permission.value for permission in GRANTABLE}


class RoleBackend(BaseBackend):
    """Permissions come from the roles in force and from nowhere else.

    The first answer is kept on the user object, so that a request costs one query at most; see
    `services/memory.py`.
    """

    def get_group_permissions(self, user_obj: Any, obj: Model | None = None) -> set[str]:
        """All of them, as `rbac.user_read`. Which object is asked about makes no difference."""
        if user_obj.is_anonymous or not user_obj.is_active:
            return set()
        held: frozenset[str] | None = getattr(user_obj, ROLE_PERMISSIONS, None)
        if held is None:
            held = frozenset(f"rbac.{name}" for name in selectors.live_codenames(user_obj.pk))
            setattr(user_obj, ROLE_PERMISSIONS, held)
        return set(held)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return app_label == "rbac" and bool(self.get_group_permissions(user_obj))

    def with_perm(
        self,
        perm: str | DjangoPermission,
        is_active: bool | None = True,  # noqa: FBT001, FBT002  Django's signature
        include_superusers: bool = True,  # noqa: FBT001, FBT002  there are none
        obj: Model | None = None,  # as above: it makes no difference
    ) -> QuerySet[Any]:
        """Users whose roles allow this, on any object; `is_active=None` for any state."""
        if isinstance(perm, DjangoPermission):
            perm = f"{perm.content_type.app_label}.{perm.codename}"
        permission = next((known for known in Permission if known.perm == perm), None)
        everybody: Any = get_user_model()._default_manager  # noqa: SLF001
        if permission is None:
            return everybody.none()  # type: ignore[no-any-return]
        found = selectors.holders(permission)
        if is_active is None:
            return found
        active = everybody.active().values("pk")
        return found.filter(pk__in=active) if is_active else found.exclude(pk__in=active)


class PersonGrantBackend(ObjectPermissionBackend):
    """Guardian's backend for one question: may this user do this to this person?

    Guardian wants the permission in the app of the object and raises WrongAppError otherwise, so
    `rbac.user_manage` on a person is looked up as the user model's own `user_manage`.
    """

    def has_perm(self, user_obj: Any, perm: str, obj: Model | None = None) -> bool:
        return perm in _GRANTABLE and perm in self.get_all_permissions(user_obj, obj)

    def get_all_permissions(self, user_obj: Any, obj: Model | None = None) -> set[str]:
        """The grants on this person, as `rbac.user_manage`; one query for each person asked about.

        Grants to roles are not looked at: guardian would count expired assignments.
        """
        if user_obj.is_anonymous or not user_obj.is_active or not _is_person(obj):
            return set()
        known: dict[Any, frozenset[str]] | None = getattr(user_obj, PERSON_GRANTS, None)
        if known is None:
            known = {}
            setattr(user_obj, PERSON_GRANTS, known)
        if obj.pk not in known:
            held = set(ObjectPermissionChecker(user_obj).get_user_perms(obj))
            known[obj.pk] = frozenset(perm for perm, name in _GRANTABLE.items() if name in held)
        return set(known[obj.pk])

    def get_group_permissions(self, user_obj: Any, obj: Model | None = None) -> set[str]:
        return set()


def _is_person(obj: Model | None) -> TypeGuard[Model]:
    return isinstance(obj, get_user_model()) and obj.pk is not None
