"""How requests prove who they are: a Bearer token for the API, a password for every sign-in."""

from __future__ import annotations

from typing import Any, Final

from django.contrib.auth.backends import AllowAllUsersModelBackend
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication

from accounts import hashers
from accounts.models import User
from accounts.selectors.principals import Principal, principal_of
from accounts.services import impersonation, sessions, tokens
from accounts.services.lockout import Attempt
from accounts.validators import normalised
from config.common import errors, logs

MAX_TOKEN: Final = 4096


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <accessToken>`: a well-signed token of a session that lives now.

    request.user is the account, request.auth the Principal. Cookies are not looked at.
    """

    def authenticate(self, request: Any) -> tuple[User, Principal] | None:
        header = request.META.get("HTTP_AUTHORIZATION", "")
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            return None
        principal = authenticate_token(token.strip())
        return principal.user, principal

    def authenticate_header(self, request: Any) -> str:
        return "Bearer"


def authenticate_token(token: str) -> Principal:
    """Raises TokenInvalid, TokenExpired, SessionRevoked. One query; of an impersonation two."""
    if not token or len(token) > MAX_TOKEN:
        raise errors.TokenInvalid
    claims = tokens.read_access(token)
    principal = principal_of(claims.session_id, claims.user_id, now=timezone.now())
    if principal is None:
        raise errors.SessionRevoked
    logs.user_id.set(str(claims.user_id))
    if principal.actor_id is None:
        sessions.touch(principal.session_id, seen=principal.last_activity)
    else:
        # Whose place it is was not here: `lastActivity` stays where it is.
        impersonation.require_standing(principal.session_id)
    return principal


class PasswordBackend(AllowAllUsersModelBackend):
    """Compares the password, in the bounded queue; the account's state is the login's business.

    Answers only to the login service, which has looked the account up and comes with an Attempt.
    Permissions are rbac's: this one knows of none.
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **_kwargs: Any,
    ) -> User | None:
        attempt: Attempt | None = getattr(request, "attempt", None)
        if attempt is None or password is None:
            return None
        user = attempt.user
        right = hashers.matches(
            normalised(password),
            user.password if user else "",
            account=attempt.key,
            address=attempt.meta.network,
        )
        return user if user and right else None

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return set()

    def get_user_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return set()

    def get_group_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return set()

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return False
