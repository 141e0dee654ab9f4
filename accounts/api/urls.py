"""Every call about accounts, on one screen."""

from __future__ import annotations

from django.urls import path

from accounts.api.audit_cleanup import AuditCleanupViewSet
from accounts.api.avatar import AvatarViewSet
from accounts.api.bulk import BulkViewSet
from accounts.api.dashboard import FiguresViewSet
from accounts.api.email_change import EmailChangeViewSet
from accounts.api.impersonation import ImpersonationViewSet
from accounts.api.lifecycle import AccountViewSet
from accounts.api.login import LoginViewSet
from accounts.api.passwords import PasswordViewSet
from accounts.api.people import PeopleViewSet
from accounts.api.people_access import PeopleAccessViewSet
from accounts.api.people_credentials import PeopleCredentialsViewSet
from accounts.api.people_sessions import PeopleSessionsViewSet
from accounts.api.profile import ProfileViewSet
from accounts.api.registration import RegistrationViewSet
from accounts.api.sessions import SessionViewSet
from accounts.api.settings import SettingsViewSet
from accounts.api.trusted_devices import TrustedDeviceViewSet
from accounts.api.two_factor import TwoFactorViewSet

urlpatterns = [
    # First what is asked most: patterns are tried one after the other.
    path(
        "users/profile",
        ProfileViewSet.as_view({"get": "retrieve", "put": "update", "patch": "partial_update"}),
    ),
    path("auth/refresh", LoginViewSet.as_view({"post": "refresh"})),
    path("auth/register", RegistrationViewSet.as_view({"post": "register"})),
    path(
        "auth/verify-email",
        RegistrationViewSet.as_view({"get": "verify_by_link", "post": "verify"}),
    ),
    path("auth/resend-verification", RegistrationViewSet.as_view({"post": "resend"})),
    path("auth/check-email", RegistrationViewSet.as_view({"get": "check_email"})),
    path("auth/check-username", RegistrationViewSet.as_view({"get": "check_username"})),
    path("auth/login", LoginViewSet.as_view({"post": "login"})),
    path("auth/logout", LoginViewSet.as_view({"post": "logout"})),
    path("auth/reauthenticate", LoginViewSet.as_view({"post": "reauthenticate"})),
    path("auth/unlock", LoginViewSet.as_view({"post": "unlock"})),
    path("auth/not-me", LoginViewSet.as_view({"post": "not_me"})),
    path("auth/forgot-password", PasswordViewSet.as_view({"post": "forgot"})),
    path("auth/reset-password", PasswordViewSet.as_view({"post": "reset"})),
    path("auth/change-password", PasswordViewSet.as_view({"post": "change"})),
    path("users/preferences", ProfileViewSet.as_view({"put": "preferences"})),
    # After the two, whose names nobody may have.
    path("users/<str:username>", ProfileViewSet.as_view({"get": "public"})),
    path("upload/avatar", AvatarViewSet.as_view({"post": "upload", "delete": "remove"})),
    path("account/change-email", EmailChangeViewSet.as_view({"post": "ask"})),
    path("account/confirm-email", EmailChangeViewSet.as_view({"post": "confirm"})),
    path("account/undo-email-change", EmailChangeViewSet.as_view({"post": "undo"})),
    path("account", AccountViewSet.as_view({"delete": "destroy"})),
    path("account/deactivate", AccountViewSet.as_view({"post": "deactivate"})),
    path("account/reactivate", AccountViewSet.as_view({"post": "reactivate"})),
    path("account/deletion-preview", AccountViewSet.as_view({"get": "preview"})),
    path("account/recover", AccountViewSet.as_view({"post": "recover"})),
    path("account/permanent-delete", AccountViewSet.as_view({"post": "erase"})),
    path("account/export", AccountViewSet.as_view({"get": "export"})),
    path("2fa/status", TwoFactorViewSet.as_view({"get": "status"})),
    path("2fa/setup", TwoFactorViewSet.as_view({"post": "set_up"})),
    path("2fa/enable", TwoFactorViewSet.as_view({"post": "enable"})),
    path("2fa/disable", TwoFactorViewSet.as_view({"post": "disable"})),
    path("2fa/verify", TwoFactorViewSet.as_view({"post": "verify"})),
    path("2fa/backup-codes", TwoFactorViewSet.as_view({"post": "backup_codes"})),
    path("audit/cleanup", AuditCleanupViewSet.as_view({"post": "clean_up"})),
    path("sessions", SessionViewSet.as_view({"get": "list"})),
    path("sessions/revoke-all", SessionViewSet.as_view({"post": "revoke_all"})),
    path("sessions/trusted-devices", TrustedDeviceViewSet.as_view({"get": "list"})),
    path(
        "sessions/trusted-devices/<str:trusted_id>",
        TrustedDeviceViewSet.as_view({"delete": "destroy"}),
    ),
    # After the ones with names of their own.
    path("sessions/<str:session_id>", SessionViewSet.as_view({"delete": "destroy"})),
    path("admin/dashboard", FiguresViewSet.as_view({"get": "dashboard"})),
    path(
        "admin/settings",
        SettingsViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
    ),
    # About people, so it is answered here; the rest of the log's calls are the log's.
    path("audit/analytics", FiguresViewSet.as_view({"get": "analytics"})),
    path("admin/bulk/assign-role", BulkViewSet.as_view({"post": "assign_role"})),
    path("admin/bulk/remove-role", BulkViewSet.as_view({"post": "remove_role"})),
    path("admin/bulk/suspend", BulkViewSet.as_view({"post": "suspend"})),
    path("admin/bulk/reactivate", BulkViewSet.as_view({"post": "reactivate"})),
    path("admin/users", PeopleViewSet.as_view({"get": "list", "post": "invite"})),
    path(
        "admin/users/<str:user_id>",
        PeopleViewSet.as_view({"get": "retrieve", "patch": "edit", "delete": "remove"}),
    ),
    path(
        "admin/users/<str:user_id>/resend-invitation",
        PeopleViewSet.as_view({"post": "resend_invitation"}),
    ),
    path(
        "admin/users/<str:user_id>/reset-password",
        PeopleCredentialsViewSet.as_view({"post": "reset_password"}),
    ),
    path(
        "admin/users/<str:user_id>/disable-2fa",
        PeopleCredentialsViewSet.as_view({"post": "disable_two_factor"}),
    ),
    path(
        "admin/users/<str:user_id>/sessions",
        PeopleSessionsViewSet.as_view({"get": "list", "delete": "sign_out_everywhere"}),
    ),
    path(
        "admin/users/<str:user_id>/sessions/<str:session_id>",
        PeopleSessionsViewSet.as_view({"delete": "sign_out"}),
    ),
    path("admin/impersonation/stop", ImpersonationViewSet.as_view({"post": "stop"})),
    path(
        "admin/users/<str:user_id>/impersonate",
        ImpersonationViewSet.as_view({"post": "start"}),
    ),
    path(
        "admin/users/<str:user_id>/verify-email",
        PeopleAccessViewSet.as_view({"post": "verify_email"}),
    ),
    path("admin/users/<str:user_id>/unlock", PeopleAccessViewSet.as_view({"post": "unlock"})),
    path("admin/users/<str:user_id>/suspend", PeopleAccessViewSet.as_view({"post": "suspend"})),
    path(
        "admin/users/<str:user_id>/reactivate", PeopleAccessViewSet.as_view({"post": "reactivate"})
    ),
    path("admin/users/<str:user_id>/restore", PeopleAccessViewSet.as_view({"post": "restore"})),
]
