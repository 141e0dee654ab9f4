"""Every page for the people whose accounts these are, on one screen."""

from __future__ import annotations

from django.conf import settings
from django.urls import path, re_path

from accounts.web import (
    email_change,
    email_links,
    impersonation,
    lifecycle,
    links,
    login,
    mailbox,
    media,
    notifications,
    overview,
    passwords,
    profile,
    registration,
    sessions,
    two_factor,
)
from config.common import pages

app_name = "web"

# Mails hold links that work: outside of development these pages are not there at all.
development = [
    path("dev/mailbox", mailbox.listed, name="mailbox"),
    path("dev/mailbox/<str:name>", mailbox.one, name="mail"),
    path("dev/mailbox/<str:name>/html", mailbox.html, name="mail-html"),
]

urlpatterns = [
    path("", login.front, name="front"),
    path("brand.css", pages.brand_style, name="brand"),
    path("theme", overview.theme, name="theme"),
    path("register", registration.register, name="register"),
    path("resend-verification", registration.resend, name="resend"),
    path("login", login.sign_in, name="login"),
    path("login/code", login.code, name="login-code"),
    path("logout", login.sign_out, name="logout"),
    path("confirm", login.confirm, name="confirm"),
    path("forgot-password", passwords.forgot, name="forgot"),
    path("recover", lifecycle.recover, name="recover"),
    path("reactivate", lifecycle.reactivate, name="reactivate"),
    # One's own account
    path("account", overview.security, name="security"),
    path("account/password", passwords.change, name="password"),
    path("account/two-factor", two_factor.overview, name="two-factor"),
    path("account/two-factor/setup", two_factor.set_up, name="two-factor-setup"),
    path("account/two-factor/backup-codes", two_factor.renew_codes, name="backup-codes"),
    path("account/two-factor/off", two_factor.turn_off, name="two-factor-off"),
    path("account/sessions", sessions.devices, name="sessions"),
    path("account/sessions/<str:session_id>", sessions.revoke, name="session"),
    path("account/devices/<str:trusted_id>", sessions.forget_device, name="trusted-device"),
    path("account/profile", profile.edit, name="profile"),
    path("account/picture", profile.picture, name="picture"),
    path("account/email", email_change.change, name="email"),
    path("account/preferences", profile.choices, name="preferences"),
    path("account/notifications", notifications.listed, name="notifications"),
    path("account/notifications/unread", notifications.unread, name="unread"),
    path("account/notifications/<str:notification_id>", notifications.one, name="notification"),
    path("account/data", lifecycle.data, name="data"),
    path("account/data/download", lifecycle.download, name="download"),
    path("account/deactivate", lifecycle.deactivate, name="deactivate"),
    path("account/delete", lifecycle.delete, name="delete"),
    path("account/erase", lifecycle.erase, name="erase"),
    # Staff in somebody's place
    path("impersonate/end", impersonation.end, name="impersonate-end"),
    path("impersonate/<uuid:user_id>", impersonation.begin, name="impersonate"),
    # What mails link to
    path("verify-email", links.verify_email, name="verify-email"),
    path("reset-password", links.reset_password, name="reset-password"),
    path("accept-invitation", links.accept_invitation, name="accept-invitation"),
    path("unlock", links.unlock, name="unlock"),
    path("not-me", links.not_me, name="not-me"),
    path("confirm-email", email_links.confirm_email, name="confirm-email"),
    path("undo-email", email_links.undo_email, name="undo-email"),
    *(development if settings.APP_ENV == "development" else []),
    re_path(r"^media/(?P<name>avatars/[0-9a-f]{2}/[0-9a-f]{32}\.webp)$", media.picture),
]
