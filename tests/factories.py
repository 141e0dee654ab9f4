"""People for tests, named by their part."""

from __future__ import annotations

from typing import Any

import factory
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.models import PasswordRecord, Profile, User
from rbac.models import Role, RoleAssignment
from rbac.permissions import ADMIN, MODERATOR, USER

PASSWORD = "Correct-Horse7"


class UserFactory(factory.django.DjangoModelFactory[User]):
    """An active, verified account with profile, history and role `user`; its password is PASSWORD.

    Traits: admin, moderator, unverified, suspended, deactivated, deleted.
    """

    class Meta:
        model = User
        skip_postgeneration_save = True

    class Params:
        unverified = factory.Trait(email_verified_at=None)
        suspended = factory.Trait(suspended_at=factory.LazyFunction(timezone.now))
        deactivated = factory.Trait(deactivated_at=factory.LazyFunction(timezone.now))
        deleted = factory.Trait(deleted_at=factory.LazyFunction(timezone.now))

    username = factory.Sequence(lambda number: f"person_{number}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.org")
    first_name = "Ada"
    last_name = "Lovelace"
    email_verified_at = factory.LazyFunction(timezone.now)
    password = factory.LazyFunction(lambda: make_password(PASSWORD))

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        roles = kwargs.pop("roles", [])
        identity = ("email", "username", "first_name", "last_name")
        named = {name: kwargs.pop(name) for name in identity}
        user = model_class(*args, **kwargs)
        user.set_identity(**named)
        user.save(force_insert=True)
        Profile.objects.create(user=user)
        PasswordRecord.objects.create(user=user, password=user.password)
        for name in [USER, *roles]:
            RoleAssignment.objects.create(
                user=user, role=Role.objects.get(name=name), user_created_at=user.created_at
            )
        return user


def admin(**fields: Any) -> User:
    return UserFactory(roles=[ADMIN], **fields)


def moderator(**fields: Any) -> User:
    return UserFactory(roles=[MODERATOR], **fields)
