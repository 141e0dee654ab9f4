"""The fourteen things that a role can allow, and the roles that come with the program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Permission(TextChoices):
    """Append-only, in the contract's order (section 7).

    name: the word on the wire; value: the codename of Django's row; label: a description for
    people; perm: what `user.has_perm` is asked.
    """

    USER_READ = "user_read", _("See users")
    USER_CREATE = "user_create", _("Invite users")
    USER_UPDATE = "user_update", _("Edit users")
    USER_DELETE = "user_delete", _("Delete users")
    USER_MANAGE = "user_manage", _("Verify, unlock, suspend, restore and reset users")
    ROLE_READ = "role_read", _("See roles")
    ROLE_CREATE = "role_create", _("Create roles")
    ROLE_UPDATE = "role_update", _("Change roles")
    ROLE_DELETE = "role_delete", _("Delete roles")
    ROLE_ASSIGN = "role_assign", _("Assign roles and grant permissions")
    ADMIN_ACCESS = "admin_access", _("Use the staff site, the dashboard and impersonation")
    ADMIN_SETTINGS = "admin_settings", _("See and change settings")
    AUDIT_READ = "audit_read", _("Read the audit log")
    SYSTEM_MANAGE = "system_manage", _("Clean up the audit log and do maintenance")

    @property
    def perm(self) -> str:
        """`rbac.user_read`"""
        return f"rbac.{self.value}"


ALL: Final = frozenset(Permission)

# What can be held on one person alone.
GRANTABLE: Final = (
    Permission.USER_READ,
    Permission.USER_UPDATE,
    Permission.USER_DELETE,
    Permission.USER_MANAGE,
    Permission.ROLE_ASSIGN,
)

ADMIN: Final = "admin"
MODERATOR: Final = "moderator"
USER: Final = "user"


@dataclass(frozen=True, slots=True)
class DefaultRole:
    """What a role is made with. Only `admin` is kept at it; staff may change the others."""

    description: str | Promise
    permissions: frozenset[Permission]


DEFAULT_ROLES: Final[dict[str, DefaultRole]] = {
    ADMIN: DefaultRole(_("Everything"), ALL),
    MODERATOR: DefaultRole(
        _("Sees and edits users, reads the audit log"),
        frozenset({Permission.USER_READ, Permission.USER_UPDATE, Permission.AUDIT_READ}),
    ),
    USER: DefaultRole(_("One's own profile"), frozenset()),
}
