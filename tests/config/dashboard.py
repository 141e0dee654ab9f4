"""What tests of the staff site's first page look at, and what they make happen."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.utils import timezone

from audit.kinds import Action
from audit.services.recording import draft, record_many
from config.common.request_meta import RequestMeta


def happened(action: Action, *, ago: timedelta, times: int = 1) -> None:
    """So long ago, as far as the log knows."""
    entries = []
    for _ in range(times):
        entry = draft(action, actor=None, subject=None, meta=RequestMeta())
        entry.timestamp = timezone.now() - ago
        entries.append(entry)
    record_many(entries)


def panel(answer: Any, name: str) -> str:
    found = re.search(
        rf'<section class="panel [a-z]*" aria-labelledby="panel-{name}">.*?</section>',
        answer.content.decode(),
        re.DOTALL,
    )
    return found[0] if found else ""


def tiles(answer: Any) -> dict[str, tuple[str, str]]:
    return {str(one.name): (one.value, one.note) for one in answer.context["tiles"]}


def table(html: str) -> list[list[int]]:
    """The numbers of each column of a chart."""
    rows = re.findall(r'<tr><th scope="row">.*?</th>(.*?)</tr>', html)
    return [
        [int(number.replace(",", "")) for number in re.findall(r"<td>([\d,]+)</td>", row)]
        for row in rows
    ]
