from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission as DjangoPermission

from rbac.models import Role
from rbac.permissions import Permission


@pytest.fixture
def make_role(db: None) -> Callable[..., Role]:
    """A role that allows what is named: `make_role("clerks", "ROLE_ASSIGN")`."""

    def make(name: str, *permissions: str) -> Role:
        made: Any = Role.objects.create(name=name)
        made.permissions.set(
            DjangoPermission.objects.filter(
                content_type__app_label="rbac",
                codename__in=[Permission[permission].value for permission in permissions],
            )
        )
        return made  # type: ignore[no-any-return]

    return make
