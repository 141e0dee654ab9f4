"""Rows about people, as text that both databases take. A chunk's rows depend on its start alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Final

from accounts.models.user import search_text
from accounts.services.devices import agent_of
from tests.benchmarks.scale.crowd import ADMINS, DAY, Crowd, home_of, network_of, told, uuid7_of
from tests.benchmarks.scale.names import AGENTS, DOMAINS, OF_HUNDRED, latin

Values = tuple[str | None, ...]

# As every login stores them: what the browser said, and what the program makes of it.
DEVICES: Final = tuple((agent, agent_of(agent)) for agent in AGENTS)

PASSWORD: Final = "Bench-mark-2000-people"  # of the admins; nobody else can sign in
UNKNOWN_HASH: Final = "bcrypt_sha256$$2b$12$" + "abcdefghijklmnopqrstuv" + "W" * 31

# So rare that nobody is called so by chance, and all of the first month: the far end of any walk.
RARE: Final = (
    ("Xaveria", "Qxylander"),
    ("Öxana", "Öxlemöller"),
    ("Жозефина", "Жемчужников"),
)
FOUNDERS: Final = 50  # one in so many, all of the first year
EDITORS: Final = 10  # one in so many, spread
MODERATORS: Final = 200
LOCKED: Final = 3_333

USER: Final = (
    "id", "email", "username", "first_name", "last_name", "language", "avatar", "search_text",
    "email_verified_at", "created_at", "updated_at", "invited_at", "deactivated_at", "deleted_at",
    "suspended_at", "suspension_reason", "password_changed_at", "sessions_valid_from",
    "devices_valid_from", "two_factor_enabled_at", "last_login", "password",
)  # fmt: skip
PROFILE: Final = (
    "user_id", "bio", "phone", "date_of_birth", "city", "country", "timezone", "preferences",
)  # fmt: skip
ASSIGNMENT: Final = ("user_id", "role_id", "assigned_at", "user_created_at", "assigned_by_id")
SESSION: Final = (
    "id", "user_id", "device_id", "device_name", "browser", "system", "ip_address", "network",
    "user_agent", "created_at", "proven_at", "last_activity", "expires_at", "revoked_at",
    "generation", "rotated_at",
)  # fmt: skip
LOCK: Final = ("key", "failures", "locks", "locked_until", "password_off_at")


def users(crowd: Crowd, start: int, stop: int, *, staff_hash: str) -> Iterator[Values]:
    random = Random(f"users {start}")
    draw = random.random
    for number in range(start, stop):
        people, first, last = _called(crowd, number)
        address = f"{latin(first)}.{latin(last)}{number}@{DOMAINS[int(draw() * len(DOMAINS))]}"
        username = _username(first, last, number)
        created = crowd.created[number]
        since = crowd.now - created
        is_staff = number < ADMINS
        fate = 1.0 if is_staff else draw()
        # Half of the suspended stem from one wave of spam in the first year.
        is_spam = number < crowd.size.users // 25 and fate > 0.88 and not is_staff
        suspended = is_spam or fate < 0.005
        deactivated = 0.01 <= fate < 0.03
        deleted = 0.03 <= fate < 0.035
        invited = 0.035 <= fate < 0.037
        never_in = invited or (draw() < 0.08 and not is_staff)
        born = told(created)
        verified = is_staff or (draw() < 0.9 and not invited)
        factor = not is_staff and not invited and draw() < 0.15
        yield (
            crowd.key(number),
            address,
            username,
            first,
            last,
            people.language,
            f"avatars/{random.getrandbits(128):032x}.webp" if draw() < 0.3 else "",
            search_text(address, username, first, last),
            told(created + draw() * min(since, DAY)) if verified else None,
            born,
            told(crowd.now - draw() * min(since, 300 * DAY)),
            born if invited else None,
            told(crowd.now - draw() * since) if deactivated else None,
            told(crowd.now - draw() * min(since, 29 * DAY)) if deleted else None,
            told(crowd.now - draw() * since) if suspended else None,
            "Spam" if suspended and draw() < 0.7 else "",
            born,
            born,
            born,
            told(crowd.now - draw() * since) if factor else None,
            None if never_in else told(crowd.now - draw() ** 3 * since),
            staff_hash if is_staff else UNKNOWN_HASH,
        )


def profiles(crowd: Crowd, start: int, stop: int) -> Iterator[Values]:
    random = Random(f"profiles {start}")
    draw = random.random
    for number in range(start, stop):
        people, first, _last = _called(crowd, number)
        wishes = {"theme": "dark", "start": "inbox"} if draw() < 0.2 else {}
        yield (
            crowd.key(number),
            f"{first}, {people.cities[0]}." if draw() < 0.3 else None,
            f"+4930{number:08}" if draw() < 0.25 else None,
            f"{1950 + int(draw() * 57)}-{1 + int(draw() * 12):02}-{1 + int(draw() * 28):02}",
            people.cities[int(draw() * len(people.cities))] if draw() < 0.6 else None,
            people.country,
            people.zone,
            json.dumps(wishes),
        )


def assignments(crowd: Crowd, start: int, stop: int, *, roles: dict[str, str]) -> Iterator[Values]:
    """roles: the keys, in hex, by name."""
    giver = crowd.key(0)
    for number in range(start, stop):
        created = told(crowd.created[number])
        person = crowd.key(number)
        yield person, roles["user"], created, created, None
        for name in held_by(crowd, number):
            yield person, roles[name], created, created, giver


def held_by(crowd: Crowd, number: int) -> Iterator[str]:
    """The roles of a person besides `user`."""
    if number < ADMINS:
        yield "admin"
    if number % MODERATORS == 13:
        yield "moderator"
    # A twenty-fifth of all signed up in the first year: growth is quadratic.
    if number < crowd.size.users // 25 and number % (FOUNDERS // 25) == 0:
        yield "founders"
    if number % EDITORS == 7:
        yield "editors"
    if number in _far(crowd):
        yield "archivists"


def sessions(crowd: Crowd, start: int, stop: int) -> Iterator[Values]:
    """Ascending in time over the last 37 days, since the purge takes what is older."""
    random = Random(f"sessions {start}")
    draw = random.random
    for number in range(start, stop):
        created = crowd.now - 37 * DAY * (1 - (number + draw()) / crowd.size.sessions)
        owner = int(draw() * crowd.there_by(created))
        agent, device = DEVICES[int(draw() * len(DEVICES))]
        address = home_of(owner)
        seen = min(crowd.now, created + draw() ** 2 * 20 * DAY)
        at = told(created)
        yield (
            uuid7_of(created, random).hex(),
            crowd.key(owner),
            f"{random.getrandbits(128):032x}",
            device.name,
            device.browser,
            device.system,
            address,
            network_of(address),
            agent,
            at,
            at,
            told(seen),
            told(created + 30 * DAY),
            told(seen) if draw() < 0.3 else None,
            str(int((seen - created) / 900) % 1000),
            told(seen),
        )


def locks(crowd: Crowd, start: int, stop: int) -> Iterator[Values]:
    """Every 3,333rd person is locked out, by a lock or until a reset; ten times as many nearly."""
    step = LOCKED // 10
    for number in range(-(-start // step) * step or step, stop, step):
        turn = number // step
        _people, first, last = _called(crowd, number)
        name = _username(first, last, number)
        if turn % 10:
            yield name, str(turn % 4 + 1), "0", None, None
        elif turn % 20:
            yield name, "25", "1", told(crowd.now + 30 * DAY), None
        else:
            yield name, "100", "3", None, told(crowd.now - DAY)


def _username(first: str, last: str, number: int) -> str:
    return f"{latin(first)[:9]}_{latin(last)[:10]}{number}"


def _called(crowd: Crowd, number: int):
    """People, first and last name: from the number alone, so that every table agrees."""
    random = Random(number)
    people = OF_HUNDRED[int(random.random() * 100)]
    far = _far(crowd)
    if number in far:
        return (people, *RARE[far.index(number) % len(RARE)])
    return (people, *people.name(random))


def _far(crowd: Crowd) -> range:
    """Fifteen people among those of the first days."""
    return range(ADMINS + 10, ADMINS + 40, 2) if crowd.size.users >= 200 else range(0)
