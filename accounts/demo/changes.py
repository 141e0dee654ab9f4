"""What people change about themselves, and what goes wrong with their passwords."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from accounts.demo.people import Fate, Person
from accounts.demo.story import Story
from accounts.models import AccountLock
from audit.kinds import Action
from audit.services.details import difference
from config.common.crypto import keyed_hash
from config.common.request_meta import RequestMeta
from notifications.kinds import Kind


def make(person: Person, story: Story) -> None:
    """Some of each, over the time that is told of."""
    random = story.random
    chances = (
        (0.5, _profile),
        (0.3, _preferences),
        (0.16, _password),
        (0.14, _reset),
        (0.05, _address),
        (0.05, _export),
        (0.05, _locked_for_a_while),
    )
    for chance, change in chances:
        if random.random() < chance:
            at = _some_time(person, story)
            change(person, story, at, story.meta(person.home, random.choice(person.gadgets).agent))
    if person.fate is Fate.LOCKED:
        _locked_out(person, story)


def _some_time(person: Person, story: Story) -> datetime:
    born = person.user.created_at + timedelta(minutes=30)
    return story.moment(max(born, story.begun), person.until(story.now))


def _profile(person: Person, story: Story, at: datetime, meta: RequestMeta) -> None:
    user, profile = person.user, person.profile
    old, new = person.cities[1], person.cities[0]
    profile.city = new
    changed = difference({"city": old}, {"city": new})
    if profile.phone and story.random.random() < 0.5:
        changed = difference({"city": old, "phone": None}, {"city": new, "phone": profile.phone})
    story.tell(Action.PROFILE_UPDATED, at, actor=user, subject=user, meta=meta, **changed)


def _preferences(person: Person, story: Story, at: datetime, meta: RequestMeta) -> None:
    user = person.user
    person.profile.preferences = {"theme": "dark"}
    story.tell(Action.PREFERENCES_UPDATED, at, actor=user, subject=user, meta=meta, keys=["theme"])


def _password(person: Person, story: Story, at: datetime, meta: RequestMeta) -> None:
    user = person.user
    user.password_changed_at = at
    story.tell(
        Action.PASSWORD_CHANGED, at, actor=user, subject=user, meta=meta,
        sessionsEnded=story.random.choice((0, 0, 1, 2)),
    )  # fmt: skip
    story.notify(
        user,
        Kind.PASSWORD_CHANGED,
        at,
        title=_("Your password was changed"),
        message=_("All other devices were signed out."),
    )


def _reset(person: Person, story: Story, at: datetime, meta: RequestMeta) -> None:
    user = person.user
    story.tell(Action.PASSWORD_RESET_REQUESTED, at, actor=None, subject=user, meta=meta)
    done = at + timedelta(minutes=story.random.uniform(1, 40))
    if story.random.random() < 0.25 or done > person.until(story.now):
        return
    user.password_changed_at = max(user.password_changed_at, done)
    story.tell(
        Action.PASSWORD_RESET_COMPLETED, done, actor=user, subject=user, meta=meta, sessionsEnded=1
    )
    story.notify(
        user,
        Kind.PASSWORD_CHANGED,
        done,
        title=_("Your password was changed"),
        message=_("All other devices were signed out."),
    )


def _address(person: Person, story: Story, at: datetime, meta: RequestMeta) -> None:
    user = person.user
    name, _at, domain = user.email.partition("@")
    old = f"{name.partition('.')[0]}@{domain}"
    who = {"actor": user, "subject": user, "meta": meta}
    if person.is_chief or person.left:
        return
    change = difference({"email": old}, {"email": user.email})
    story.tell(Action.EMAIL_CHANGE_REQUESTED, at, **who, **change)  # type: ignore[arg-type]
    later = at + timedelta(minutes=story.random.uniform(2, 60))
    story.tell(
        Action.EMAIL_CHANGED, later, **who,  # type: ignore[arg-type]
        **change, sessionsEnded=story.random.choice((0, 1)),
    )  # fmt: skip


def _export(person: Person, story: Story, at: datetime, meta: RequestMeta) -> None:
    user = person.user
    story.tell(Action.DATA_EXPORTED, at, actor=user, subject=user, meta=meta)
    story.notify(
        user,
        Kind.ACCOUNT_UPDATE,
        at,
        title=_("Your data was exported"),
        message=_("If this was not you, choose a new password right away."),
    )


def _locked_for_a_while(person: Person, story: Story, at: datetime, meta: RequestMeta) -> None:
    for number in range(5):
        fail(person, story, at + timedelta(seconds=21 * number), meta)
    story.tell(
        Action.ACCOUNT_LOCKED, at + timedelta(seconds=84),
        actor=None, subject=person.user, meta=meta, scope="network",
    )  # fmt: skip


def fail(person: Person, story: Story, at: datetime, meta: RequestMeta) -> None:
    story.tell(
        Action.LOGIN_FAILED, at, actor=None, subject=person.user, meta=meta, reason="password"
    )


def _locked_out(person: Person, story: Story) -> None:
    """From anywhere: some until a while from now, some until they choose a new password."""
    random, user = story.random, person.user
    is_off = bool(story.locks)
    # Twenty within an hour lock for everyone; a hundred in a row, over how long ever, do it too.
    count = 100 if is_off else 22
    gap = timedelta(minutes=random.uniform(9, 12) if is_off else 2.3)
    ago = timedelta(days=random.uniform(1, 9)) if is_off else timedelta(minutes=4)
    begun = max(story.now - count * gap - ago, user.created_at + timedelta(hours=1))
    for number in range(count):
        meta = story.meta(f"198.51.100.{random.randrange(1, 255)}", "python-requests/2.32.3")
        fail(person, story, begun + number * gap, meta)
    at = begun + (count - 1) * gap
    lock = AccountLock(key=user.username, failures=count, locks=3 if is_off else 1)
    if is_off:
        lock.password_off_at = at
    else:
        lock.locked_until = at + timedelta(hours=1)
    story.locks.append(lock)
    story.tell(
        Action.ACCOUNT_LOCKED, at, actor=None, subject=user,
        meta=story.meta("198.51.100.66", "python-requests/2.32.3"),
        scope="password_off" if is_off else "everywhere",
    )  # fmt: skip


def raids(story: Story) -> None:
    """Now and then somebody tries a list of stolen passwords: names that nobody here has."""
    random = story.random
    nights = [timedelta(days=days) for days in (76, 61, 47, 33, 19, 8, 1.2)]
    for ago in nights:
        begun = story.now - ago - timedelta(minutes=random.uniform(0, 200))
        network = f"198.51.100.{random.randrange(1, 255)}"
        for number in range(random.randrange(18, 46)):
            story.tell(
                Action.LOGIN_FAILED,
                begun + timedelta(seconds=number * random.uniform(100, 180)),
                actor=None,
                subject=None,
                meta=story.meta(network, "python-requests/2.32.3"),
                reason="password",
                nameHash=keyed_hash("unknown-name", f"{random.getrandbits(64):x}@example.net"),
            )
