from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.apps import apps as present_apps
from django.apps.registry import Apps
from django.core.exceptions import FieldDoesNotExist
from django.db import DEFAULT_DB_ALIAS
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class RbacConfig(AppConfig):
    name = "rbac"
    verbose_name = _("Roles and permissions")

    def ready(self) -> None:
        post_migrate.connect(_ensure_builtin, sender=self, dispatch_uid="rbac.builtin")


def _ensure_builtin(
    *, using: str = DEFAULT_DB_ALIAS, apps: Apps | None = None, **_kwargs: Any
) -> None:
    """Permissions and default roles, after every migration and after every flush."""
    from rbac.services import builtin, facets  # noqa: PLC0415  models are not there yet at import

    try:
        (apps or present_apps).get_model("rbac", "RoleAssignment")._meta.get_field("user_facet")  # noqa: SLF001
    except (LookupError, FieldDoesNotExist):
        return  # A migration to a point before the tables.
    if using == DEFAULT_DB_ALIAS:
        builtin.ensure()
        facets.ensure()
