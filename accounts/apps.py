from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.apps import apps as present_apps
from django.apps.registry import Apps
from django.contrib.auth.signals import user_logged_in
from django.core.exceptions import FieldDoesNotExist
from django.db import DEFAULT_DB_ALIAS
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        # The login's own conditional UPDATE sets last_login; Django would write it again. Its app
        # connects after this one, and connects nothing where the name is taken.
        user_logged_in.connect(_nothing, dispatch_uid="update_last_login")
        post_migrate.connect(_ensure_search, sender=self, dispatch_uid="accounts.search")


def _nothing(**_kwargs: Any) -> None:
    """Stands where Django's `update_last_login` would."""


def _ensure_search(
    *, using: str = DEFAULT_DB_ALIAS, apps: Apps | None = None, **_kwargs: Any
) -> None:
    """SQLite's search index, after every migration: one that changes the table drops triggers."""
    from accounts.services import search_index  # noqa: PLC0415  models are not there yet at import

    try:
        (apps or present_apps).get_model("accounts", "User")._meta.get_field("facet")  # noqa: SLF001
    except (LookupError, FieldDoesNotExist):
        return  # A migration to a point before the search.
    if using == DEFAULT_DB_ALIAS:
        search_index.ensure()
