"""What happened, collected in any order, and stored as the program would have stored it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

from django.db.models import Max
from django.utils import translation

from accounts.models import (
    AccountLock,
    BackupCode,
    BackupCodeDevice,
    PasswordRecord,
    Profile,
    Session,
    TotpDevice,
    TrustedDevice,
    User,
)
from audit.kinds import Action
from audit.models import AuditEntry, Seal
from audit.services.marking import set_mark
from audit.services.recording import Who, draft, record_many
from config.common.bulk import insert_many
from config.common.errors import Text
from config.common.request_meta import RequestMeta
from notifications.kinds import Kind
from notifications.models import Notification, OutboxMail
from notifications.services.recipients import language_of
from rbac.models import PersonGrant, RoleAssignment

DAYS: Final = 90  # of activity
# How busy the hours of a day are, and the days of a week from Monday on.
HOURS: Final = (
    2,
    1,
    1,
    1,
    1,
    3,
    7,
    14,
    22,
    24,
    21,
    18,
    15,
    18,
    19,
    18,
    16,
    15,
    16,
    20,
    21,
    17,
    10,
    5,
)
WEEK: Final = (1.05, 1.1, 1.05, 1.0, 0.9, 0.5, 0.45)

Said = Callable[[str, int, int], None]


def uuid7_at(moment: datetime, random: Random) -> UUID:
    """A key as it would have been made then (RFC 9562, 5.7)."""
    value = (int(moment.timestamp() * 1000) << 80) | random.getrandbits(80)
    value = value & ~(0xF << 76) | (0x7 << 76)
    return UUID(int=value & ~(0x3 << 62) | (0x2 << 62))


@dataclass
class Story:
    """All rows but the people's own. now: the moment as of which everything is told."""

    random: Random
    now: datetime
    entries: list[AuditEntry] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    notices: list[Notification] = field(default_factory=list)
    mails: list[OutboxMail] = field(default_factory=list)
    assignments: list[RoleAssignment] = field(default_factory=list)
    grants: list[PersonGrant] = field(default_factory=list)
    apps: list[TotpDevice] = field(default_factory=list)
    backups: dict[UUID, tuple[BackupCodeDevice, list[BackupCode]]] = field(default_factory=dict)
    trusted: list[TrustedDevice] = field(default_factory=list)
    locks: list[AccountLock] = field(default_factory=list)

    @property
    def begun(self) -> datetime:
        return self.now - timedelta(days=DAYS)

    def meta(self, ip: str | None, agent: str = "", acting: UUID | None = None) -> RequestMeta:
        return RequestMeta(
            ip=ip,
            user_agent=agent,
            request_id=f"{self.random.getrandbits(128):032x}",
            actor_id=acting,
        )

    def tell(
        self,
        action: Action,
        at: datetime,
        *,
        actor: Who,
        subject: Who,
        meta: RequestMeta,
        resource: str = "user",
        resource_id: object = "",
        **details: Any,
    ) -> None:
        """One entry, with the mark that it would have got; nothing of what is still to come."""
        if at > self.now:
            return
        entry = draft(
            action,
            actor=actor,
            subject=subject,
            meta=meta,
            resource=resource,
            resource_id=resource_id,
            **details,
        )
        entry.timestamp = at
        set_mark(entry)
        self.entries.append(entry)

    def notify(
        self, user: User, kind: Kind, at: datetime, *, title: Text, message: Text, **metadata: Any
    ) -> None:
        """In the person's language. Older ones are mostly read."""
        if at > self.now:
            return
        is_read = self.random.random() < (0.9 if self.now - at > timedelta(days=3) else 0.35)
        with translation.override(language_of(user)):
            texts = {"title": str(title), "message": str(message)}
        self.notices.append(
            Notification(
                id=uuid7_at(at, self.random),
                user_id=user.pk,
                type=kind.value,
                is_read=is_read,
                metadata=metadata,
                created_at=at,
                **texts,
            )
        )

    def moment(self, after: datetime, before: datetime) -> datetime:
        """At a time of day and on a day at which people do things; `after` where there is none."""
        span = (before - after).total_seconds()
        if span <= 0:
            return after
        for _ in range(20):
            found = self.at_hour(after + timedelta(seconds=self.random.random() * span))
            is_likely = self.random.random() < WEEK[found.weekday()]
            if after <= found <= before and is_likely:
                return found
        return after + timedelta(seconds=self.random.random() * span)

    def at_hour(self, day: datetime, *, shift: int = 0) -> datetime:
        """On that day (UTC) at some hour that people like. shift: hours that they are ahead."""
        hour = self.random.choices(range(24), HOURS)[0] - shift
        return day.replace(
            hour=hour % 24,
            minute=self.random.randrange(60),
            second=self.random.randrange(60),
            microsecond=self.random.randrange(1_000_000),
        )


def write(
    story: Story, users: list[User], profiles: list[Profile], *, password: str, said: Said
) -> None:
    """All of it, in the caller's transaction. password: everybody's, as its hash."""
    for user in users:
        user.password = user.password or password
    records = [
        PasswordRecord(user=user, password=password, created_at=user.password_changed_at)
        for user in users
        if user.password == password
    ]
    BackupCodeDevice.objects.bulk_create([device for device, _ in story.backups.values()])
    codes = []
    for device, listed in story.backups.values():
        for code in listed:
            code.device_id = device.pk
        codes += listed
    tables: list[tuple[str, list[Any]]] = [
        ("profiles", profiles),
        ("passwords", records),
        ("roles", story.assignments),
        ("permissions on people", story.grants),
        ("authenticator apps", story.apps),
        ("backup codes", codes),
        ("trusted devices", story.trusted),
        ("locks", story.locks),
        ("sessions", story.sessions),
        ("notifications", story.notices),
        ("mails", story.mails),
    ]
    entries = _in_order(story.entries)
    total = sum(len(rows) for _, rows in tables) + len(entries)
    done = 0
    for what, rows in tables:
        insert_many(rows)
        done += len(rows)
        said(what, done, total)
    record_many(entries)
    said("audit entries", total, total)


def _in_order(entries: list[AuditEntry]) -> list[AuditEntry]:
    """Of before what retention took out nothing comes back: the log would call it forged."""
    gone = Seal.objects.filter(retired_at__isnull=False).aggregate(newest=Max("newest"))["newest"]
    found = [entry for entry in entries if gone is None or entry.timestamp > gone]
    return sorted(found, key=lambda entry: entry.timestamp)
