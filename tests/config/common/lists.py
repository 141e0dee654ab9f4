"""A list to page through: people, in several orders."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

from django.http import QueryDict
from rest_framework import serializers

from accounts.models import User
from config.common.api.pagination import ListQuery, Page, paginate
from config.common.keyset import Key, keys

NUMBERS = count()
DAY = datetime(2026, 11, 23, tzinfo=UTC)
SORTS = {
    "newest": keys("-created_at", "-id"),
    "oldest": keys("created_at", "id"),
    "name": keys("first_name", "-id"),
    "login": keys("last_login", "id", nullable=["last_login"]),
    "lastLogin": keys("-last_login", "-id", nullable=["last_login"]),
    "nameAndLogin": keys("-first_name", "-last_login", "id", nullable=["last_login"]),
    "id": keys("-id"),
}


class PeopleQuery(ListQuery):
    sort = serializers.ChoiceField(list(SORTS), default="newest")
    first_name = serializers.CharField(required=False)
    verified = serializers.BooleanField(required=False, allow_null=True)
    roles = serializers.ListField(child=serializers.CharField(), required=False)


class OtherQuery(PeopleQuery):
    """The same fields in another list."""


def asked(query: str = "", *, scope: str = "") -> Page:
    wanted = PeopleQuery.read(QueryDict(query), scope=scope)
    found = User.objects.all()
    if "first_name" in wanted.filters:
        found = found.filter(first_name=wanted.filters["first_name"])
    return paginate(found, SORTS[wanted.filters["sort"]], wanted)


def add(people):
    """Rows of (id, first name, minute of creation, minute of last login)."""
    User.objects.bulk_create(
        User(
            id=pk,
            username=f"q{next(NUMBERS)}",
            email=f"{pk.hex}@example.org",
            first_name=name,
            created_at=DAY + timedelta(minutes=made),
            last_login=None if login is None else DAY + timedelta(minutes=login),
        )
        for pk, name, made, login in people
    )


def in_order(people, order: tuple[Key, ...]):
    """What the database should say, said by Python: sorted by the last key first, nulls last."""
    found = list(people)
    for key in reversed(order):
        told = [one for one in found if key.of(one) is not None]
        found = sorted(told, key=key.of, reverse=key.descending) + [
            one for one in found if key.of(one) is None
        ]
    return [one.pk for one in found]


def sixty_people() -> list[User]:
    """Ten of each first name, made a minute apart."""
    return User.objects.bulk_create(
        User(
            username=f"p{n:02}",
            email=f"p{n:02}@example.org",
            first_name="abcdef"[n % 6],
            created_at=DAY + timedelta(minutes=n),
        )
        for n in range(60)
    )
