"""What the templates of the staff site's lists need besides Django's own tags."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst

register = template.Library()

_CELL: Final = re.compile(r"<(t[dh])([^>]*)>(.*)</\1>", re.DOTALL)


@register.filter
def labelled(cells: Iterable[Any], headers: Iterable[Mapping[str, Any]]) -> list[SafeString]:
    """Each cell of a row says of which column it is: on a narrow screen no head stands above it."""
    return [_named(str(cell), head["text"]) for cell, head in zip(cells, headers, strict=True)]


def _named(cell: str, text: Any) -> SafeString:
    """The admin built the cell, escaped; its value becomes one box beside the label."""
    found = _CELL.fullmatch(cell)
    if found is None:
        return mark_safe(cell)  # noqa: S308
    tag, attributes, value = found.groups()
    return format_html(
        '<{}{} data-label="{}"><span class="value">{}</span></{}>',
        tag,
        mark_safe(attributes),  # noqa: S308
        capfirst(str(text)),
        mark_safe(value),  # noqa: S308
        tag,
    )
