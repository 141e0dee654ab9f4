"""Who there is: three hundred people, who they are and what becomes of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum, auto
from random import Random
from typing import Final
from uuid import UUID

from accounts.demo.names import AGENTS, OF_HUNDRED, People, latin
from accounts.demo.story import DAYS, Story, uuid7_at
from accounts.models import Profile, User
from accounts.models.session import Kind
from accounts.services.devices import Agent, agent_of

COUNT: Final = 300
BEFORE: Final = 110  # of them were there before the time that is told of
STAFF: Final = 13  # the first ones
CHIEF: Final = "demo_admin"
DOMAIN: Final = "demo.example"  # nobody's, for good (RFC 2606); all addresses end in it
HOSTS: Final = ("mail", "mail", "post", "uni", "werk", "verein")
OFFICE: Final = "192.0.2.10"  # documentation's, as all addresses here (RFC 5737, RFC 3849)
SHIFTS: Final = {"Europe/London": 0, "Europe/Berlin": 1, "Europe/Warsaw": 1, "Europe/Athens": 2}


class Fate(Enum):
    ACTIVE = auto()
    UNVERIFIED = auto()
    INVITED = auto()
    SUSPENDED = auto()
    DEACTIVATED = auto()
    DELETED = auto()
    LOCKED = auto()


FATES: Final = {
    Fate.SUSPENDED: 9,
    Fate.DEACTIVATED: 8,
    Fate.DELETED: 6,
    Fate.LOCKED: 4,
    Fate.UNVERIFIED: 18,
}
INVITED: Final = 5  # the last ones


@dataclass(frozen=True)
class Gadget:
    """What somebody signs in with."""

    id: UUID
    agent: str
    parsed: Agent
    kind: Kind


@dataclass
class Person:
    """rhythm: sign-ins a day. left: from when on they are not in any more; None while they are."""

    user: User
    profile: Profile
    fate: Fate
    rhythm: float
    shift: int
    home: str
    gadgets: list[Gadget]
    cities: list[str]
    left: datetime | None = None
    is_staff: bool = False

    @property
    def is_chief(self) -> bool:
        return self.user.username == CHIEF

    def until(self, now: datetime) -> datetime:
        return self.left or now


def crowd(story: Story, taken: set[str]) -> list[Person]:
    """Everybody, in the order in which they came. taken: usernames that are somebody's."""
    random, names = story.random, set(taken)
    fates = _fates(random)
    people = []
    for number, created in enumerate(_arrivals(story)):
        is_invited = fates[number] is Fate.INVITED
        lately = story.now - timedelta(days=random.uniform(0.2, 6))
        people.append(
            _person(story, number, lately if is_invited else created, fates[number], names)
        )
    return people


def _arrivals(story: Story) -> list[datetime]:
    """More and more of them: three times as many a day in the end as in the beginning."""
    random = story.random
    before = [story.begun - timedelta(days=random.uniform(1, 150)) for _ in range(BEFORE)]
    came = []
    for number in range(COUNT - BEFORE):
        share = (number + random.random()) / (COUNT - BEFORE)
        day = story.begun + timedelta(days=DAYS * (math.sqrt(0.25 + 2 * share) - 0.5))
        if day.weekday() >= 5 and random.random() < 0.45:
            day -= timedelta(days=2)
        moment = story.at_hour(day)
        while moment > story.now - timedelta(minutes=20):
            moment -= timedelta(hours=random.uniform(1, 12))
        came.append(moment)
    return sorted(before) + sorted(came)


def _fates(random: Random) -> list[Fate]:
    fates = [Fate.ACTIVE] * COUNT
    ordinary = random.sample(range(STAFF + 8, COUNT - INVITED - 8), sum(FATES.values()))
    for fate, count in FATES.items():
        for _ in range(count):
            fates[ordinary.pop()] = fate
    # Who came lately often did not confirm yet.
    for number in random.sample(range(COUNT - INVITED - 8, COUNT - INVITED), 4):
        fates[number] = Fate.UNVERIFIED
    fates[COUNT - INVITED :] = [Fate.INVITED] * INVITED
    return fates


def _person(story: Story, number: int, created: datetime, fate: Fate, names: set[str]) -> Person:
    random = story.random
    kind: People = OF_HUNDRED[int(random.random() * 100)]
    first, last = kind.name(random)
    user = User(
        id=uuid7_at(created, random),
        language=kind.language,
        created_at=created,
        sessions_valid_from=created,
        devices_valid_from=created,
        password_changed_at=created,
    )
    username = CHIEF if number == 0 else _username(first, last, names)
    names.add(username)
    host = random.choice(HOSTS)
    address = f"{username.replace('_', '.')}@{host}.{DOMAIN}"
    if number == 0:
        first, last, user.language = "Dana", "Muster", "en"
        address = f"admin@{DOMAIN}"
    user.set_identity(email=address, username=username, first_name=first, last_name=last)
    cities = random.sample(kind.cities, 2)
    is_staff = number < STAFF
    person = Person(
        user=user,
        profile=Profile(user_id=user.pk, country=kind.country, timezone=kind.zone),
        fate=fate,
        rhythm=1.3 if is_staff else random.choice((0.08, 0.15, 0.25, 0.4, 0.7, 1.0)),
        shift=SHIFTS.get(kind.zone, 3),
        home=OFFICE if is_staff else _home(random),
        gadgets=_gadgets(random, is_staff=is_staff),
        cities=cities,
        is_staff=is_staff,
    )
    _fill_in(person, first, cities[0], random)
    _settle(person, story)
    return person


def _username(first: str, last: str, names: set[str]) -> str:
    base = f"{latin(first)[:10]}_{latin(last)[:14]}"
    name, number = base, 2
    while name in names:
        name, number = f"{base}{number}", number + 1
    return name


def _home(random: Random) -> str:
    if random.random() < 0.12:
        return f"2001:db8:{random.randrange(1, 0xFFFF):x}:{random.randrange(0xFFFF):x}::1"
    return f"{random.choice(('198.51.100', '203.0.113'))}.{random.randrange(1, 255)}"


def _gadgets(random: Random, *, is_staff: bool) -> list[Gadget]:
    found = []
    for agent in random.sample(AGENTS, 2 if is_staff else random.choice((1, 1, 2, 2, 3))):
        is_phone = "Mobile" in agent
        kind = Kind.API if not is_staff and random.random() < (0.85 if is_phone else 0.2) else None
        found.append(
            Gadget(UUID(int=random.getrandbits(128)), agent, agent_of(agent), kind or Kind.BROWSER)
        )
    return found


def _fill_in(person: Person, first: str, city: str, random: Random) -> None:
    profile = person.profile
    if random.random() < 0.35:
        profile.bio = f"{first}, {city}."
    if random.random() < 0.3:
        # Numbers that are kept for stories (Ofcom).
        profile.phone = f"+44 7700 900{random.randrange(1000):03}".replace(" ", "")
    if random.random() < 0.5:
        profile.date_of_birth = date(
            random.randrange(1955, 2006), random.randrange(1, 13), random.randrange(1, 29)
        )
    profile.city = city if random.random() < 0.6 else None
    profile.preferences = {"theme": "dark"} if random.random() < 0.25 else {}


def _settle(person: Person, story: Story) -> None:
    """What the account's columns say of it."""
    random, user, now = story.random, person.user, story.now
    in_here = now - user.created_at
    if person.fate is Fate.INVITED:
        user.invited_at = user.created_at
        user.password = "!"  # noqa: S105  none works
        return
    if person.fate is not Fate.UNVERIFIED:
        user.email_verified_at = user.created_at + timedelta(minutes=random.uniform(1, 18))
    match person.fate:
        case Fate.SUSPENDED:
            person.left = user.suspended_at = story.moment(
                max(user.created_at + 0.2 * in_here, story.begun), now - timedelta(hours=2)
            )
        case Fate.DEACTIVATED:
            person.left = user.deactivated_at = story.moment(
                max(user.created_at + 0.2 * in_here, story.begun), now - timedelta(hours=2)
            )
        case Fate.DELETED:
            person.left = user.deleted_at = story.moment(
                max(user.created_at + 0.3 * in_here, now - timedelta(days=27)),
                now - timedelta(hours=2),
            )
    if person.left:
        user.sessions_valid_from = person.left
        user.devices_valid_from = person.left
