"""The pages that mails link to."""

from __future__ import annotations

from django.urls import path

from accounts.web import links

app_name = "web"

urlpatterns = [
    path("", links.front, name="front"),
    path("verify-email", links.verify_email, name="verify-email"),
    path("reset-password", links.reset_password, name="reset-password"),
    path("accept-invitation", links.accept_invitation, name="accept-invitation"),
    path("unlock", links.unlock, name="unlock"),
    path("not-me", links.not_me, name="not-me"),
]
