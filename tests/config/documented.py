"""The schema as a judge: does an answer look as the documents say?

Every answer that a test gets through `ApiClient` passes here, so the whole suite shows that each
status, code and field that a call can give stands in the documents.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any
from urllib.parse import quote

import jsonschema_rs
from django.urls import Resolver404, resolve

from config.common.api import schema as maker
from tests.config.routes import template

# Our own faults: no client can be told of them beforehand.
UNFORESEEN = 500


@cache
def document() -> dict[str, Any]:
    return json.loads(maker.render("json"))


@cache
def _registry() -> Any:
    listed = [("urn:document", document())]
    return jsonschema_rs.Registry(listed, draft=jsonschema_rs.Draft202012)


@cache
def _validator(pointer: str) -> Any:
    return jsonschema_rs.Draft202012Validator(
        {"$ref": f"urn:document#{quote(pointer)}"}, registry=_registry(), validate_formats=True
    )


def pointer(*parts: str | int) -> str:
    """RFC 6901."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


def faults(where: str, value: Any) -> list[str]:
    """What is wrong with a value, by the schema that stands at this place of the document."""
    return [
        f"{'/'.join(map(str, error.instance_path))}: {error.message}"
        for error in _validator(where).iter_errors(value)
    ]


def check(method: str, url: str, response: Any) -> None:
    """Raises AssertionError for an answer that the documents do not know."""
    path = url.partition("?")[0]
    try:
        match = resolve(path.removesuffix("/") or "/")
    except Resolver404:
        return
    known = document()["paths"].get(template(match.route), {}).get(method.lower())
    if known is None or not path.startswith("/api/") or response.status_code == UNFORESEEN:
        return
    where = f"{method} {template(match.route)} answered {response.status_code}"
    told = known["responses"].get(str(response.status_code))
    assert told is not None, f"{where}, which the schema does not know: {response.data}"
    kind = re.split(r"[; ]", response.headers.get("Content-Type", ""))[0]
    assert kind in told["content"], f"{where} with {kind}, which the schema does not know"
    if response.data is None:
        return
    place = pointer("paths", template(match.route), method.lower(), "responses")
    place += pointer(response.status_code, "content", kind, "schema")
    wrong = faults(place, response.data)
    assert wrong == [], f"{where}, not as the schema says: {wrong}: {response.data}"
