from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        # The login's own conditional UPDATE sets last_login; Django would write it again. Its app
        # connects after this one, and connects nothing where the name is taken.
        user_logged_in.connect(_nothing, dispatch_uid="update_last_login")


def _nothing(**_kwargs: Any) -> None:
    """Stands where Django's `update_last_login` would."""
