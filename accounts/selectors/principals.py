"""Who is asking: session, account, profile and roles, in one prepared statement.

This runs on every request, so it is SQL text: compiling it anew costs the ORM five times what
PostgreSQL needs to answer it. `tests/accounts/selectors` holds it against the models.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.utils import timezone as clock
from psycopg.pq import Format

from accounts.models import User
from accounts.selectors import avatar
from config.common.errors import SessionRevoked
from config.common.times import wire, wire_or_none

BINARY: Final = Format.BINARY
_SESSION: Final = (
    "id",
    "kind",
    "created_at",
    "expires_at",
    "revoked_at",
    "proven_at",
    "last_activity",
    "impersonator_id",
)
_WANTED: Final = frozenset(
    {
        "id",
        "email",
        "username",
        "first_name",
        "last_name",
        "language",
        "avatar",
        "email_verified_at",
        "created_at",
        "last_login",
        "deactivated_at",
        "deleted_at",
        "suspended_at",
        "sessions_valid_from",
        "two_factor_enabled_at",
        # False for everybody, and what `has_perm` asks first: left out it is a query of its own.
        "is_superuser",
    }
)
# In the model's own order, which is the one that `from_db` reads them in.
_USER: Final = tuple(
    field.attname
    for field in User._meta.concrete_fields  # noqa: SLF001  Django's documented model API
    if field.attname in _WANTED
)
_PROFILE: Final = (
    "bio",
    "phone",
    "date_of_birth",
    "address",
    "city",
    "country",
    "timezone",
    "preferences",
)
_ROLES: Final = {
    "postgresql": """
        ARRAY(SELECT r.name FROM rbac_roleassignment a JOIN rbac_role r ON r.id = a.role_id
              WHERE a.user_id = u.id
                  AND (a.expires_at IS NULL OR a.expires_at > statement_timestamp())
              ORDER BY r.name)""",
    "sqlite": """
        (SELECT json_group_array(name) FROM (
            SELECT r.name FROM rbac_roleassignment a JOIN rbac_role r ON r.id = a.role_id
            WHERE a.user_id = u.id AND (a.expires_at IS NULL
                OR a.expires_at > strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now'))
            ORDER BY r.name))""",
}


def statement(vendor: str) -> str:
    """The one query, for `postgresql` or `sqlite`; its only parameter is the session's id."""
    columns = (
        [f"s.{name}" for name in _SESSION]
        + [f"u.{name}" for name in _USER]
        + [f"p.{name}" for name in _PROFILE]
    )
    return (
        f"SELECT {', '.join(columns)}, {_ROLES[vendor]}"  # noqa: S608  names of our own
        " FROM accounts_session s JOIN accounts_user u ON u.id = s.user_id"
        " LEFT JOIN accounts_profile p ON p.user_id = u.id WHERE s.id = %s"
    )


STATEMENT: Final = {vendor: statement(vendor) for vendor in _ROLES}
_FIRST_OF_PROFILE: Final = len(_SESSION) + len(_USER)


@dataclass(frozen=True, slots=True)
class Principal:
    """A live session and whose it is, as the database said at this request.

    actor_id: the admin behind an impersonation.
    """

    user: User
    session_id: UUID
    kind: str
    created_at: datetime
    proven_at: datetime
    last_activity: datetime
    actor_id: UUID | None
    roles: Sequence[str]
    profile: Sequence[Any]


def principal_of(session_id: UUID, user_id: UUID, *, now: datetime) -> Principal | None:
    """Who this session stands for; None where it is not live, or not this user's."""
    vendor = connection.vendor
    is_postgres = vendor == "postgresql"
    with connection.cursor() as cursor:
        if is_postgres:
            # As text, six times are parsed by a regular expression each, a tenth of the request.
            cursor.cursor.format = BINARY
        cursor.execute(STATEMENT[vendor], [session_id if is_postgres else session_id.hex])
        row = cursor.fetchone()
    if row is None:
        return None
    if not is_postgres:
        row = _typed(row)
    _id, kind, created_at, expires_at, revoked_at, proven_at, last_activity, actor_id = row[
        : len(_SESSION)
    ]
    user: User = User.from_db("default", _USER, row[len(_SESSION) : _FIRST_OF_PROFILE])
    is_live = (
        user.pk == user_id
        and revoked_at is None
        and expires_at > now
        and created_at >= user.sessions_valid_from
        and user.is_active
    )
    if not is_live:
        return None
    return Principal(
        user,
        session_id,
        kind,
        created_at,
        proven_at,
        last_activity,
        actor_id,
        row[-1],
        row[_FIRST_OF_PROFILE:-1],
    )


def again(principal: Principal) -> Principal:
    """The same as the database says now, after a change. Raises SessionRevoked."""
    found = principal_of(principal.session_id, principal.user.pk, now=clock.now())
    if found is None:
        raise SessionRevoked
    return found


def own_profile(principal: Principal) -> dict[str, Any]:
    """`GET /users/profile`, from what the request already knows."""
    user = principal.user
    bio, phone, born, address, city, country, timezone, preferences = principal.profile
    return {
        "id": str(user.pk),
        "email": user.email,
        "username": user.username,
        "firstName": user.first_name or None,
        "lastName": user.last_name or None,
        "avatar": avatar.url_of(user.avatar),
        "emailVerified": user.email_verified_at is not None,
        "isActive": True,
        "createdAt": wire(user.created_at),
        "lastLoginAt": wire_or_none(user.last_login),
        "profile": {
            "bio": bio,
            "phone": phone,
            "dateOfBirth": born.isoformat() if born else None,
            "address": address,
            "city": city,
            "country": country,
            "timezone": timezone,
            "language": user.language,
            "preferences": preferences or {},
        },
        "roles": list(principal.roles),
    }


_TIMES: Final = frozenset(
    index
    for index, name in enumerate([*_SESSION, *_USER])
    if name.endswith("_at") or name in {"last_activity", "last_login", "sessions_valid_from"}
)
_IDS: Final = frozenset(
    index for index, name in enumerate([*_SESSION, *_USER]) if name == "id" or name.endswith("_id")
)


def _typed(row: Sequence[Any]) -> list[Any]:
    """SQLite knows text and numbers; the rest is made of them here."""
    typed = list(row)
    for index in _TIMES:
        if typed[index] is not None:
            typed[index] = datetime.fromisoformat(str(typed[index])).replace(tzinfo=UTC)
    for index in _IDS:
        if typed[index] is not None:
            typed[index] = UUID(typed[index])
    born = _FIRST_OF_PROFILE + _PROFILE.index("date_of_birth")
    if typed[born] is not None:
        typed[born] = date.fromisoformat(str(typed[born]))
    preferences = _FIRST_OF_PROFILE + _PROFILE.index("preferences")
    if typed[preferences] is not None:
        typed[preferences] = json.loads(typed[preferences])
    typed[-1] = json.loads(typed[-1])
    return typed
