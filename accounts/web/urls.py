"""The pages that mails link to."""

from __future__ import annotations

from django.urls import path, re_path

from accounts.web import email_links, links, media

app_name = "web"

urlpatterns = [
    path("", links.front, name="front"),
    path("verify-email", links.verify_email, name="verify-email"),
    path("reset-password", links.reset_password, name="reset-password"),
    path("accept-invitation", links.accept_invitation, name="accept-invitation"),
    path("unlock", links.unlock, name="unlock"),
    path("not-me", links.not_me, name="not-me"),
    path("confirm-email", email_links.confirm_email, name="confirm-email"),
    path("undo-email", email_links.undo_email, name="undo-email"),
    re_path(r"^media/(?P<name>avatars/[0-9a-f]{2}/[0-9a-f]{32}\.webp)$", media.picture),
]
