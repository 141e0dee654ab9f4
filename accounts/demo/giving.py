"""Roles that are made, changed and given, and permissions on single people."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.auth.models import Permission as DjangoPermission
from django.contrib.contenttypes.models import ContentType
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.demo.people import STAFF, Fate, Person
from accounts.demo.story import Story, uuid7_at
from accounts.models import User
from audit.kinds import Action
from notifications.kinds import Kind
from rbac.models import PersonGrant, Role, RoleAssignment
from rbac.permissions import ADMIN, MODERATOR, USER, Permission

P: Final = Permission
# Name: what it is for, and what it allows. Who has which: `_wanted`.
ROLES: Final[dict[str, tuple[str, tuple[Permission, ...]]]] = {
    "support": (
        "Demonstration: helps people who cannot get in",
        (P.USER_READ, P.USER_UPDATE, P.USER_MANAGE, P.ROLE_READ, P.ADMIN_ACCESS, P.AUDIT_READ),
    ),
    "auditor": ("Demonstration: reads the log", (P.AUDIT_READ, P.ADMIN_ACCESS)),
    "editor": ("Demonstration: writes for the newsletter", ()),
    "beta_tester": ("Demonstration: sees what is coming", ()),
}
LATER: Final = P.AUDIT_READ  # what support got only after a while
ADMINS, SUPPORT, AUDITORS = range(3), range(3, 7), range(7, 9)


def give(people: list[Person], story: Story) -> None:
    """Everybody's roles. The default ones are there; the others are made where they are not."""
    chief = people[0]
    roles = {role.name: role for role in Role.objects.filter(name__in=[ADMIN, MODERATOR, USER])}
    for name in ROLES:
        roles[name] = _role(name, chief, story)
    for person in people:
        _assign(person, roles[USER], person.user.created_at, story, by=None)
    for number in ADMINS:
        at = people[number].user.created_at + timedelta(minutes=3)
        _assign(people[number], roles[ADMIN], at, story, by=None if number == 0 else chief)
    for number, name in _wanted(people):
        person = people[number]
        begun = max(person.user.created_at + timedelta(hours=1), story.begun + timedelta(days=4))
        at = story.moment(begun, story.now)
        is_for_a_while = name == "beta_tester"
        ends = story.now + timedelta(days=story.random.uniform(2, 40)) if is_for_a_while else None
        _assign(person, roles[name], at, story, by=people[number % 3], ends=ends)
    _give_to_many(people, roles["editor"], story)
    _grants(people, story)


def _wanted(people: list[Person]) -> list[tuple[int, str]]:
    ordinary = [
        number
        for number in range(STAFF, len(people))
        if people[number].fate is Fate.ACTIVE and people[number].left is None
    ]
    return [
        *((number, "support") for number in SUPPORT),
        *((number, "auditor") for number in AUDITORS),
        *((number, MODERATOR) for number in range(9, STAFF)),
        *((number, "editor") for number in ordinary[::14]),
        *((number, "beta_tester") for number in ordinary[5::22]),
    ]


def _role(name: str, chief: Person, story: Story) -> Role:
    """As it is now; the entries tell how it came to be so."""
    present = Role.objects.filter(name=name).first()
    if present is not None:
        return present
    description, allowed = ROLES[name]
    at = story.begun + timedelta(days=2, minutes=len(name) * 7)
    role = Role.objects.create(
        id=uuid7_at(at, story.random), name=name, description=description, created_at=at
    )
    role.permissions.set(
        DjangoPermission.objects.filter(
            content_type__app_label="rbac", codename__in=[one.value for one in allowed]
        )
    )
    first = [one.name for one in P if one in allowed and not (name == "support" and one is LATER)]
    said: dict[str, Any] = {
        "actor": chief.user,
        "subject": None,
        "meta": story.meta(chief.home, chief.gadgets[0].agent),
        "resource": "role",
        "resource_id": role.pk,
    }
    story.tell(
        Action.ROLE_CREATED, at, **said, name=name, description=description, permissions=first
    )
    if name == "support":
        story.tell(
            Action.ROLE_UPDATED, at + timedelta(days=17, hours=3), **said,
            role=name,
            fields=["permissions"],
            old={"permissions": first},
            new={"permissions": [one.name for one in P if one in allowed]},
        )  # fmt: skip
    return role


def _assign(
    person: Person,
    role: Role,
    at: datetime,
    story: Story,
    *,
    by: Person | None,
    ends: datetime | None = None,
    **details: Any,
) -> None:
    user = person.user
    story.assignments.append(
        RoleAssignment(
            user=user,
            role=role,
            expires_at=ends,
            assigned_at=at,
            assigned_by=by.user if by else None,
            user_created_at=user.created_at,
        )
    )
    if by is None:
        return
    story.tell(
        Action.ROLE_ASSIGNED, at, actor=by.user, subject=user,
        meta=story.meta(by.home, by.gadgets[0].agent), resource="role", resource_id=role.pk,
        role=role.name, expiresAt=ends, **details,
    )  # fmt: skip
    story.notify(
        user,
        Kind.ROLE_CHANGED,
        at,
        title=_("You have a new role"),
        message=format_lazy(_("You now hold the role “{role}”."), role=role.name),
        role=role.name,
    )


def _give_to_many(people: list[Person], role: Role, story: Story) -> None:
    """At once, with the entry that sums it up."""
    at = story.now - timedelta(days=12, hours=2)
    by = people[1]
    held = {one.user_id for one in story.assignments if one.role_id == role.pk}
    chosen = [
        person
        for person in people[STAFF::9]
        if person.user.created_at < at and person.left is None and person.user.pk not in held
    ]
    bulk_id = str(uuid7_at(at, story.random))
    for person in chosen:
        _assign(person, role, at, story, by=by, bulkId=bulk_id)
    story.tell(
        Action.ADMIN_BULK_ROLE_ASSIGNED, at, actor=by.user, subject=None,
        meta=story.meta(by.home, by.gadgets[0].agent), resource="role", resource_id=role.pk,
        role=role.name, bulkId=bulk_id, total=len(chosen) + 1, changed=len(chosen), already=0,
        notFound=1, refused=0,
    )  # fmt: skip


def _grants(people: list[Person], story: Story) -> None:
    """Three people may see, or edit, one other person each."""
    content_type = ContentType.objects.get_for_model(User)
    allowed = {
        row.codename: row for row in DjangoPermission.objects.filter(content_type=content_type)
    }
    by = people[0]
    for number, permission in ((20, P.USER_READ), (33, P.USER_UPDATE), (48, P.USER_READ)):
        holder, other = people[number].user, people[number + 1].user
        at = story.moment(story.begun + timedelta(days=5), story.now - timedelta(days=1))
        grant = PersonGrant(
            id=uuid7_at(at, story.random),
            user=holder,
            permission=allowed[permission.value],
            content_type=content_type,
            object_pk=str(other.pk),
        )
        story.grants.append(grant)
        story.tell(
            Action.PERMISSION_GRANTED, at, actor=by.user, subject=holder,
            meta=story.meta(by.home, by.gadgets[0].agent), resource="grant",
            resource_id=grant.pk, permission=permission.name, on=other.pk,
        )  # fmt: skip
