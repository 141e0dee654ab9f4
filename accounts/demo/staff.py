"""What staff do: invite, suspend, help, look into accounts, set policy."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from accounts.demo.people import STAFF, Fate, Person
from accounts.demo.story import Story, uuid7_at
from accounts.models import Session
from accounts.models.session import Kind as SessionKind
from accounts.services.devices import wide_network
from accounts.services.impersonation import LIFETIME
from accounts.services.sessions import NEVER
from accounts.services.staff.access import REACTIVATED, SUSPENDED, suspension_message
from audit.kinds import Action
from audit.services.details import difference
from notifications.kinds import Kind
from rbac.permissions import USER

REASONS: Final = (
    "Spam, reported twice",
    "Chargeback, waits for the bank",
    "Sold the account",
    "Insults in several places, warned before",
    "",
)
ASKED: Final = (
    "Ticket 4812: the profile cannot be saved",
    "Ticket 4907: sees no notifications",
    "Ticket 5033: asked us to look together",
    "Ticket 5120: wrong time zone",
)


def work(people: list[Person], story: Story) -> None:
    """Over the time that is told of, by admins and support."""
    _Office(people, story).all()


class _Office:
    def __init__(self, people: list[Person], story: Story) -> None:
        self.people, self.story, self.random = people, story, story.random
        ordinary = people[STAFF:]
        self.stayed = [one for one in ordinary if one.fate is Fate.ACTIVE and not one.left]

    def all(self) -> None:
        for person in self.people:
            if person.fate is Fate.INVITED:
                self._invite(person)
            elif person.user.suspended_at:
                self._suspend(person, person.user.suspended_at)
        for person in self._some(3):
            self._suspend_by_mistake(person)
        for person in self._some(5):
            self._rename(person)
        self._help()
        for number, person in enumerate(self._some(9)):
            self._impersonate(person, is_now=number == 0)
        self._settings()

    def _some(self, count: int) -> list[Person]:
        long = self.story.now - timedelta(days=10)
        return self.random.sample([p for p in self.stayed if p.user.created_at < long], count)

    def _by(self) -> Person:
        return self.people[self.random.choice((0, 0, 1, 2))]

    def _when(self, person: Person) -> datetime:
        born = person.user.created_at + timedelta(days=1)
        return self.story.moment(max(born, self.story.begun), self.story.now - timedelta(hours=2))

    def _tell(
        self, action: Action, at: datetime, person: Person | None, by: Person, **details: Any
    ) -> None:
        meta = self.story.meta(by.home, by.gadgets[0].agent)
        subject = person.user if person else None
        self.story.tell(action, at, actor=by.user, subject=subject, meta=meta, **details)

    def _invite(self, person: Person) -> None:
        user = person.user
        new = {
            "email": user.email,
            "username": user.username,
            "firstName": user.first_name,
            "lastName": user.last_name,
        }
        self._tell(
            Action.ADMIN_USER_CREATED, user.created_at, person, self._by(), roles=[USER], new=new
        )

    def _suspend(self, person: Person, at: datetime) -> None:
        user, reason = person.user, self.random.choice(REASONS)
        user.suspension_reason = reason
        self._tell(
            Action.ADMIN_SUSPENDED, at, person, self._by(), sessionsEnded=1,
            **({"reason": reason} if reason else {}),
        )  # fmt: skip
        title, message = SUSPENDED[0], suspension_message(reason)
        self.story.notify(user, Kind.ACCOUNT_UPDATE, at, title=title, message=message)

    def _suspend_by_mistake(self, person: Person) -> None:
        by, at = self._by(), self._when(person)
        later = at + timedelta(minutes=self.random.uniform(3, 9))
        self._tell(Action.ADMIN_SUSPENDED, at, person, by, sessionsEnded=0, reason=REASONS[0])
        old = {"suspendedAt": at, "deactivatedAt": None}
        new = dict.fromkeys(old)
        self._tell(Action.ADMIN_REACTIVATED, later, person, by, old=old, new=new)
        title, message = REACTIVATED
        self.story.notify(person.user, Kind.ACCOUNT_UPDATE, later, title=title, message=message)

    def _rename(self, person: Person) -> None:
        user, other = person.user, self.random.choice(self.stayed).user
        changed = difference({"lastName": other.last_name}, {"lastName": user.last_name})
        at = self._when(person)
        self._tell(Action.ADMIN_USER_UPDATED, at, person, self._by(), **changed)
        self.story.notify(
            user,
            Kind.ACCOUNT_UPDATE,
            at,
            title=_("Your account was changed"),
            message=_("An administrator changed your names."),
            fields=["lastName"],
        )

    def _help(self) -> None:
        for person in self._some(4):
            helper = self.people[self.random.randrange(3, 7)]
            self._tell(Action.ADMIN_UNLOCKED, self._when(person), person, helper)
        for person in self._some(3):
            self._tell(
                Action.ADMIN_PASSWORD_RESET, self._when(person), person, self._by(),
                temporaryPassword=False, sessionsEnded=self.random.choice((0, 1)),
            )  # fmt: skip
        for person in self._some(2):
            self._tell(
                Action.ADMIN_SESSIONS_REVOKED, self._when(person), person, self._by(), count=2
            )
        verified = [one for one in self._some(12) if one.user.email_verified_at]
        for person in verified[:3]:
            at = person.user.email_verified_at or self.story.now
            self._tell(
                Action.ADMIN_EMAIL_VERIFIED, at, person, self._by(),
                old={"emailVerifiedAt": None}, new={"emailVerifiedAt": at},
            )  # fmt: skip
        without = [one for one in self.stayed if one.user.two_factor_enabled_at is None]
        lost = self.random.choice(without)
        at = self._when(lost)
        self._tell(
            Action.ADMIN_TWO_FACTOR_RESET, at, lost, self._by(),
            reason="Phone lost; identity confirmed by video call", sessionsEnded=1,
            old={"twoFactorEnabledAt": max(lost.user.created_at, at - timedelta(days=30))},
            new={"twoFactorEnabledAt": None},
        )  # fmt: skip

    def _impersonate(self, person: Person, *, is_now: bool) -> None:
        """is_now: it is going on, from a session of the admin's that is open."""
        story, by = self.story, self._by()
        own = next((s for s in reversed(story.sessions) if s.user_id == by.user.pk), None)
        at = self._when(person)
        if is_now:
            live = [
                one for one in story.sessions
                if one.revoked_at is None and one.expires_at > story.now + LIFETIME
                and one.user_id in {chief.user.pk for chief in self.people[:3]}
            ]  # fmt: skip
            if not live:
                return
            own, at = live[-1], story.now - timedelta(minutes=4)
            by = next(one for one in self.people if one.user.pk == own.user_id)
        if own is None:
            return
        gadget, reason = by.gadgets[0], self.random.choice(ASKED)
        ended = None if is_now else at + timedelta(minutes=self.random.uniform(2, 13))
        session = Session(
            id=uuid7_at(at, story.random),
            user=person.user,
            kind=SessionKind.IMPERSONATION.value,
            impersonator=by.user,
            opened_from=own,
            device_name=gadget.parsed.name,
            browser=gadget.parsed.browser,
            system=gadget.parsed.system,
            ip_address=by.home,
            network=wide_network(by.home),
            user_agent=gadget.agent,
            created_at=at,
            proven_at=NEVER,
            last_activity=ended or story.now,
            rotated_at=at,
            expires_at=at + LIFETIME,
            revoked_at=ended,
        )
        story.sessions.append(session)
        at_session: dict[str, Any] = {"resource": "session", "resource_id": session.pk}
        self._tell(
            Action.ADMIN_IMPERSONATION_STARTED, at, person, by, **at_session,
            reason=reason, until=session.expires_at,
        )  # fmt: skip
        story.notify(
            person.user,
            Kind.SECURITY_ALERT,
            at,
            title=_("An administrator uses your account"),
            message=reason,
            sessionId=str(session.pk),
        )
        meta = story.meta(by.home, gadget.agent, acting=by.user.pk)
        if self.random.random() < 0.6:
            story.tell(
                Action.PROFILE_UPDATED, at + timedelta(minutes=1), actor=person.user,
                subject=person.user, meta=meta,
                **difference({"timezone": "UTC"}, {"timezone": person.profile.timezone}),
            )  # fmt: skip
        if ended:
            story.tell(
                Action.ADMIN_IMPERSONATION_ENDED, ended, actor=person.user, subject=person.user,
                meta=meta, **at_session, how="stopped",
            )  # fmt: skip

    def _settings(self) -> None:
        """There and back: what is set today is the installation's own business."""
        there = self.story.now - timedelta(days=38, hours=1)
        back = there + timedelta(days=11, hours=2)
        low, high = {"lockoutThreshold": 5}, {"lockoutThreshold": 8}
        by, on = self._by(), {"resource": "settings"}
        self._tell(Action.SETTINGS_CHANGED, there, None, by, old=low, new=high, **on)
        self._tell(
            Action.SETTINGS_CHANGED, back, None, by, old=high, new=low,
            setBack=["lockoutThreshold"], **on,
        )  # fmt: skip
        for days in (55, 25, 2):
            at = self.story.now - timedelta(days=days, minutes=self.random.uniform(0, 300))
            self._tell(
                Action.AUDIT_EXPORTED, at, None, self.people[7], resource="audit", format="csv",
                filters={"action": "LOGIN_FAILED"},
            )  # fmt: skip
