"""Storing whom another program knew: in batches, each with its entries in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import (
    PasswordRecord,
    Profile,
    Purpose,
    TotpDevice,
    User,
    UsernameHold,
)
from accounts.services import one_time
from accounts.services.importing.reading import Person, read
from audit.kinds import Action
from audit.services.recording import draft, record_many
from config.common.bulk import insert_many
from config.common.request_meta import RequestMeta
from rbac.models import Role, RoleAssignment
from rbac.permissions import USER

BATCH: Final = 500
TRIES: Final = 3
INACTIVE: Final = "Inactive when imported"

Line = tuple[int, Any]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line that was not taken. number: from 1; faults: all that is wrong with it."""

    number: int
    faults: tuple[str, ...]


@dataclass(slots=True)
class Run:
    """stored, known: people who are new, and who were there already, by address and username."""

    stored: int = 0
    known: int = 0
    refused: int = 0
    roles: dict[str, Role] = field(default_factory=dict)


def import_people(
    lines: Iterable[Line], *, said: Callable[[Refusal], None], meta: RequestMeta
) -> Iterator[Run]:
    """Store people, five hundred a transaction; yields the run so far after each.

    lines: number and fields, as `reading.FIELDS` names them. said: told of every refusal.
    Roles are the operator's word here: nobody's rights bound them. No mail is sent. Who comes
    without `passwordHash` sets a password by the forgotten-password mail. `isActive: false` becomes
    a suspension, since nobody can tell whether it was the person's own wish.
    """
    run = Run(roles=_roles())
    rest = iter(lines)
    while batch := list(islice(rest, BATCH)):
        _stored(batch, run, said=said, meta=meta)
        yield run


def _roles() -> dict[str, Role]:
    return {role.name: role for role in Role.objects.all()}


def _stored(
    batch: list[Line], run: Run, *, said: Callable[[Refusal], None], meta: RequestMeta
) -> None:
    for attempt in range(TRIES):
        found: list[Refusal] = []
        try:
            with transaction.atomic():
                stored, known = _store(batch, run.roles, found, meta=meta)
        except IntegrityError:
            # Somebody signed up with one of the names meanwhile, or a role was deleted; the next
            # look sees it.
            if attempt == TRIES - 1:
                raise
            run.roles = _roles()
            continue
        run.stored, run.known = run.stored + stored, run.known + known
        run.refused += len(found)
        for refusal in found:
            said(refusal)
        return


def _store(
    batch: list[Line], roles: dict[str, Role], refused: list[Refusal], *, meta: RequestMeta
) -> tuple[int, int]:
    people: list[Person] = []
    lines = [(number, *read(line)) for number, line in batch]
    taken = _Taken.by([person for _number, person, _faults in lines if person is not None])
    known = 0
    for number, person, faults in lines:
        if person is not None and taken.is_there(person):
            known += 1
            continue
        if person is not None:
            unknown = [name for name in person.roles if name not in roles]
            faults.extend(taken.faults(person))
            faults.extend(f"roles: there is no role {name}" for name in unknown)
        if faults or person is None:
            refused.append(Refusal(number, tuple(faults)))
            continue
        taken.take(person)
        people.append(person)
    if people:
        _insert(people, roles, meta=meta)
    return len(people), known


class _Taken:
    """The names that a batch asks for and that somebody has, or that stand in it already."""

    def __init__(self, pairs: set[tuple[str, str]], emails: set[str], names: set[str]) -> None:
        self.pairs, self.emails, self.names = pairs, emails, names
        self.ids: set[Any] = set()

    @classmethod
    def by(cls, people: list[Person]) -> _Taken:
        emails = {person.email for person in people}
        names = {person.username for person in people}
        users = User.objects.filter(email__in=emails) | User.objects.filter(username__in=names)
        pairs = set(users.values_list("email", "username"))
        held = UsernameHold.objects.filter(pk__in=names, expires_at__gt=timezone.now())
        found = cls(
            pairs,
            # Kept besides: what somebody gave up lately and may come back to.
            {email for email, _name in pairs} | one_time.bound(Purpose.UNDO_EMAIL, emails),
            {name for _email, name in pairs} | set(held.values_list("pk", flat=True)),
        )
        asked = [person.account["id"] for person in people if "id" in person.account]
        found.ids = set(User.objects.filter(pk__in=asked).values_list("pk", flat=True))
        return found

    def is_there(self, person: Person) -> bool:
        return (person.email, person.username) in self.pairs

    def faults(self, person: Person) -> list[str]:
        return [
            f"{name}: is taken"
            for name, is_taken in (
                ("email", person.email in self.emails),
                ("username", person.username in self.names),
                ("id", person.account.get("id") in self.ids),
            )
            if is_taken
        ]

    def take(self, person: Person) -> None:
        self.emails.add(person.email)
        self.names.add(person.username)
        if "id" in person.account:
            self.ids.add(person.account["id"])


def _insert(people: list[Person], roles: dict[str, Role], *, meta: RequestMeta) -> None:
    now = timezone.now()
    users = [_user(person, now) for person in people]
    insert_many(users)
    pairs = list(zip(users, people, strict=True))
    insert_many([Profile(user=user, **person.profile) for user, person in pairs])
    insert_many(
        [
            RoleAssignment(user=user, role=roles[name], user_created_at=user.created_at)
            for user, person in pairs
            for name in dict.fromkeys((USER, *person.roles))
        ]
    )
    insert_many(
        [
            PasswordRecord(user=user, password=user.password)
            for user, person in pairs
            if "password" in person.account
        ]
    )
    insert_many(
        [
            TotpDevice(user=user, seed=person.seed, confirmed=True)
            for user, person in pairs
            if person.seed
        ]
    )
    record_many(
        draft(
            Action.ADMIN_USER_CREATED,
            actor=None,
            subject=user,
            meta=meta,
            imported=True,
            roles=list(dict.fromkeys((USER, *person.roles))),
            new={"email": user.email, "username": user.username},
        )
        for user, person in pairs
    )


def _user(person: Person, now: datetime) -> User:
    names = {"first_name", "last_name"}
    rest = {key: value for key, value in person.account.items() if key not in names}
    user = User(**rest)
    user.set_identity(
        email=person.email,
        username=person.username,
        first_name=person.account.get("first_name", ""),
        last_name=person.account.get("last_name", ""),
    )
    if not user.password:
        user.password = make_password(None)
    if person.seed:
        user.two_factor_enabled_at = now
    if person.is_inactive:
        user.suspended_at, user.suspension_reason = now, INACTIVE
    return user
