"""The list of people: a page of the directory, in the words of the API's own list."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.selectors import avatar
from accounts.selectors.directory import Directory
from accounts.selectors.wanted import LOCKED, SORTS, STATUSES, Wanted
from config.common.api.exceptions import translated
from config.common.api.pagination import Asked, ListQuery, Page, paginate_from
from config.common.api.serializers import Moment, Text
from config.common.errors import DomainError
from rbac.models import Role
from rbac.selectors import role_names_of

PAGE: Final = 50
_YES_NO: Final = (("", _("All")), ("true", _("Yes")), ("false", _("No")))
_STATUSES: Final = {
    "active": _("Active"),
    "inactive": _("Deactivated or invited"),
    "suspended": _("Suspended"),
    LOCKED: _("Locked"),
    "deleted": _("Deleted"),
}
# What a row says of its state: the column, the word, and how it looks. The first one that is set.
STATES: Final = (
    ("deleted_at", _("Deleted"), "bad"),
    ("deactivated_at", _("Deactivated"), "warn"),
    ("invited_at", _("Invited"), "warn"),
)


class PeopleListQuery(ListQuery):
    default_limit = PAGE

    q = Text(required=False, max_length=100)
    role = Text(required=False, max_length=50)
    status = serializers.ChoiceField(choices=(*STATUSES, LOCKED), required=False)
    verified = serializers.BooleanField(required=False, allow_null=True, default=None)
    two_factor = serializers.BooleanField(required=False, allow_null=True, default=None)
    created_after = Moment(required=False)
    created_before = Moment(required=False)
    sort_by = serializers.ChoiceField(choices=tuple(SORTS), default="createdAt")
    order = serializers.ChoiceField(choices=("asc", "desc"), required=False)


class FilterForm(forms.Form):
    """The same as fields to fill in; PeopleListQuery is what reads them."""

    q = forms.CharField(
        label=_("Search"),
        widget=forms.TextInput(attrs={"type": "search", "maxlength": 100}),
        help_text=_("A part of an email, username or name; or a whole id."),
    )
    status = forms.ChoiceField(label=_("Status"), choices=[("", _("All")), *_STATUSES.items()])
    role = forms.ChoiceField(label=_("Role"))
    verified = forms.ChoiceField(label=_("Email confirmed"), choices=_YES_NO)
    twoFactor = forms.ChoiceField(label=_("Second factor"), choices=_YES_NO)  # noqa: N815
    createdAfter = forms.CharField(  # noqa: N815  the words of the query
        label=_("Joined from"), widget=forms.DateInput(attrs={"type": "date"})
    )
    createdBefore = forms.CharField(  # noqa: N815
        label=_("Joined before"), widget=forms.DateInput(attrs={"type": "date"})
    )
    use_required_attribute = False

    def __init__(self, given: dict[str, Any]) -> None:
        super().__init__(initial=given, auto_id="filter_%s", label_suffix="")
        names = list(Role.objects.order_by("name").values_list("name", flat=True))
        names += [given["role"]] if given.get("role", "") not in {"", *names} else []
        choices: Any = [("", _("All")), *((name, name) for name in names)]
        self.fields["role"].choices = choices  # type: ignore[attr-defined]


class PeopleList:
    """What was asked, and a page of the answer; `fault` says why there is none."""

    def __init__(self, params: QueryDict) -> None:
        self.fault = ""
        self.given: dict[str, Any] = {}
        self.wanted: Wanted | None = None
        self.asked: Asked | None = None
        try:
            self.asked = PeopleListQuery.read(params)
        except (serializers.ValidationError, DomainError) as error:
            self.fault = said(error)
            self.given = {name: params[name] for name in FilterForm.base_fields if name in params}
            return
        self.given = dict(self.asked.given)
        filters = {name: value for name, value in self.asked.filters.items() if value is not None}
        self.wanted = Wanted(**filters)

    @cached_property
    def page(self) -> Page | None:
        if self.wanted is None or self.asked is None:
            return None
        found = Directory(self.wanted)
        try:
            return paginate_from(found, found.order, self.asked)
        except DomainError as error:
            self.fault = said(error)
            return None

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        page = self.page
        if page is None:
            return []
        roles = role_names_of([row["id"] for row in page.rows])
        rows = [_row(row, roles.get(row["id"], [])) for row in page.rows]
        if self.given.get("status") == LOCKED:  # kept elsewhere than with the account
            for row in rows:
                row["states"].append((_("Locked"), "bad"))
        return rows

    @property
    def is_filtered(self) -> bool:
        return any(self.given.get(name) for name in FilterForm.base_fields)

    @property
    def is_narrowed(self) -> bool:
        """By more than a search."""
        return any(self.given.get(name) for name in FilterForm.base_fields if name != "q")

    @property
    def first(self) -> int:
        """Of the rows of this page, counted from 1."""
        return self.asked.offset + 1 if self.asked else 0

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1

    @property
    def query(self) -> str:
        """The question without the place in its answer."""
        return urlencode(self.given)

    @property
    def next_page(self) -> str:
        return urlencode({"cursor": self.page.cursor}) if self.page and self.page.cursor else ""

    @cached_property
    def form(self) -> FilterForm:
        return FilterForm(self.given)

    @property
    def sorts(self) -> dict[str, dict[str, Any]]:
        """For the head of each column that can be sorted by: the link, and how it is sorted now."""
        now = self.wanted or Wanted()
        is_descending = now.ordering[0].descending
        found: dict[str, dict[str, Any]] = {}
        for name in SORTS:
            link = {**self.given, "sortBy": name}
            link.pop("order", None)
            is_now = name == now.sort_by
            if is_now:
                link["order"] = "asc" if is_descending else "desc"
            direction = "descending" if is_descending else "ascending"
            found[name] = {"link": urlencode(link), "now": direction if is_now else ""}
        return found


def said(error: Exception) -> str:
    """A fault of the query in words."""
    rule = translated(error)
    if rule is None:
        raise error
    faults = [f"{fault.field}: {fault.message}" for fault in rule.errors]
    return " ".join(faults) or str(rule.message)


def states_of(row: Any) -> list[tuple[Any, str]]:
    """Words for the state of a row of the directory, and how they look; suspension stacks."""
    found = [(word, look) for name, word, look in STATES if row[name]][:1]
    if row["suspended_at"]:
        found.insert(0, (_("Suspended"), "bad"))
    return found or [(_("Active"), "good")]


def _row(row: Any, roles: list[str]) -> dict[str, Any]:
    name = f"{row['first_name']} {row['last_name']}".strip()
    return {
        **row,
        "name": name or row["username"],
        "avatar": avatar.url_of(row["avatar"]),
        "states": states_of(row),
        "roles": roles,
    }
