"""The peer's people, with a profile and a role each, and a token for everyone."""

from __future__ import annotations

import sys
from pathlib import Path

import django


def main(users: int, folder: Path) -> None:
    """Make the tables, the rows and the file of tokens."""
    django.setup()

    from django.contrib.auth.models import Group, User
    from django.core.management import call_command
    from rest_framework_simplejwt.tokens import AccessToken

    from tests.benchmarks.peer.models import Profile

    call_command("migrate", verbosity=0)
    # Second, because tables without migrations are made first, and these point at the users'.
    call_command("migrate", run_syncdb=True, verbosity=0)
    role = Group.objects.create(name="user")
    people = User.objects.bulk_create(
        User(
            username=f"person{number}",
            email=f"person{number}@example.com",
            password="!",
            first_name="Person",
            last_name=str(number),
        )
        for number in range(users)
    )
    Profile.objects.bulk_create(
        Profile(
            user=person,
            bio="Measures things.",
            city="Zürich",
            country="CH",
            timezone="Europe/Zurich",
            preferences={"theme": "dark"},
        )
        for person in people
    )
    User.groups.through.objects.bulk_create(
        User.groups.through(user_id=person.pk, group_id=role.pk) for person in people
    )
    tokens = (str(AccessToken.for_user(person)) for person in people)
    (folder / "peer_access.txt").write_text("".join(f"{token}\n" for token in tokens))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
