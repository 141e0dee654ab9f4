"""Every call of the API, as the URL resolver knows them: tests hold for those to come as well."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, get_resolver

from config.common.api.operations import Operation
from config.common.api.serializers import camel

# For parameters of paths; what is not named is an id that nothing has.
NAMES = {"username": "nobody_here"}
NOBODY = str(UUID("019aaf3e-5c1f-7c52-9d43-0c6f5a2b7e10"))


@dataclass(frozen=True)
class Call:
    """One method of one path; `path` holds `{names}`, as the schema writes them."""

    method: str
    path: str
    view: Any
    action: str

    @property
    def operation(self) -> Operation | None:
        return getattr(getattr(self.view, self.action), "operation", None)

    @property
    def name(self) -> str:
        return f"{self.method} {self.path.removeprefix('/api/v1/')}"

    @property
    def url(self) -> str:
        return self.filled()

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"{(\w+)}", self.path)

    def filled(self, ids: str = NOBODY) -> str:
        return re.sub(r"{(\w+)}", lambda found: NAMES.get(found[1], ids), self.path)


def _patterns(patterns: list[Any], prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        route = getattr(pattern.pattern, "_route", None)
        if route is None:
            continue
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern.url_patterns, prefix + route)
        else:
            yield prefix + route, pattern


def template(route: str) -> str:
    """`sessions/<str:session_id>` as the schema writes it: `/sessions/{sessionId}`."""
    path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: f"{{{camel(found[1])}}}", route)
    return f"/{path.removeprefix('/')}"


def routes() -> list[tuple[str, Any]]:
    """(path, view function) of everything under /api that is no catch-all."""
    found = _patterns(get_resolver().url_patterns, "/")
    return [
        (template(path), pattern.callback) for path, pattern in found if path.startswith("/api")
    ]


def calls() -> list[Call]:
    """What the API's views answer; HEAD is GET's shadow."""
    return [
        Call(method.upper(), path, view.cls, action)
        for path, view in routes()
        if hasattr(view, "cls")
        for method, action in view.actions.items()
        if method != "head"
    ]


def plain_paths() -> list[str]:
    """The index and the documents, which are functions."""
    return [path for path, view in routes() if not hasattr(view, "cls")]


def names(listed: list[Call]) -> list[str]:
    return [call.name for call in listed]
