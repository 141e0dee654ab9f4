"""The rows that the program cannot do without: fourteen permissions and three roles."""

from __future__ import annotations

from django.contrib.auth.models import Permission as DjangoPermission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import translation

from rbac.models import Role
from rbac.permissions import ADMIN, DEFAULT_ROLES, Permission


@transaction.atomic
def ensure() -> None:
    """Make what is missing. Safe to run again, and safe to run twice at once.

    Every insert lets a row of the same name win, in one order, so two runs wait for each other
    and agree. A role gets its default permissions when it is made; afterwards they are staff's
    to change, but for `admin`, who gets what a new version adds. Four statements when all is there.
    """
    # Stored texts are in the language of the source; pages translate them.
    with translation.override(None):
        permissions = _ensure_permissions()
        _ensure_roles(permissions)


def _ensure_permissions() -> dict[str, int]:
    """Key by codename."""
    # Not through the manager's cache, which survives a flushed test database.
    content_type, _made = ContentType.objects.get_or_create(app_label="rbac", model="role")
    rows = DjangoPermission.objects.filter(content_type=content_type)
    present = {row.codename: row for row in rows}
    missing = [permission for permission in Permission if permission.value not in present]
    if missing:
        DjangoPermission.objects.bulk_create(
            [
                DjangoPermission(content_type=content_type, codename=p.value, name=str(p.label))
                for p in missing
            ],
            ignore_conflicts=True,
        )
    renamed = []
    for permission in Permission:
        row = present.get(permission.value)
        if row and row.name != str(permission.label):
            row.name = str(permission.label)
            renamed.append(row)
    if renamed:
        DjangoPermission.objects.bulk_update(renamed, ["name"])
    if missing:
        return dict(rows.values_list("codename", "pk"))
    return {codename: row.pk for codename, row in present.items()}


def _ensure_roles(permissions: dict[str, int]) -> None:
    named = Role.objects.filter(name__in=DEFAULT_ROLES)
    present = dict(named.values_list("name", "pk"))
    missing = [name for name in DEFAULT_ROLES if name not in present]
    if missing:
        Role.objects.bulk_create(
            [
                Role(name=name, description=str(DEFAULT_ROLES[name].description), is_system=True)
                for name in missing
            ],
            ignore_conflicts=True,
        )
        present = dict(named.values_list("name", "pk"))
    links = Role.permissions.through.objects
    held = set(links.filter(role=present[ADMIN]).values_list("permission_id", flat=True))
    wanted = [
        Role.permissions.through(role_id=present[name], permission_id=permissions[allowed.value])
        for name in dict.fromkeys([ADMIN, *missing])
        # In one order for everybody: two runs that insert crosswise would lock each other out.
        for allowed in sorted(DEFAULT_ROLES[name].permissions)
        if name != ADMIN or permissions[allowed.value] not in held
    ]
    if wanted:
        links.bulk_create(wanted, ignore_conflicts=True)
