"""What the list of the log is asked for: each by an index, as the API's call is."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar, Final
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from audit.kinds import Action
from audit.selectors.search import narrowed
from config.common.forms import people_named
from config.common.ids import parse_uuid
from config.common.staff_filters import FormFilter

LAST_DAY: Final = date(9999, 12, 30)  # of which there is a day after


class SomebodyField(forms.CharField):
    """The id of a person by email, username or id; the log knows ids of who is gone."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=254, **kwargs)

    def clean(self, value: Any) -> UUID | None:
        term = str(super().clean(value))
        if not term:
            return None
        key: UUID | None = parse_uuid(term)
        if key is None:
            key = people_named(term).values_list("pk", flat=True).first()
        if key is None:
            raise forms.ValidationError(
                _("There is nobody of this email, username or id."), "nobody"
            )
        return key


class DayField(forms.DateField):
    widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, input_formats=["%Y-%m-%d"], **kwargs)

    def clean(self, value: Any) -> date | None:
        day: date | None = super().clean(value)
        if day and day > LAST_DAY:
            raise forms.ValidationError(self.error_messages["invalid"], "invalid")
        return day


class LogForm(forms.Form):
    since = DayField(label=_("From"))
    until = DayField(label=_("Up to"))
    action = forms.ChoiceField(
        required=False, label=_("Action"), choices=[("", _("All")), *Action.choices]
    )
    person = SomebodyField(label=_("Whom it concerns"))
    actor = SomebodyField(label=_("Who did it"))
    address = forms.GenericIPAddressField(required=False, label=_("Address"))

    def clean(self) -> dict[str, Any]:
        asked: dict[str, Any] = super().clean() or {}
        since, until = asked.get("since"), asked.get("until")
        if since and until and since > until:
            self.add_error("until", _("This is before the start."))
        return asked


def filters(asked: dict[str, Any]) -> dict[str, Any]:
    """What the form has read, in the words of `search.matching`. Days are UTC's, both included."""
    until = asked["until"]
    return {
        "user_id": asked["person"],
        "actor_id": asked["actor"],
        "action": [asked["action"]] if asked["action"] else [],
        "ip_address": asked["address"],
        "start_date": _first_moment(asked["since"]),
        "end_date": _first_moment(until + timedelta(days=1) if until else None),
    }


def on_the_wire(asked: dict[str, Any]) -> dict[str, str]:
    """The same as the API's call spells it, for the entry about an export."""
    given = {
        "userId": asked["person"],
        "actorId": asked["actor"],
        "action": asked["action"],
        "ipAddress": asked["address"],
        "startDate": asked["since"],
        "endDate": asked["until"],
    }
    return {name: str(value) for name, value in given.items() if value}


def _first_moment(day: date | None) -> datetime | None:
    return datetime.combine(day, time.min, tzinfo=UTC) if day else None


class LogFilter(FormFilter):
    form_class: ClassVar[type[forms.Form]] = LogForm

    def narrowed(self, queryset: QuerySet[Any], asked: dict[str, Any]) -> QuerySet[Any]:
        return narrowed(queryset, **filters(asked))
