"""Lists: pages by number, as old clients ask for them, and signed cursors for any depth.

class InboxQuery(ListQuery):
    unread_only = serializers.BooleanField(default=False)

asked = InboxQuery.read(request.query_params, scope=request.user.pk)
page = paginate(inbox(request.user, **asked.filters), NEWEST, asked)
return answer(page.data("notifications", [notice_data(notice) for notice in page.rows]))
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, Final, Protocol, Self
from uuid import UUID

from django.core import signing
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from config.common import keyset
from config.common.api.serializers import WireSerializer, camel
from config.common.errors import DomainError, InvalidCursor, UseCursor, ValidationFailed
from config.common.keyset import Count, Order, Position

DEPTH: Final = 10_000  # rows that pages by number reach
MOST: Final = 100  # rows of one page
PAGING: Final = ("page", "limit", "cursor")
# What any list can answer, for its `@operation`.
LIST_ERRORS: Final[tuple[type[DomainError], ...]] = (UseCursor, InvalidCursor)


@dataclass(frozen=True, slots=True)
class Asked:
    """A list query, checked.

    filters: what the subclass of ListQuery declares, by its Python names. given: the same in the
    caller's words, which the cursor carries on. salt: binds the cursor to this list.
    offset: rows before this page; exact without a cursor. position, count: from the cursor.
    """

    filters: Mapping[str, Any]
    limit: int
    salt: str
    given: Mapping[str, Any]
    offset: int = 0
    order: tuple[str, ...] = ()
    position: Position | None = None
    count: Count | None = None


class CursorField(serializers.CharField):
    """Whatever is wrong with it, it is a cursor that is not ours."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return data if isinstance(data, str) else super().run_validation(data)


class Query(WireSerializer):
    """What stands behind the question mark."""

    @classmethod
    def checked(cls, params: QueryDict) -> dict[str, Any]:
        """By Python names. Raises ValidationError with every fault."""
        return dict(cls.of(params).validated_data)

    @classmethod
    def of(cls, params: QueryDict) -> Self:
        """The query, checked: `validated_data`, and `initial_data` in the caller's words.

        Blanks and strangers are left out.
        """
        query = cls(data={})
        # Each field costs a copy, and most are not asked.
        query._declared_fields = {
            name: field
            for name, field in query._declared_fields.items()
            if field.required or field.default is not serializers.empty or params.get(camel(name))
        }
        many = (serializers.ListField, serializers.MultipleChoiceField)
        # A plain dict: REST framework takes a QueryDict for a form, where no flag means false.
        query.initial_data = {
            name: params.getlist(name) if isinstance(field, many) else params[name]
            for name, field in query.fields.items()
            if params.get(name)
        }
        query.is_valid(raise_exception=True)
        return query


class ListQuery(Query):
    """What every list may be asked. Subclasses declare filters and sort beside it."""

    default_limit: ClassVar[int] = 20

    page = serializers.IntegerField(
        required=False, min_value=1, help_text="From 1, up to 10,000 rows deep."
    )
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MOST)
    cursor = CursorField(
        required=False,
        help_text=(
            "`nextCursor` of the page before. It carries filters, sort and limit, so nothing else "
            "needs to be sent; a filter that differs is refused."
        ),
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        if "limit" in fields:
            fields["limit"].help_text = f"Rows of a page; {self.default_limit} if left out."
        # Filters first: they are what the list is about.
        return {name: fields[name] for name in sorted(fields, key=PAGING.__contains__)}

    @classmethod
    def read(cls, params: QueryDict, *, scope: object = "") -> Asked:
        """The query of a request. Raises ValidationFailed, UseCursor, InvalidCursor.

        scope: whose list it is, where everybody has one of their own: a cursor is good for the
        list that it came from, and for no other.
        """
        salt = f"muster.cursor:{cls.__name__}:{scope}"
        query = cls.of(params)
        checked, given = dict(query.validated_data), query.initial_data
        page, limit = checked.pop("page", 1), checked.pop("limit", None)
        token = checked.pop("cursor", None)
        words = {name: value for name, value in given.items() if name not in PAGING}
        if token is None:
            limit = limit or cls.default_limit
            offset = (page - 1) * limit
            if offset >= DEPTH:
                raise UseCursor
            return Asked(checked, limit, salt, words, offset)
        if "page" in given:
            raise ValidationFailed.of("page", _("Give a page or a cursor, not both."), "conflict")
        asked = cls._continued(token, salt)
        for name in words:
            known = query.fields[name].source or name
            if checked[known] != asked.filters.get(known):
                raise InvalidCursor
        return replace(asked, limit=limit) if limit else asked

    @classmethod
    def _continued(cls, token: str, salt: str) -> Asked:
        try:
            held = signing.loads(token, salt=salt)
        except (signing.BadSignature, UnicodeError) as error:
            raise InvalidCursor from error
        query = cls(data=held["query"])
        if not query.is_valid():
            # Signed by us, for filters that a newer version does not have.
            raise InvalidCursor
        return Asked(
            query.validated_data,
            held["limit"],
            salt,
            held["query"],
            held["offset"],
            tuple(held["order"]),
            tuple(_unpacked(value) for value in held["position"]),
            Count(*held["count"]),
        )


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list, and what stands beside them in the answer.

    is_cut: the search ran out of time; the cursor goes on where it stopped.
    """

    rows: list[Any]
    count: Count
    number: int
    limit: int
    cursor: str | None
    is_cut: bool = False

    def data(self, name: str, listed: list[Any], **beside: Any) -> dict[str, Any]:
        """The answer's `data`. name: of the list; beside: what else this list tells."""
        return {
            name: listed,
            **beside,
            "total": self.count.total,
            "totalIsEstimate": self.count.is_estimate,
            "page": self.number,
            "limit": self.limit,
            "totalPages": -(-self.count.total // self.limit),
            "nextCursor": self.cursor,
        }


class Source(Protocol):
    """Rows to page through, however they are found."""

    def read(self, *, limit: int, position: Position | None, offset: int) -> keyset.Slice: ...

    def count(self) -> Count: ...


@dataclass(frozen=True, slots=True)
class Plain:
    """The rows of one query."""

    queryset: QuerySet[Any]
    order: Order

    def read(self, *, limit: int, position: Position | None, offset: int) -> keyset.Slice:
        return keyset.read(self.queryset, self.order, limit=limit, position=position, offset=offset)

    def count(self) -> Count:
        return keyset.count(self.queryset)


def paginate(queryset: QuerySet[Any], order: Order, asked: Asked) -> Page:
    """The page that was asked for. Raises InvalidCursor for one of another order.

    At most three statements on SQLite and four on PostgreSQL, however long the list is; behind a
    cursor, and for a list that ends on its page, the one of the rows alone. (A first key that may
    be null takes up to two more.)
    """
    return paginate_from(Plain(queryset, order), order, asked)


def paginate_from(source: Source, order: Order, asked: Asked) -> Page:
    """The same of rows that are found in a way of their own."""
    spelled = tuple(("-" if key.descending else "") + key.name for key in order)
    if asked.position is not None and asked.order != spelled:
        raise InvalidCursor
    offset = asked.offset if asked.position is None else 0
    found = source.read(limit=asked.limit, position=asked.position, offset=offset)
    count = _count(source, found, asked)
    cursor = None
    if found.position is not None:
        held = {
            "query": asked.given,
            "limit": asked.limit,
            "offset": asked.offset + len(found.rows),
            "order": spelled,
            "position": [_packed(value) for value in found.position],
            "count": (count.total, count.is_estimate),
        }
        cursor = signing.dumps(held, salt=asked.salt, compress=True)
    number = asked.offset // asked.limit + 1
    return Page(found.rows, count, number, asked.limit, cursor, found.is_cut)


def _count(source: Source, found: keyset.Slice, asked: Asked) -> Count:
    """Counted once: the cursor carries it on. Never fewer than were seen."""
    seen = asked.offset + len(found.rows) if found.rows else 0
    goes_on = found.position is not None
    is_more = goes_on and not found.is_cut
    if asked.position is None and not goes_on and (found.rows or not asked.offset):
        return Count(seen)
    count = asked.count or source.count()
    return replace(count, total=max(count.total, seen + is_more))


def _packed(value: Any) -> Any:
    """A value of a key as JSON can hold it, with what it was."""
    if isinstance(value, datetime):
        return ["time", value.isoformat()]
    if isinstance(value, UUID):
        return ["id", value.hex]
    if value is None or isinstance(value, str | int):
        return value
    raise TypeError(f"Nothing is sorted by {type(value).__name__}.")


def _unpacked(value: Any) -> Any:
    match value:
        case ["time", text]:
            return datetime.fromisoformat(text)
        case ["id", text]:
            return UUID(hex=text)
    return value


# What stands beside a list; subclasses declare the list itself, under its own name. No docstring:
# it would stand in the documents of every list.
class ListAnswer(WireSerializer):
    total = serializers.IntegerField()
    total_is_estimate = serializers.BooleanField(help_text="Only ever past 1,000 matches.")
    page = serializers.IntegerField()
    limit = serializers.IntegerField()
    total_pages = serializers.IntegerField()
    next_cursor = serializers.CharField(allow_null=True, help_text="Null on the last page.")


def list_example(name: str, rows: list[Any], *, limit: int = 20, **beside: Any) -> dict[str, Any]:
    """What `data` looks like, for the documents."""
    return Page(rows, Count(len(rows)), 1, limit, None).data(name, rows, **beside)
