"""What somebody may do to a person now, so that nothing else is offered.

The services decide, under their locks, whatever was offered; here the same is asked without them.
"""

from __future__ import annotations

from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.admin.acts import ACTS, Act
from accounts.models import User
from accounts.selectors.person import Person
from config.common.errors import Text
from rbac import selectors
from rbac.models import Role, RoleAssignment
from rbac.permissions import ADMIN, Permission
from rbac.services.last_admin import active_admins
from rbac.services.roles import allowed_by


def may(by: User, permission: Permission, on: User | None = None) -> bool:
    """By a role, or by a grant on this person alone."""
    return by.has_perm(permission.perm, on)


class Offers:
    """For one person and one who looks at their page."""

    def __init__(self, person: Person, by: User) -> None:
        self.person, self.by = person, by

    @property
    def is_oneself(self) -> bool:
        return self.person.user.pk == self.by.pk

    @cached_property
    def held(self) -> frozenset[Permission]:
        return selectors.permissions(self.by.pk)

    @cached_property
    def is_above(self) -> bool:
        """Does the person hold something that who looks does not?"""
        return bool(selectors.above(self.by.pk, among=[self.person.user.pk]))

    @cached_property
    def is_last_admin(self) -> bool:
        """Is there nobody else? Who is no admin is not asked about: it goes through all holders."""
        user = self.person.user
        is_in = user.is_active and user.invited_at is None
        is_admin = any(one.role.name == ADMIN and not one.expires_at for one in self.person.roles)
        return is_in and is_admin and not active_admins().exclude(pk=user.pk).exists()

    def may(self, permission: Permission) -> bool:
        return may(self.by, permission, self.person.user)

    def has(self, act: Act) -> bool:
        if self.is_oneself and not act.to_oneself:
            return False
        on = self.person.user if act.on_person else None
        return (
            may(self.by, act.permission, on)
            and act.fits(self.person)
            and not self.is_above
            and not (act.ends_admin and self.is_last_admin)
        )

    @cached_property
    def acts(self) -> dict[str, Act]:
        """By name, for templates: `{% if offers.acts.suspend %}`."""
        return {name: act for name, act in ACTS.items() if self.has(act)}

    @property
    def at_the_top(self) -> list[Act]:
        """Those that stand on every tab."""
        return [act for act in self.acts.values() if not act.tab]

    @property
    def withheld(self) -> list[Text]:
        """Why not more is offered, where neither the state nor one's own permissions say it."""
        if self.is_oneself:
            return [_("This is your own account: what is done to others is not offered here.")]
        if self.is_above:
            return [_("This person may do something that you may not, so nothing is offered here.")]
        found: list[Text] = []
        if self.is_last_admin:
            found.append(_("Nobody else is an admin, so this account stays open."))
        if self.person.user.has_two_factor and self.may(Permission.USER_MANAGE):
            found.append(_("No temporary password: it would go past the second factor."))
        return found

    @property
    def can_edit(self) -> bool:
        return self.may(Permission.USER_UPDATE) and not self.is_above

    @property
    def can_change_address(self) -> bool:
        return self.may(Permission.USER_MANAGE) and not self.is_oneself

    @property
    def can_impersonate(self) -> bool:
        user = self.person.user
        is_in = user.is_active and user.invited_at is None
        is_other = is_in and not self.is_oneself and not self.is_above
        return is_other and may(self.by, Permission.ADMIN_ACCESS)

    @cached_property
    def coverable(self) -> dict[Any, Role]:
        """Roles that allow nothing which who looks does not hold: theirs to give and to take."""
        every = Role.objects.order_by("name").prefetch_related("permissions")
        return {role.pk: role for role in every if allowed_by(role) <= self.held}

    def can_take(self, assignment: RoleAssignment) -> bool:
        """May this role of theirs be taken away?"""
        if "remove_role" not in self.acts or assignment.role_id not in self.coverable:
            return False
        if assignment.expires_at is not None:
            return True
        if assignment.role.name == ADMIN and self.is_last_admin:
            return False
        return sum(held.expires_at is None for held in self.person.roles) > 1
