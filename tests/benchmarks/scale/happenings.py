"""Rows of the log: what happened over 24 months, in the proportions of a site that is lived in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Final
from uuid import UUID

from audit.kinds import Action
from audit.models import AuditEntry
from audit.services.marking import set_mark
from tests.benchmarks.scale.crowd import (
    ADMINS,
    CHATTY,
    JITTER,
    LOGGED,
    OFFICE,
    ONCE,
    PROLIFIC,
    Crowd,
    home_of,
    told,
)
from tests.benchmarks.scale.names import AGENTS
from tests.benchmarks.scale.people import DEVICES, Values

# Without `mark`: what comes in behind the program's back has none.
ENTRY: Final = (
    "id", "action", "resource", "resource_id", "details", "user_id", "actor_id", "ip_address",
    "user_agent", "request_id", "timestamp", "salt",
)  # fmt: skip

MARKED: Final = (*ENTRY, "mark")

Details = Callable[[Random], dict[str, object]]


@dataclass(frozen=True)
class Sort:
    """One sort of entry. by: "self", "staff" or "nobody"."""

    action: Action
    share: float
    resource: str = "user"
    by: str = "self"
    details: Details = lambda _random: {}


def _device(random: Random) -> dict[str, object]:
    _agent, device = DEVICES[int(random.random() * len(DEVICES))]
    return {"device": device.name}


def _city(random: Random) -> dict[str, object]:
    old, new = random.sample(("Köln", "Leeds", "Łódź", "Пермь", "İzmir", "Πάτρα", None), 2)
    return {"fields": ["city"], "old": {"city": old}, "new": {"city": new}}


def _ended(random: Random) -> dict[str, object]:
    return {"sessionsEnded": int(random.random() * 4)}


def _failed(random: Random) -> dict[str, object]:
    return {"reason": "INVALID_CREDENTIALS"}


def _unknown(random: Random) -> dict[str, object]:
    return {"reason": "INVALID_CREDENTIALS", "nameHash": f"{random.getrandbits(256):064x}"}


def _role(_random: Random) -> dict[str, object]:
    return {"role": "editors", "expiresAt": None}


def _reason(_random: Random) -> dict[str, object]:
    return {"reason": "Spam, reported twice"}


UNKNOWN_NAME: Final = "unknown"
SORTS: Final = (
    Sort(Action.USER_LOGIN, 38, "session", details=_device),
    Sort(Action.USER_LOGOUT, 15, "session"),
    Sort(Action.LOGIN_FAILED, 9, by="nobody", details=_failed),
    Sort(Action.LOGIN_FAILED, 5, by=UNKNOWN_NAME, details=_unknown),
    Sort(Action.REAUTHENTICATED, 5, "session"),
    Sort(Action.SESSION_REVOKED, 4, "session", details=_device),
    Sort(Action.PROFILE_UPDATED, 6, details=_city),
    Sort(Action.PREFERENCES_UPDATED, 4, details=lambda _random: {"keys": ["theme"]}),
    Sort(Action.USER_REGISTERED, 3),
    Sort(Action.EMAIL_VERIFIED, 3),
    Sort(Action.PASSWORD_CHANGED, 1.5, details=_ended),
    Sort(Action.PASSWORD_RESET_REQUESTED, 1.5, by="nobody"),
    Sort(Action.PASSWORD_RESET_COMPLETED, 1, details=_ended),
    Sort(Action.TWO_FACTOR_ENABLED, 0.8, details=_ended),
    Sort(Action.AVATAR_UPDATED, 0.8),
    Sort(Action.ACCOUNT_LOCKED, 0.4, by="nobody"),
    Sort(Action.DATA_EXPORTED, 0.2),
    Sort(Action.ROLE_ASSIGNED, 0.8, "role", by="staff", details=_role),
    Sort(Action.ADMIN_USER_UPDATED, 0.6, by="staff", details=_city),
    Sort(Action.ADMIN_SUSPENDED, 0.3, by="staff", details=_reason),
    Sort(Action.ADMIN_UNLOCKED, 0.1, by="staff"),
)
# Of the first days alone, ten in all: a walk from the newest backwards meets none for long.
BYGONE: Final = Sort(Action.TOKEN_REUSED, 0, "session", by="nobody")
_WEIGHED: Final = tuple(sort for sort in SORTS for _ in range(round(sort.share * 10)))


def moment_of(crowd: Crowd, number: int) -> float:
    """When entry `number` was made, in even steps; its time is off by the jitter at most."""
    return crowd.now - LOGGED * (1 - number / crowd.size.entries)


def entries(crowd: Crowd, start: int, stop: int, *, roles: dict[str, str]) -> Iterator[Values]:
    """Ascending in time. Every hundredth concerns PROLIFIC, and was their own doing."""
    random = Random(f"entries {start}")
    draw, bits, size = random.random, random.getrandbits, len(_WEIGHED)
    for number in range(start, stop):
        moment = moment_of(crowd, number)
        bygone = number % 7 == 3 and number < 70
        sort = BYGONE if bygone else _WEIGHED[int(draw() * size)]
        chatty = number % CHATTY == 1 and sort.by != UNKNOWN_NAME
        person = PROLIFIC if chatty else int(draw() * crowd.there_by(moment))
        key = None if sort.by == UNKNOWN_NAME else crowd.key(person)
        actor: str | None = None
        address = home_of(person if draw() < 0.8 else int(draw() * 1e6))
        if sort.by == "self":
            actor = key
        elif sort.by == "staff":
            # The first admin does half of it.
            actor = crowd.key(max(0, int((draw() - 0.5) * 2 * ADMINS)))
            address = OFFICE
        about = key
        if sort.resource == "role":
            about = roles["editors"]
        elif sort.resource == "session":
            about = f"{int(moment * 1000):012x}7{bits(76):019x}"
        yield (
            str(number + 1),
            sort.action.value,
            sort.resource,
            _dashed(about) if about else "",
            json.dumps(sort.details(random), ensure_ascii=False),
            key,
            actor,
            ONCE if number in (11, 12, 13) else address,
            AGENTS[int(draw() * len(AGENTS))],
            f"{bits(128):032x}",
            told(min(crowd.now, moment + (draw() - 0.5) * 2 * JITTER)),
            f"{bits(128):032x}",
        )


def marked(crowd: Crowd, start: int, stop: int, *, roles: dict[str, str]) -> Iterator[Values]:
    """The same with the mark that the program would have given each, as COPY reads bytes."""
    for row in entries(crowd, start, stop, roles=roles):
        given = dict(zip(ENTRY, row, strict=True))
        entry = AuditEntry(
            **{
                **given,
                "details": json.loads(given["details"] or ""),
                "user_id": UUID(given["user_id"]) if given["user_id"] else None,
                "actor_id": UUID(given["actor_id"]) if given["actor_id"] else None,
                "timestamp": datetime.fromisoformat(f"{given['timestamp']}+00:00"),
                "salt": UUID(given["salt"]),
            }
        )
        set_mark(entry)
        yield (*row, f"\\\\x{bytes(entry.mark or b'').hex()}")


def _dashed(key: str) -> str:
    """As ids stand on the wire."""
    return f"{key[:8]}-{key[8:12]}-{key[12:16]}-{key[16:20]}-{key[20:]}"
