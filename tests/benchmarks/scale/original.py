"""The original's way, under the same server program and on the same rows, with nothing around it.

It searches by ILIKE over four columns, counts exactly, pages by OFFSET and counts its statistics
when somebody asks. Our indexes are there for it as well; whichever it can use, it has.
"""

# ruff: noqa: S608  Put together from the words above; values are bound.

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson
import psycopg
from psycopg.rows import dict_row

Start = Callable[[str, list[tuple[str, str]]], Any]
Given = dict[str, str]

SEARCH: Final = (
    "(u.email ILIKE %(like)s OR u.username ILIKE %(like)s"
    " OR u.first_name ILIKE %(like)s OR u.last_name ILIKE %(like)s)"
)
HAS_ROLE: Final = (
    "EXISTS (SELECT FROM rbac_roleassignment a JOIN rbac_role r ON r.id = a.role_id"
    " WHERE a.user_id = u.id AND r.name = %(role)s)"
)
ACTIVE: Final = "u.suspended_at IS NULL AND u.deactivated_at IS NULL AND u.deleted_at IS NULL"
STATES: Final = {
    "active": ACTIVE,
    "inactive": "u.deactivated_at IS NOT NULL",
    "suspended": "u.suspended_at IS NOT NULL",
    "deleted": "u.deleted_at IS NOT NULL",
    "locked": (
        "EXISTS (SELECT FROM accounts_accountlock l WHERE l.key = u.username"
        " AND (l.locked_until > now() OR l.password_off_at IS NOT NULL))"
    ),
}
SORTS: Final = {
    "createdAt": "u.created_at",
    "lastLoginAt": "u.last_login",
    "email": "u.email",
    "username": "u.username",
}
ROLES: Final = (
    "ARRAY(SELECT r.name FROM rbac_roleassignment a JOIN rbac_role r ON r.id = a.role_id"
    " WHERE a.user_id = u.id) AS roles"
)
USER: Final = (
    "u.id, u.email, u.username, u.first_name, u.last_name, u.avatar, u.email_verified_at,"
    f" u.suspended_at, u.created_at, u.last_login, {ROLES}"
)
ENTRY: Final = (
    "e.id, e.action, e.resource, e.resource_id, e.details, host(e.ip_address) AS ip_address,"
    " e.user_agent, e.request_id, e.timestamp, u.id AS user_id, u.email, u.username,"
    " a.id AS actor_id, a.email AS actor_email, a.username AS actor_username"
)
ENTRY_FILTERS: Final = {
    "userId": "e.user_id = %(userId)s",
    "actorId": "e.actor_id = %(actorId)s",
    "action": "e.action = %(action)s",
    "resource": "e.resource = %(resource)s",
    "resourceId": "e.resource_id = %(resourceId)s",
    "ipAddress": "e.ip_address = %(ipAddress)s",
    "startDate": "e.timestamp >= %(startDate)s",
    "endDate": "e.timestamp <= %(endDate)s",
}
COUNTS: Final = {
    "dashboard": (
        "SELECT count(*) FROM accounts_user",
        f"SELECT count(*) FROM accounts_user u WHERE {ACTIVE}",
        "SELECT count(*) FROM accounts_user WHERE email_verified_at IS NOT NULL",
        "SELECT count(*) FROM accounts_user WHERE two_factor_enabled_at IS NOT NULL",
        "SELECT count(*) FROM accounts_user WHERE created_at > now() - interval '7 days'",
        "SELECT count(*) FROM accounts_user WHERE suspended_at IS NOT NULL",
        "SELECT count(*) FROM accounts_user WHERE deleted_at IS NOT NULL",
        "SELECT count(*) FROM accounts_session WHERE revoked_at IS NULL AND expires_at > now()",
        "SELECT count(*) FROM rbac_role",
    ),
    "analytics": (
        "SELECT count(*) FROM accounts_user",
        "SELECT count(*) FROM accounts_user WHERE email_verified_at IS NOT NULL",
        *(
            "SELECT count(DISTINCT user_id) FROM accounts_session"
            f" WHERE last_activity > now() - interval '{days} days'"
            for days in (1, 7, 30)
        ),
        "SELECT count(*) FROM accounts_user WHERE created_at > now() - interval '1 day'",
        "SELECT count(*) FROM accounts_user WHERE created_at > now() - interval '7 days'",
        (
            "SELECT count(*) FROM audit_auditentry WHERE action = 'USER_LOGIN'"
            " AND timestamp > now() - interval '30 days'"
        ),
    ),
    "stats": tuple(
        f"SELECT {what}, count(*) FROM audit_auditentry"
        " WHERE timestamp > now() - interval '30 days' GROUP BY 1 ORDER BY 2 DESC"
        for what in ("1", "action", "resource", "timestamp::date")
    ),
    "roles": (
        (
            "SELECT r.name, count(a.id) FROM rbac_role r"
            " LEFT JOIN rbac_roleassignment a ON a.role_id = r.id GROUP BY r.id"
        ),
    ),
}


def users(given: Given) -> tuple[str, str]:
    """What counts the matches and what reads the page."""
    wanted = ["TRUE"]
    if "q" in given:
        wanted.append(SEARCH)
    if "role" in given:
        wanted.append(HAS_ROLE)
    if "status" in given:
        wanted.append(STATES[given["status"]])
    if "verified" in given:
        wanted.append(f"(u.email_verified_at IS NOT NULL) = {given['verified']}")
    if "twoFactor" in given:
        wanted.append(f"(u.two_factor_enabled_at IS NOT NULL) = {given['twoFactor']}")
    for name, sign in (("createdAfter", ">="), ("createdBefore", "<")):
        if name in given:
            wanted.append(f"u.created_at {sign} %({name})s")
    source = f"FROM accounts_user u WHERE {' AND '.join(wanted)}"
    order = f"{SORTS[given.get('sortBy', 'createdAt')]} {given.get('order', 'desc')} NULLS LAST"
    return (
        f"SELECT count(*) {source}",
        f"SELECT {USER} {source} ORDER BY {order} OFFSET %(offset)s LIMIT %(limit)s",
    )


def entries(given: Given) -> tuple[str, str]:
    wanted = " AND ".join(["TRUE", *(ENTRY_FILTERS[n] for n in given if n in ENTRY_FILTERS)])
    return (
        f"SELECT count(*) FROM audit_auditentry e WHERE {wanted}",
        (
            f"SELECT {ENTRY} FROM audit_auditentry e"
            " LEFT JOIN accounts_user u ON u.id = e.user_id"
            " LEFT JOIN accounts_user a ON a.id = e.actor_id"
            f" WHERE {wanted} ORDER BY e.timestamp DESC OFFSET %(offset)s LIMIT %(limit)s"
        ),
    )


class App:
    """A WSGI app: `/users`, `/audit`, and the names in COUNTS."""

    def __init__(self, database_url: str) -> None:
        self.database_url = database_url
        self.local = threading.local()

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        name = environ["PATH_INFO"].strip("/")
        query = environ["QUERY_STRING"]
        given = dict(parse_qsl(query))
        body = orjson.dumps({"data": self.answer(name, given) if name else "up"}, default=str)
        start("200 OK", [("Content-Type", "application/json")])
        return [body]

    def answer(self, name: str, given: Given) -> Any:
        if name in COUNTS:
            return [self._rows(query, {}) for query in COUNTS[name]]
        count, page = (users if name == "users" else entries)(given)
        values = {
            **given,
            "like": f"%{given.get('q', '')}%",
            "offset": int(given.get("offset", 0)),
            "limit": int(given.get("limit", 20)),
        }
        total = self._rows(count, values)[0]["count"]
        return {"total": total, "rows": self._rows(page, values)}

    def _rows(self, query: str, values: dict[str, Any]) -> list[dict[str, Any]]:
        connection: psycopg.Connection[dict[str, Any]] | None
        connection = getattr(self.local, "connection", None)
        if connection is None:
            connection = psycopg.connect(self.database_url, autocommit=True, row_factory=dict_row)
            self.local.connection = connection
        return connection.execute(query.encode(), values or None).fetchall()


def serve(port: int, workers: int) -> None:
    """As `manage.py serve` starts the program."""
    from granian import Granian

    from accounts.management.commands.serve import granian_options

    Granian(
        "tests.benchmarks.scale.original:application",
        **granian_options(host="127.0.0.1", port=port, workers=workers),
    ).serve()


if __name__ == "__main__":
    serve(int(sys.argv[1]), int(sys.argv[2]))
elif "BENCH_ORIGINAL" in os.environ:
    application = App(os.environ["DATABASE_URL"])
