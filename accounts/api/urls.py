"""Every call about accounts, on one screen."""

from __future__ import annotations

from django.urls import path

from accounts.api.login import LoginViewSet
from accounts.api.passwords import PasswordViewSet
from accounts.api.profile import ProfileViewSet
from accounts.api.registration import RegistrationViewSet

urlpatterns = [
    # First what is asked most: patterns are tried one after the other.
    path("users/profile", ProfileViewSet.as_view({"get": "retrieve"})),
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
]
