"""The whole of it: all or nothing in, and out again by the program's own erasure."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Final

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.demo import changes, giving, lives, mails, staff
from accounts.demo.people import CHIEF, DOMAIN, crowd
from accounts.demo.story import Said, Story, write
from accounts.models import User
from accounts.services import figures, hours
from accounts.services.lifecycle import erasure
from accounts.validators import normalised
from audit.services import sealing
from config.common.bulk import insert_many
from config.common.request_meta import RequestMeta
from rbac.models import Role, RoleAssignment
from rbac.permissions import ADMIN
from rbac.services import builtin, holders, roles

INVENTED: Final = Q(email__endswith=f"@{DOMAIN}") | Q(email__endswith=f".{DOMAIN}")
SEALING: Final = 30.0  # seconds; what is left is the worker's


def present() -> QuerySet[User]:
    """Whoever of the invented people is there."""
    found: QuerySet[User] = User.objects.filter(INVENTED)
    return found


@transaction.atomic
def fill(*, seed: int, password: str, said: Said, now: datetime | None = None) -> Story:
    """Everything, in one transaction. The same seed tells the same lives, as of another day.

    password: everybody's. Keys of second factors and salts are drawn anew: those are secrets.
    Raises IntegrityError where it runs twice at once.
    """
    builtin.ensure()
    story = Story(Random(seed), now or timezone.now())
    people = crowd(story, set(User.objects.values_list("username", flat=True)))
    for number, person in enumerate(people):
        lives.live(person, story)
        said("lives", number + 1, len(people))
    changes.raids(story)
    giving.give(people, story)
    staff.work(people, story)
    mails.sent(story, people)
    users = [person.user for person in people]
    encoded = make_password(normalised(password))
    for user in users:
        user.password = user.password or encoded
    insert_many(users)
    write(story, users, [p.profile for p in people], password=encoded, said=said)
    mails.unsent(story, people)
    return story


def count(said: Said) -> None:
    """What the worker would do within the next minute: seal the log, and count."""
    said("sealing and counting", 0, 1)
    sealing.seal(seconds=SEALING)
    holders.count_all()
    figures.refresh()
    hours.refresh(anew=True)
    said("sealing and counting", 1, 1)


def is_last_admin() -> bool:
    """Is there no lasting admin but invented ones? The last one cannot be taken out."""
    others = RoleAssignment.objects.permanent().filter(role__name=ADMIN)
    active = User.objects.active().exclude(INVENTED)
    return not others.filter(user__in=active).exists()


def remove(said: Said) -> int:
    """Erase them one by one, as anybody is erased, and the roles that nobody else has.

    What happened stays in the log, without anything personal. Returns how many went.
    """
    keys = list(present().order_by("created_at").values_list("pk", flat=True))
    gone = 0
    # The demonstration's first admin last, so that a second start finds what the first one left.
    for key in sorted(keys, key=lambda key: key == _chief()):
        user = User.objects.filter(pk=key).first()
        if user is not None:
            gone += erasure.erase(user, only=Q(), asked="console") is not None
        said("accounts", gone, len(keys))
    for name, (description, _allowed) in giving.ROLES.items():
        role = Role.objects.filter(name=name, description=description).first()
        if role is not None and not RoleAssignment.objects.filter(role=role).exists():
            roles.delete(role.pk, by=None, meta=RequestMeta())
    return gone


def _chief() -> object:
    return present().filter(username=CHIEF).values_list("pk", flat=True).first()
