"""The program's people: an account with profile and role, a live session and a known device each.

Runs with the settings of the server that is measured, so that its tokens are good there.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import django

PASSWORD = "Bench-mark-2000-people"


def main(count: int, folder: Path) -> None:
    """Make the rows, and the files that the load generator and the bare app read."""
    django.setup()

    from django.contrib.auth.hashers import make_password
    from django.db import transaction
    from django.utils import timezone

    from accounts.models import PasswordRecord, Profile, User
    from accounts.services import devices, sessions
    from config.common.ids import uuid7
    from config.common.request_meta import RequestMeta
    from rbac.services.assignments import assign_default

    # One hash for all: made once, and as dear to verify as any other.
    encoded = make_password(PASSWORD)
    people = []
    for number in range(count):
        person = User(password=encoded, email_verified_at=timezone.now())
        person.set_identity(
            email=f"person{number}@example.com",
            username=f"person{number}",
            first_name="Person",
            last_name=str(number),
        )
        people.append(person)
    access, refresh, logins, ids = [], [], [], []
    with transaction.atomic():
        User.objects.bulk_create(people)
        PasswordRecord.objects.bulk_create(
            PasswordRecord(user=person, password=encoded) for person in people
        )
        Profile.objects.bulk_create(
            Profile(
                user=person,
                bio="Measures things.",
                date_of_birth=date(1990, 4, 1),
                city="Zürich",
                country="CH",
                timezone="Europe/Zurich",
                preferences={"theme": "dark"},
            )
            for person in people
        )
        for person in people:
            assign_default(person)
            device_id = uuid7()
            session = sessions.open_session(
                person, meta=RequestMeta(ip="127.0.0.1", user_agent="bench"), device_id=device_id
            )
            tokens = sessions.tokens_of(session)
            access.append(tokens.access)
            refresh.append(tokens.refresh)
            logins.append(
                json.dumps(
                    {
                        "identifier": person.email,
                        "password": PASSWORD,
                        "deviceToken": devices.token_for(person, device_id),
                    }
                )
            )
            ids.append(str(session.pk))
    for name, lines in (("access", access), ("refresh", refresh), ("login", logins)):
        (folder / f"{name}.txt").write_text("".join(f"{line}\n" for line in lines))
    (folder / "bare.json").write_text(json.dumps({**_query(), "ids": ids}))
    _settle()


def _query() -> dict[str, Any]:
    """The text that the program itself asks PostgreSQL on every request, and its columns."""
    from accounts.selectors import principals

    parts = {"s": principals._SESSION, "u": principals._USER, "p": principals._PROFILE}
    columns = [f"{table}.{name}" for table, names in parts.items() for name in names]
    return {"sql": principals.STATEMENT["postgresql"], "columns": [*columns, "roles"]}


def _settle() -> None:
    """What autovacuum would do in the middle of a timed run otherwise."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
