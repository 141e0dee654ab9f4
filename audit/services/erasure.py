"""Erasure's part of the log: what happened stays, whom it happened to goes.

An entry that names an erased person loses their ids, and their address, agent and request id; of
its details only what tells nothing about a person stays. In their place stands a pseudonym:
random, the same in all entries of that person, and kept nowhere else.

What this changes in a stored entry: the three people, where it came from, resource_id, details;
and what stands for them in its leaf (`blanking.py`).
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db.models import Exists, Max, OuterRef, Q, TextField
from django.db.models.functions import Cast

from audit.models import AuditEntry, details_of
from audit.services.blanking import blank

PEOPLE: Final = ("user", "actor", "impersonating")
BLANK_ORIGIN: Final[dict[str, Any]] = {"ip_address": None, "user_agent": "", "request_id": ""}
# Under this name the details say who is meant: {"user": "erased-…"}.
ERASED: Final = "erased"
BATCH: Final = 1000
# Entries may commit out of order; so many of the newest are looked at a second time.
LATE: Final = 10_000

# Of an entry about the person: words of the program's own, which name nobody.
_KEPT_WORDS: Final = frozenset(
    {"role", "roles", "permission", "permissions", "scope", "by", "fields", "bulkId", "format"}
)
# What an id of these resources names belongs to nobody.
_KEPT_RESOURCES: Final = frozenset({"user", "role", "settings"})
_WORD: Final = re.compile(r"[\w-]{1,64}", re.ASCII)
_CODE: Final = re.compile(r"[a-z_]{1,40}|[A-Z_]{1,40}")


def new_pseudonym() -> str:
    return f"erased-{secrets.token_hex(8)}"


def mentions(user_id: UUID, names: Collection[str]) -> tuple[list[int], int]:
    """Entries whose details name the person, and the newest key looked at.

    Reads the whole log: to be asked before the transaction that erases, which looks again at what
    is newer. names: email, username and what is derived from them.
    """
    newest = AuditEntry.objects.aggregate(newest=Max("pk"))["newest"] or 0
    found = _mentioning(user_id, names).values_list("pk", flat=True)
    return list(found), max(0, newest - LATE)


def anonymise(
    user_id: UUID,
    *,
    pseudonym: str,
    names: Collection[str] = (),
    mentioned: Iterable[int] = (),
    since: int | None = None,
) -> int:
    """Put the pseudonym in the person's place, in the caller's transaction; how many entries.

    mentioned, since: what `mentions` returned. Without them details of entries about other people
    are not searched.
    """
    person = _Person(user_id, pseudonym, frozenset(names))
    entries = AuditEntry.unlocked.all()
    changed = 0
    for column in PEOPLE:
        mine = entries.select_for_update().filter(**{column: user_id}).order_by("timestamp", "pk")
        # Each batch leaves the filter by being changed.
        while batch := list(mine.all()[:BATCH]):
            changed += _store(batch, person)
            if len(batch) < BATCH:
                break
    named = {
        *entries.filter(resource="user", resource_id=str(user_id)).values_list("pk", flat=True)
    }
    named.update(mentioned)
    if since is not None:
        newer = _mentioning(user_id, names).filter(pk__gt=since)
        named.update(newer.values_list("pk", flat=True))
    keys = sorted(named)
    for start in range(0, len(keys), BATCH):
        theirs = entries.select_for_update().filter(pk__in=keys[start : start + BATCH])
        changed += _store(list(theirs.order_by("timestamp", "pk")), person)
    return changed


def anonymise_strays(*, since: datetime) -> int:
    """Entries since then of people who are gone: written while they were being erased.

    They get a pseudonym of their own: nothing tells any more whose they were.
    """
    users: Any = get_user_model()._base_manager  # noqa: SLF001
    strays: set[UUID] = set()
    for column in PEOPLE:
        gone = AuditEntry.objects.filter(
            ~Exists(users.filter(pk=OuterRef(f"{column}_id"))),
            **{f"{column}__isnull": False, "timestamp__gte": since},
        )
        strays.update(gone.order_by().values_list(f"{column}_id", flat=True).distinct())
    return sum(anonymise(stray, pseudonym=new_pseudonym()) for stray in strays)


def hidden(
    details: dict[str, Any], user_id: UUID, *, names: Collection[str], pseudonym: str
) -> dict[str, Any]:
    """Details for an entry about an erasure, with the pseudonym where the person was named."""
    shown: dict[str, Any] = _Person(user_id, pseudonym, frozenset(names)).hidden(details)
    return shown


class _Person:
    """Whom to look for in details, and what to write instead."""

    def __init__(self, user_id: UUID, pseudonym: str, names: frozenset[str]) -> None:
        self.id, self.pseudonym = user_id, pseudonym
        self.whole = {name.casefold() for name in names} | {str(user_id)}
        # An address or an id is found inside a longer text too; a name like "ada" is in too many.
        self.parts = {name for name in self.whole if "@" in name or name == str(user_id)}

    def hidden(self, value: Any) -> Any:
        """The value with the pseudonym wherever the person was named."""
        match value:
            case str():
                folded = value.casefold()
                is_named = folded in self.whole or any(part in folded for part in self.parts)
                return self.pseudonym if is_named else value
            case Mapping():
                return {self.hidden(key): self.hidden(inner) for key, inner in value.items()}
            case list():
                return [self.hidden(item) for item in value]
        return value


def _store(batch: list[AuditEntry], person: _Person) -> int:
    return blank({entry: _without(person, entry) for entry in batch}, pseudonym=person.pseudonym)


def _without(person: _Person, entry: AuditEntry) -> dict[str, Any]:
    """The columns to set, so that nothing of the person is left."""
    were = [name for name in PEOPLE if getattr(entry, f"{name}_id") == person.id]
    concerns = "user" in were or entry.resource_id == str(person.id)
    told = details_of(entry.details)
    shown = _hidden(person, told)
    # Where somebody else acted, the address and the request are theirs. Where nobody is named,
    # it was this person, or who tried their name: that too tells of them.
    by_nobody = entry.actor_id is None and (concerns or shown != told)
    values: dict[str, Any] = dict.fromkeys(were)
    if "actor" in were or by_nobody:
        values |= BLANK_ORIGIN
    details = _hidden(person, _impersonal(entry, told)) if concerns else shown
    if were or ERASED in told:
        earlier = told.get(ERASED, {})
        details[ERASED] = {**earlier, **dict.fromkeys(were, person.pseudonym)}
    values["details"] = details
    if entry.resource_id == str(person.id):
        values["resource_id"] = person.pseudonym
    elif "user" in were and entry.resource not in _KEPT_RESOURCES:
        values["resource_id"] = ""
    return values


def _hidden(person: _Person, details: dict[str, Any]) -> dict[str, Any]:
    """Its names are words of the program's own; somebody may be called like one of them."""
    return {name: person.hidden(value) for name, value in details.items()}


def _impersonal(entry: AuditEntry, told: Mapping[str, Any]) -> dict[str, Any]:
    """Counts, yes and no, and words of the program's own."""
    kept = {}
    for name, value in told.items():
        is_plain = value is None or isinstance(value, bool | int)
        is_word = name in _KEPT_WORDS and _are_words(value)
        if is_plain or is_word or (name == "reason" and _is_code(entry, value)):
            kept[name] = value
    return kept


def _are_words(value: Any) -> bool:
    words = value if isinstance(value, list) else [value]
    return all(isinstance(word, str) and _WORD.fullmatch(word) for word in words)


def _is_code(entry: AuditEntry, value: Any) -> bool:
    """Staff give their reasons in words of their own; the program gives codes."""
    by_program = not entry.action.startswith("ADMIN_")
    return by_program and isinstance(value, str) and _CODE.fullmatch(value) is not None


def _mentioning(user_id: UUID, names: Collection[str]) -> Any:
    needles = {str(user_id)}
    for name in names:
        # As JSON: PostgreSQL keeps letters as they are, SQLite keeps what Python escaped.
        needles |= {json.dumps(name, ensure_ascii=False), json.dumps(name)}
        if "@" in name:
            needles |= {name, json.dumps(name)[1:-1]}
    wanted = Q()
    for needle in needles:
        wanted |= Q(text__icontains=needle)
    return AuditEntry.unlocked.annotate(text=Cast("details", TextField())).filter(wanted)
