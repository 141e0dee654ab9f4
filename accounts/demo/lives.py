"""What people do: they come, sign in from their devices, change this and that, and leave."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.demo import changes, factors
from accounts.demo.people import Fate, Gadget, Person
from accounts.demo.story import DAYS, WEEK, Story, uuid7_at
from accounts.models import Session
from accounts.models.session import Kind as SessionKind
from accounts.services import tokens
from accounts.services.devices import wide_network
from audit.kinds import Action
from config.common.request_meta import RequestMeta
from notifications.kinds import Kind

LIFETIME: Final = timedelta(days=30)
AWAY: Final = 0.14  # of sign-ins are from somewhere else
MISTYPED: Final = 0.07  # of sign-ins are the second try
SIGNED_OUT, TAKEN_AWAY = 0.78, 0.86  # how a session ends before the next one on that device


def live(person: Person, story: Story) -> None:
    """Everything from their sign-up on that they do themselves."""
    if person.fate is Fate.INVITED:
        return
    _arrive(person, story)
    factors.turn_on(person, story)
    _Visits(person, story).all()
    changes.make(person, story)
    _leave(person, story)


def _arrive(person: Person, story: Story) -> None:
    user, meta = person.user, story.meta(person.home, person.gadgets[0].agent)
    story.tell(Action.USER_REGISTERED, user.created_at, actor=user, subject=user, meta=meta)
    if user.email_verified_at:
        at = user.email_verified_at
        story.tell(Action.EMAIL_VERIFIED, at, actor=user, subject=user, meta=meta)
        story.notify(
            user,
            Kind.EMAIL_VERIFIED,
            at,
            title=_("Your email address is confirmed"),
            message=_("Thank you. Everything is set up."),
        )


class _Visits:
    """Sign-ins of one person, and the sessions that they make."""

    def __init__(self, person: Person, story: Story) -> None:
        self.person, self.story, self.random = person, story, story.random
        self.open: dict[Gadget, Session] = {}
        self.known: set[Gadget] = set()
        self.made: list[Session] = []

    def all(self) -> None:
        for at in self._moments():
            self._come(at)
        if self.person.left is not None:
            for session in self.made:
                if session.revoked_at is None and session.expires_at > self.person.left:
                    session.revoked_at = self.person.left
            return
        for gadget, session in self.open.items():
            self._end_of_last(gadget, session)

    def _moments(self) -> list[datetime]:
        """When they sign in, over the time that is told of."""
        person, story = self.person, self.story
        until = person.until(story.now)
        first = max(story.begun, person.user.created_at)
        found = []
        if person.user.created_at > story.begun:
            found.append(person.user.created_at + timedelta(minutes=self.random.uniform(1, 9)))
        for number in range(DAYS + 1):
            day = story.begun + timedelta(days=number)
            wanted = person.rhythm * WEEK[day.weekday()]
            count = int(wanted) + (self.random.random() < wanted % 1)
            found += [story.at_hour(day, shift=person.shift) for _ in range(count)]
        return sorted(at for at in found if first <= at < until)

    def _come(self, at: datetime) -> None:
        person, story, random = self.person, self.story, self.random
        user = person.user
        gadget = person.gadgets[0]
        if len(person.gadgets) > 1 and random.random() < 0.35:
            gadget = random.choice(person.gadgets[1:])
        is_away = random.random() < AWAY
        meta = story.meta(
            f"203.0.113.{random.randrange(1, 255)}" if is_away else person.home, gadget.agent
        )
        if random.random() < MISTYPED:
            self._mistype(at, meta)
        if gadget in self.open:
            self._end_before(gadget, at)
        session = self._session(gadget, at, meta)
        story.sessions.append(session)
        self.made.append(session)
        self.open[gadget] = session
        has_factor = user.two_factor_enabled_at and user.two_factor_enabled_at < at
        if has_factor and random.random() < 0.05:
            story.tell(
                Action.TWO_FACTOR_FAILED, at - timedelta(seconds=20),
                actor=None, subject=user, meta=meta,
            )  # fmt: skip
        story.tell(
            Action.USER_LOGIN,
            at,
            actor=user,
            subject=user,
            meta=meta,
            resource="session",
            resource_id=session.pk,
            device=session.device_name,
            **({"secondFactor": "totp"} if has_factor else {}),
        )
        if gadget not in self.known and self.known:
            story.notify(
                user,
                Kind.LOGIN_ALERT,
                at,
                title=_("New sign-in"),
                message=format_lazy(
                    _("{device} signed in from {ip}."), device=session.device_name, ip=meta.ip
                ),
                sessionId=str(session.pk),
            )
        self.known.add(gadget)
        user.last_login = at
        if person.is_staff and random.random() < 0.3:
            story.tell(
                Action.REAUTHENTICATED, at + timedelta(minutes=random.uniform(16, 40)),
                actor=user, subject=user, meta=meta, resource="session", resource_id=session.pk,
            )  # fmt: skip

    def _mistype(self, at: datetime, meta: RequestMeta) -> None:
        for again in range(self.random.choice((1, 1, 1, 2, 3))):
            self.story.tell(
                Action.LOGIN_FAILED, at - timedelta(seconds=25 * (again + 1)),
                actor=None, subject=self.person.user, meta=meta, reason="password",
            )  # fmt: skip

    def _session(self, gadget: Gadget, at: datetime, meta: RequestMeta) -> Session:
        days = self.random.expovariate(1 / 4 if gadget.kind == SessionKind.API else 2)
        seen = min(at + timedelta(days=days), self.person.until(self.story.now), at + LIFETIME)
        return Session(
            id=uuid7_at(at, self.random),
            user_id=self.person.user.pk,
            kind=gadget.kind.value,
            device_id=gadget.id,
            device_name=gadget.parsed.name,
            browser=gadget.parsed.browser,
            system=gadget.parsed.system,
            ip_address=meta.ip,
            network=wide_network(meta.ip),
            user_agent=gadget.agent,
            created_at=at,
            proven_at=at,
            last_activity=seen,
            expires_at=at + LIFETIME,
            # One for every quarter of an hour in use, which is not all of the time.
            generation=int((seen - at).total_seconds() / 9000),
            rotated_at=seen,
            signed_by=tokens.refresh_ring().kid,
        )

    def _end_before(self, gadget: Gadget, at: datetime) -> None:
        """Before the next sign-in on the same device."""
        session = self.open[gadget]
        seen = min(session.last_activity, at - timedelta(minutes=2))
        session.last_activity = session.rotated_at = max(session.created_at, seen)
        chance = self.random.random()
        if chance < SIGNED_OUT:
            self._sign_out(gadget, session)
        elif chance < TAKEN_AWAY:
            session.revoked_at = at - timedelta(minutes=1)
            self.story.tell(
                Action.SESSION_REVOKED, session.revoked_at,
                actor=self.person.user, subject=self.person.user,
                meta=self.story.meta(self.person.home, self.person.gadgets[-1].agent),
                resource="session", resource_id=session.pk, device=session.device_name,
            )  # fmt: skip
        elif session.kind == SessionKind.BROWSER:
            # The browser forgot its cookie; the row runs out by itself.
            session.expires_at = min(session.expires_at, at)

    def _end_of_last(self, gadget: Gadget, session: Session) -> None:
        is_over = self.story.now - session.last_activity > timedelta(hours=12)
        if is_over and self.random.random() < 0.45:
            self._sign_out(gadget, session)

    def _sign_out(self, gadget: Gadget, session: Session) -> None:
        session.revoked_at = session.last_activity
        self.story.tell(
            Action.USER_LOGOUT, session.revoked_at,
            actor=self.person.user, subject=self.person.user,
            meta=self.story.meta(session.ip_address, gadget.agent),
            resource="session", resource_id=session.pk,
        )  # fmt: skip


def _leave(person: Person, story: Story) -> None:
    """Of their own will; what staff do is told elsewhere."""
    user = person.user
    meta = story.meta(person.home, person.gadgets[0].agent)
    if user.deactivated_at:
        story.tell(
            Action.ACCOUNT_DEACTIVATED, user.deactivated_at,
            actor=user, subject=user, meta=meta, sessionsEnded=1,
        )  # fmt: skip
        story.notify(
            user,
            Kind.ACCOUNT_UPDATE,
            user.deactivated_at,
            title=_("Your account was deactivated"),
            message=_("It is off until you reactivate it. All devices were signed out."),
        )
    elif user.deleted_at:
        story.tell(
            Action.ACCOUNT_DELETED, user.deleted_at, actor=user, subject=user, meta=meta,
            sessionsEnded=1, recoveryDeadline=user.recovery_deadline,
        )  # fmt: skip
        story.notify(
            user,
            Kind.ACCOUNT_UPDATE,
            user.deleted_at,
            title=_("Your account was deleted"),
            message=_("You can recover it for 30 days. All devices were signed out."),
        )
