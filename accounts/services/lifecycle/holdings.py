"""Where something about a person is held: what erasure goes through and the preview counts.

Rows that point at the person are found by themselves, by what each model declares; those that
name the person in a text column are listed here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session as PageSession
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models import QuerySet

from accounts.models import AccountLock, User, UsernameHold
from config.common.crypto import keyed_hash
from config.common.models import OF_PACKAGES, Erasure, PersonalData

# What a kind is called where rows have no name in the export.
_KINDS: Final = {
    "OneTimeToken": "links",  # no word that ends like a secret: the log would mask its count
    "PasswordRecord": "passwordHistory",
    "OutboxMail": "mails",
    "BackupCodeDevice": "backupCodeSets",
    "LogEntry": "logEntries",
}
# The log is anonymised by its own app, which alone may edit it.
_OWN_WAY: Final = frozenset({"audit.AuditEntry"})
_PAGES: Final = 2000  # browser sessions read at a time


@dataclass(frozen=True, slots=True)
class Relation:
    """One column that points at a user, and what was declared about it."""

    model: type[models.Model]
    column: str
    declared: PersonalData

    @property
    def kind(self) -> str:
        """`sessions`, as in the export where it stands there."""
        name = self.model.__name__
        fallback = name[:1].lower() + name[1:] + "s"
        return self.declared.export or _KINDS.get(name, fallback)

    def rows(self, user: User) -> QuerySet[Any]:
        return self.model._base_manager.filter(**{self.column: user.pk})  # noqa: SLF001


@cache
def relations() -> tuple[Relation, ...]:
    """Every column that points at a user. Raises ImproperlyConfigured for one not declared."""
    return tuple(
        Relation(model, field.attname, _declared(model, field.name))
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.local_concrete_fields  # noqa: SLF001
        if field.remote_field and field.remote_field.model is User
    )


def _declared(model: type[models.Model], name: str) -> PersonalData:
    label = f"{model._meta.label}.{name}"  # noqa: SLF001
    own: dict[str, PersonalData] = getattr(model, "personal_data", {})
    declared = own.get(name) or OF_PACKAGES.get(label)
    if declared is None:
        raise ImproperlyConfigured(f"{label} does not say what export and erasure do with it.")
    return declared


def doomed(user: User) -> Iterator[tuple[str, QuerySet[Any]]]:
    """Rows that point at the person and go with them, by kind; the account's own row aside."""
    for relation in _with(Erasure.DELETE):
        yield relation.kind, relation.rows(user)


def doomed_by_name(user: User) -> Iterator[tuple[str, QuerySet[Any]]]:
    """Rows that go too, and know the person by a name."""
    keys = lock_keys(user)
    yield "failureCounts", AccessAttempt.objects.filter(username__in=keys)
    yield "loginFailures", AccessFailureLog.objects.filter(username__in=keys)
    yield "loginRecords", AccessLog.objects.filter(username__in=keys)
    yield "locks", AccountLock.objects.filter(pk__in=keys)
    yield "usernameHolds", UsernameHold.objects.filter(pk=user.username)


def blanked(user: User) -> Iterator[tuple[str, str, QuerySet[Any]]]:
    """Rows of others in which the person stands: kind, the column to blank, the rows."""
    for relation in _with(Erasure.ANONYMISE):
        if relation.model._meta.label not in _OWN_WAY:  # noqa: SLF001
            yield relation.kind, relation.column, relation.rows(user)


def _with(erasure: Erasure) -> Iterator[Relation]:
    return (relation for relation in relations() if relation.declared.erasure == erasure)


def lock_keys(user: User) -> list[str]:
    """What failures are counted under: the account, and its names from before there was one."""
    return [user.username, *(f"?{hashed}" for hashed in _name_hashes(user))]


def names(user: User) -> list[str]:
    """What a text may call the person, in clear and as a keyed hash."""
    return [user.email, user.username, *_name_hashes(user)]


def _name_hashes(user: User) -> list[str]:
    return [keyed_hash("unknown-name", name) for name in (user.email, user.username)]


def page_sessions(user: User) -> list[str]:
    """Keys of the browser sessions this person signed in with. Reads them all: they are sealed."""
    return [
        row.session_key
        for row in PageSession.objects.iterator(chunk_size=_PAGES)
        if row.get_decoded().get(SESSION_KEY) == str(user.pk)
    ]
