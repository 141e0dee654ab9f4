"""Rules about roles."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from config.common.errors import DomainError


class LastRole(DomainError):
    code, status = "LAST_ROLE", 400
    message = _("Everyone keeps at least one role without an end.")


class LastAdmin(DomainError):
    code, status = "LAST_ADMIN", 409
    message = _("This is the last active admin. Make somebody else one first.")


class RoleAlreadyAssigned(DomainError):
    code, status = "ROLE_ALREADY_ASSIGNED", 409
    message = _("This person has this role already.")


class PermissionEscalation(DomainError):
    code, status = "PERMISSION_ESCALATION", 403
    message = _("That takes a permission that you do not hold yourself.")


class SystemRole(DomainError):
    code, status = "SYSTEM_ROLE", 400
    message = _("This role belongs to the system and cannot be changed in this way.")


class RoleExists(DomainError):
    code, status, message = "ROLE_EXISTS", 409, _("There is a role of this name already.")


class RoleInUse(DomainError):
    code, status = "ROLE_IN_USE", 400
    message = _("This role is still assigned. Remove it from everyone first.")


class UnknownPermission(DomainError):
    code, status, message = "UNKNOWN_PERMISSION", 400, _("There is no such permission.")


class AlreadyGranted(DomainError):
    code, status = "ALREADY_GRANTED", 409
    message = _("This person holds this permission on that person already.")
