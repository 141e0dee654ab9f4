"""What a call about the log is asked, and how an entry looks in an answer."""

from __future__ import annotations

from typing import Any, Final

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from audit.kinds import Action
from config.common.api.pagination import ListAnswer, ListQuery, Query
from config.common.api.serializers import Moment, Text, WireSerializer

PERSON: Final = {
    "id": "019aaf3e-5c1f-7c52-9d43-0c6f5a2b7e10",
    "email": "ada@example.org",
    "username": "ada",
}
EXAMPLE: Final[dict[str, Any]] = {
    "id": "4711",
    "action": "PROFILE_UPDATED",
    "resource": "user",
    "resourceId": PERSON["id"],
    "details": {"fields": ["city"], "old": {"city": "Leeds"}, "new": {"city": "London"}},
    "ipAddress": "203.0.113.7",
    "userAgent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "requestId": "019aaf3e-5c1f-7c52-9d43-0c6f5a2b7e11",
    "timestamp": "2026-11-23T10:00:00.000Z",
    "user": PERSON,
    "actor": PERSON,
}


class HistoryFilters(WireSerializer):
    """Filters of one person's entries."""

    actor_id = serializers.UUIDField(required=False, help_text="Who did it.")
    action = serializers.MultipleChoiceField(
        choices=Action.choices, required=False, help_text="Given several times: any of these."
    )
    resource = Text(
        required=False, max_length=40, help_text="What it was done to: `user`, `session`, `role`, …"
    )
    resource_id = Text(required=False, max_length=64, help_text="Its id.")
    ip_address = serializers.IPAddressField(required=False, help_text="A whole address.")
    start_date = Moment(
        required=False,
        help_text="From here on: a date (UTC, from its first moment) or a date-time, included.",
    )
    end_date = Moment(
        end=True,
        required=False,
        help_text="Up to here: a date (UTC, the whole day) or a date-time, included.",
    )
    q = Text(
        required=False,
        max_length=254,
        help_text=(
            "What you have at hand, whole: a request id, the id, email or username of a person "
            "(as whom it concerns or as who acted), the id of anything else, an address, a "
            "resource; or three letters and more of an action. Details are not searched."
        ),
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        start, end = attrs.get("start_date"), attrs.get("end_date")
        if start and end and start >= end:
            raise serializers.ValidationError(
                {"endDate": [serializers.ErrorDetail(str(_("This is before the start.")), "order")]}
            )
        return attrs


class Filters(HistoryFilters):
    """Filters of the whole log."""

    user_id = serializers.UUIDField(required=False, help_text="Whom it concerns.")


class ExportQuery(Filters, Query):
    format = serializers.ChoiceField(["csv", "jsonl"], default="csv")

    @classmethod
    def read(cls, params: QueryDict) -> tuple[dict[str, Any], dict[str, Any]]:
        """Checked, by Python names; and the filters in the caller's words."""
        query = cls.of(params)
        words = {name: word for name, word in query.initial_data.items() if name != "format"}
        return dict(query.validated_data), words


class HistoryQuery(HistoryFilters, ListQuery):
    default_limit = 50


class LogQuery(Filters, ListQuery):
    default_limit = 50


class EntryPersonAnswer(WireSerializer):
    id = serializers.UUIDField()
    email = serializers.EmailField()
    username = serializers.CharField()


class EntryAnswer(WireSerializer):
    id = serializers.CharField(help_text="A decimal number.")
    action = serializers.ChoiceField(Action.choices)
    resource = serializers.CharField()
    resource_id = serializers.CharField(allow_null=True)
    details = serializers.DictField(
        help_text=(
            "What else there is to say. Of a change `fields`, `old` and `new`; under impersonation "
            "`impersonating`, the id of the person as whom the actor acted; after an erasure "
            "`erased`, which pseudonym stands for whom. Secrets are masked."
        )
    )
    ip_address = serializers.IPAddressField(allow_null=True)
    user_agent = serializers.CharField(allow_null=True)
    request_id = serializers.CharField(allow_null=True)
    timestamp = serializers.DateTimeField()
    user = EntryPersonAnswer(
        allow_null=True, help_text="Whom it concerns; null if erased, or nobody."
    )
    actor = EntryPersonAnswer(allow_null=True, help_text="Who did it; null for the program itself.")


class LogAnswer(ListAnswer):
    logs = EntryAnswer(many=True)
