from __future__ import annotations

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        # The login's own conditional UPDATE sets last_login; Django would write it again.
        user_logged_in.disconnect(dispatch_uid="update_last_login")
