"""Who may what, at a glance: permissions down, roles across."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.common.errors import Text
from config.common.staff import staff_page
from rbac import selectors
from rbac.permissions import Permission
from rbac.services import roles

# By what it is about, in the contract's order within.
GROUPS: Final[dict[Text, dict[Permission, Text]]] = {
    gettext_lazy("People"): {
        Permission.USER_READ: gettext_lazy("The directory and each person's page."),
        Permission.USER_CREATE: gettext_lazy("A mail with a link invites them."),
        Permission.USER_UPDATE: gettext_lazy("Names and username."),
        Permission.USER_DELETE: gettext_lazy("For thirty days it can be undone; also for good."),
        Permission.USER_MANAGE: gettext_lazy("Also ends sessions and removes a lost factor."),
    },
    gettext_lazy("Roles"): {
        Permission.ROLE_READ: gettext_lazy("What each role allows, and who has it."),
        Permission.ROLE_CREATE: gettext_lazy("With permissions that they hold themselves."),
        Permission.ROLE_UPDATE: gettext_lazy("Whoever has it may do more or less at once."),
        Permission.ROLE_DELETE: gettext_lazy("Those that nobody has."),
        Permission.ROLE_ASSIGN: gettext_lazy("Also permissions on one person alone."),
    },
    gettext_lazy("The service"): {
        Permission.ADMIN_ACCESS: gettext_lazy("Without it none of the others opens this site."),
        Permission.ADMIN_SETTINGS: gettext_lazy("What holds for everybody from one moment on."),
        Permission.AUDIT_READ: gettext_lazy("All of it, also as a file."),
        Permission.SYSTEM_MANAGE: gettext_lazy("Also mails that could not be sent."),
    },
}


@staff_page(
    "permissions/",
    name="permissions",
    title=gettext_lazy("Permissions by role"),
    section="rbac",
    needs=Permission.ROLE_READ.perm,
)
def page(request: Any) -> HttpResponse:
    found = [(role, roles.allowed_by(role)) for role in selectors.roles()]
    context = admin.site.each_context(request) | {
        "title": _("Permissions by role"),
        "roles": [{"role": role, "number": selectors.user_count(role)} for role, _held in found],
        "groups": [
            (
                title,
                [
                    (one, more, [one in held for _role, held in found])
                    for one, more in group.items()
                ],
            )
            for title, group in GROUPS.items()
        ],
        "may_add": request.user.has_perm(Permission.ROLE_CREATE.perm),
    }
    return TemplateResponse(request, "admin/permissions.html", context)
