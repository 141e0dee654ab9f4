"""One function per mail. Each queues one row in the caller's transaction; see `outbox`.

The texts are in `templates/emails/<name of the function>`.
"""

from notifications.services.email.address import (
    email_change_confirm,
    email_change_notice,
    email_change_taken,
    email_change_undone,
    email_changed,
)
from notifications.services.email.lifecycle import (
    account_deactivated,
    account_deleted,
    account_reactivated,
    account_recovered,
    account_restored,
    account_suspended,
    account_unsuspended,
)
from notifications.services.email.passwords import (
    password_changed,
    password_reset_by_staff,
    reset_password,
    reset_while_suspended,
    temporary_password_set,
)
from notifications.services.email.registration import (
    already_registered,
    invitation,
    verify_email,
)
from notifications.services.email.security import (
    account_locked,
    login_alert,
    not_me_confirmed,
    session_reused,
    sessions_ended,
)
from notifications.services.email.staff import (
    account_updated_by_staff,
    impersonated,
    role_changed,
    sessions_ended_by_staff,
)
from notifications.services.email.two_factor import (
    backup_code_used,
    backup_codes_regenerated,
    codes_locked,
    two_factor_disabled,
    two_factor_disabled_by_staff,
    two_factor_enabled,
)
from notifications.services.email.writing import LIFETIMES, Page, link

__all__ = [
    "LIFETIMES",
    "Page",
    "account_deactivated",
    "account_deleted",
    "account_locked",
    "account_reactivated",
    "account_recovered",
    "account_restored",
    "account_suspended",
    "account_unsuspended",
    "account_updated_by_staff",
    "already_registered",
    "backup_code_used",
    "backup_codes_regenerated",
    "codes_locked",
    "email_change_confirm",
    "email_change_notice",
    "email_change_taken",
    "email_change_undone",
    "email_changed",
    "impersonated",
    "invitation",
    "link",
    "login_alert",
    "not_me_confirmed",
    "password_changed",
    "password_reset_by_staff",
    "reset_password",
    "reset_while_suspended",
    "role_changed",
    "session_reused",
    "sessions_ended",
    "sessions_ended_by_staff",
    "temporary_password_set",
    "two_factor_disabled",
    "two_factor_disabled_by_staff",
    "two_factor_enabled",
    "verify_email",
]
