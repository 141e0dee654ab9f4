"""What the list shows, as a file: a page that says how many to expect, and the stream itself."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.admin.listing import PeopleList
from accounts.selectors.directory import Directory
from accounts.services.staff import listing
from config.common.request_meta import RequestMeta


def context_of(request: HttpRequest) -> dict[str, Any] | None:
    """None where the question is faulty: the list says why."""
    asked = PeopleList(request.GET)
    if asked.wanted is None:
        return None
    count = Directory(asked.wanted).count()
    return {
        "title": _("Export people"),
        "list": asked,
        "count": count,
        "file": f"{reverse('admin:accounts_user_export_file')}?{asked.query}",
        "name": _name(),
    }


def file_of(request: HttpRequest) -> StreamingHttpResponse | None:
    """As above."""
    asked = PeopleList(request.GET)
    if asked.wanted is None:
        return None
    parts = listing.start(
        asked.wanted,
        given=asked.given,
        by=request.user,  # type: ignore[arg-type]
        meta=RequestMeta.of(request),
    )
    response = StreamingHttpResponse(parts, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{_name()}"'
    return response


def _name() -> str:
    return f"people-{timezone.now():%Y-%m-%d}.csv"
