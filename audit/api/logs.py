"""Reading the log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.response import Response

from audit.api.entries import (
    EXAMPLE,
    ExportQuery,
    HistoryQuery,
    LogAnswer,
    LogQuery,
)
from audit.selectors import figures, search
from audit.selectors.history import require_person
from audit.services import export
from config.common import keyset
from config.common.api.operations import operation
from config.common.api.pagination import (
    LIST_ERRORS,
    Asked,
    Plain,
    Query,
    list_example,
    paginate_from,
)
from config.common.api.serializers import WireSerializer
from config.common.api.views import ApiRequest, ApiViewSet, path_id
from config.common.api.wire import answer
from config.common.errors import TooBroad
from config.common.reading import searching
from config.common.request_meta import RequestMeta

READ = "rbac.audit_read"
LIST_EXAMPLE = list_example("logs", [EXAMPLE], limit=LogQuery.default_limit)


class StatsQuery(Query):
    days = serializers.IntegerField(
        default=30, min_value=1, max_value=366, help_text="Days (UTC), today the last of them."
    )


class ActionCount(WireSerializer):
    action = serializers.CharField()
    count = serializers.IntegerField()


class ResourceCount(WireSerializer):
    resource = serializers.CharField()
    count = serializers.IntegerField()


class DayCount(WireSerializer):
    date = serializers.DateField()
    count = serializers.IntegerField()


class StatsAnswer(WireSerializer):
    total_logs = serializers.IntegerField(help_text="Of this period.")
    by_action = ActionCount(many=True, help_text="The most first.")
    by_resource = ResourceCount(many=True)
    by_day = DayCount(many=True, help_text="Every day of the period, the oldest first.")
    period = serializers.CharField()


class LogViewSet(ApiViewSet):
    @operation(
        "The audit log",
        description=(
            "Newest first: by time, and by id within a moment. All filters given have to hold. "
            "A page deep in the log costs what the first one does, by cursor."
        ),
        permission=READ,
        query=LogQuery,
        answer=LogAnswer,
        example=LIST_EXAMPLE,
        errors=(*LIST_ERRORS, TooBroad),
    )
    def list(self, request: ApiRequest) -> Response:
        asked = LogQuery.read(request.query_params)
        return answer(_page(asked, asked.filters))

    @operation(
        "One person's audit log",
        description="What concerns them, whoever acted.",
        permission=READ,
        query=HistoryQuery,
        answer=LogAnswer,
        example=LIST_EXAMPLE,
        errors=(*LIST_ERRORS, TooBroad),
    )
    def history(self, request: ApiRequest, user_id: str) -> Response:
        person = require_person(path_id(user_id))
        asked = HistoryQuery.read(request.query_params, scope=person)
        return answer(_page(asked, {"user_id": person, **asked.filters}))

    @operation(
        "How much happened",
        description=(
            "Exact: what was counted while it was sealed, and what is not sealed yet. Days without "
            "an entry are in it too."
        ),
        permission=READ,
        query=StatsQuery,
        answer=StatsAnswer,
        example={
            "totalLogs": 3,
            "byAction": [{"action": "USER_LOGIN", "count": 3}],
            "byResource": [{"resource": "session", "count": 3}],
            "byDay": [{"date": "2026-11-23", "count": 3}],
            "period": "1 days",
        },
        errors=(TooBroad,),
    )
    def stats(self, request: ApiRequest) -> Response:
        days = StatsQuery.checked(request.query_params)["days"]
        with searching(seconds=figures.PATIENCE):
            found = figures.figures(days)
        return answer(
            {
                "totalLogs": found.total,
                "byAction": [{"action": name, "count": count} for name, count in found.by_action],
                "byResource": [
                    {"resource": name, "count": count} for name, count in found.by_resource
                ],
                "byDay": [{"date": day.isoformat(), "count": count} for day, count in found.by_day],
                "period": f"{days} days",
            }
        )

    @operation(
        "The audit log as a file",
        description=(
            "As the list, filters and order alike, without its length: streamed while it is read. "
            "`csv`: RFC 4180 with a header row; a cell that a spreadsheet would take for a formula "
            "starts with an apostrophe. `jsonl`: one entry a line, as in the list. A file that "
            "could not be finished ends with a line that says so (`ERROR` in its first cell, or an "
            "object with `error`) and a broken connection. The export itself is an entry."
        ),
        permission=READ,
        query=ExportQuery,
        files=export.EXAMPLES,
    )
    def export(self, request: ApiRequest) -> StreamingHttpResponse:
        filters, given = ExportQuery.read(request.query_params)
        style = export.Style(filters.pop("format"))
        parts = export.start(
            filters, given=given, style=style, by=request.user, meta=RequestMeta.of(request)
        )
        name = f"audit-{timezone.now():%Y-%m-%d}.{style.value}"
        return StreamingHttpResponse(
            parts,
            content_type=export.MEDIA_TYPES[style],
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


@dataclass(frozen=True, slots=True)
class _Entries(Plain):
    filters: Mapping[str, Any]

    def count(self) -> keyset.Count:
        return search.count(self.filters)


def _page(asked: Asked, filters: Mapping[str, Any]) -> dict[str, Any]:
    order = search.order_of(filters)
    entries = _Entries(search.matching(**filters), order, filters)
    with searching(seconds=search.PATIENCE):
        page = paginate_from(entries, order, asked)
    return page.data("logs", [search.shown(row) for row in page.rows])
