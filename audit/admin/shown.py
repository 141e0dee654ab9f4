"""An entry for people's eyes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from audit.models import AuditEntry
from audit.services.details import changes
from config.common.staff import people_page
from config.common.times import to_the_second


@dataclass(frozen=True, slots=True)
class Fact:
    """more: the list of all that says the same; page: of the person who is meant."""

    title: str
    value: str
    more: str = ""
    page: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A change. Of lists what went, what came and what stayed; of the rest before and after."""

    field: str
    old: str
    new: str
    went: tuple[str, ...] = ()
    came: tuple[str, ...] = ()
    stayed: tuple[str, ...] = ()
    is_list: bool = False


def name(person: Any, key: Any) -> str:
    """The username; of who is gone the end of their id."""
    if person is not None:
        return str(person)
    return f"…{str(key)[-8:]}" if key else ""


def facts(entry: AuditEntry) -> list[Fact]:
    """What every entry says, without what is empty."""
    found = [
        Fact(_("Time (UTC)"), to_the_second(entry.timestamp)),
        Fact(_("Action"), f"{entry.label} ({entry.action})", _more(action=entry.action)),
        _person(_("Whom it concerns"), entry.user, entry.user_id, "person"),
        _person(_("Who did it"), entry.actor, entry.actor_id, "actor"),
        _person(_("In whose place"), entry.impersonating, entry.impersonating_id, "person"),
        Fact(_("To what"), entry.resource, _more(q=entry.resource)),
        Fact(_("Its id"), entry.resource_id, _more(q=entry.resource_id)),
        Fact(_("Address"), entry.ip_address or "", _more(address=entry.ip_address)),
        Fact(_("Browser or program"), entry.user_agent),
        Fact(_("Request"), entry.request_id, _more(q=entry.request_id)),
    ]
    return [fact for fact in found if fact.value]


def changed(entry: AuditEntry) -> list[Shown]:
    """Field by field, what it was and what it became."""
    return [_change(one.field, one.old, one.new) for one in changes(entry.wire_details)]


def told(entry: AuditEntry) -> list[tuple[str, str]]:
    """What else the entry says, without what `changed` shows."""
    hidden = {"fields", "old", "new"} if changes(entry.wire_details) else set()
    return [
        (field, _text(value)) for field, value in entry.wire_details.items() if field not in hidden
    ]


def _change(field: str, old: Any, new: Any) -> Shown:
    if not (isinstance(old, list) and isinstance(new, list)):
        return Shown(field, _text(old), _text(new))
    before, after = [_text(one) for one in old], [_text(one) for one in new]
    return Shown(
        field,
        "",
        "",
        went=tuple(one for one in before if one not in after),
        came=tuple(one for one in after if one not in before),
        stayed=tuple(one for one in after if one in before),
        is_list=True,
    )


def _text(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, str | int | float):
        return str(value)
    return json.dumps(value, indent=2, ensure_ascii=False)


def _person(title: str, person: Any, key: Any, param: str) -> Fact:
    if not key:
        return Fact(title, "")
    who = f"{person} ({person.email})" if person is not None else str(key)
    page = people_page("change", person.pk) if person is not None else ""
    return Fact(title, who, _more(**{param: key}), page)


def _more(**query: Any) -> str:
    return f"{reverse('admin:audit_auditentry_changelist')}?{urlencode(query)}"
