"""Who acts on many people at once in tests, and on whom."""

from __future__ import annotations

from rbac.models import Role, RoleAssignment
from rbac.services.builtin import DjangoPermission
from tests.factories import UserFactory


def holder(*permissions, name="helper"):
    """Somebody whose only role besides `user` allows these."""
    role = Role.objects.create(name=name)
    codenames = [permission.value for permission in permissions]
    role.permissions.set(
        DjangoPermission.objects.filter(codename__in=codenames, content_type__app_label="rbac")
    )
    return UserFactory(roles=[name])


def ids(*people):
    return [str(person.pk) for person in people]


def role(name="helpers"):
    return Role.objects.get_or_create(name=name)[0]


def holds(person, name="helpers"):
    return RoleAssignment.objects.live().filter(user=person, role__name=name).exists()
