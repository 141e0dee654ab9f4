"""The OpenAPI schema as people read it: areas, their calls, fields, errors, examples."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from django.conf import settings

from config.docs import examples

TITLES: Final = {
    "auth": "Sign-up and sign-in",
    "2fa": "Second factor",
    "sessions": "Sessions and devices",
    "users": "Profile",
    "upload": "Picture",
    "account": "Account",
    "notifications": "Notifications",
    "roles": "Roles and grants",
    "admin": "People and settings",
    "audit": "Audit log",
    "health": "Health",
    "api": "Documents",
    "keys": "Public keys",
}
METHODS: Final = ("get", "post", "put", "patch", "delete")
_DEPTH: Final = 4


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a body, a query or an answer. name: dotted, `[]` for what is in a list."""

    name: str
    type: str
    required: bool
    text: str
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    status: str
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """One method of one path. examples: (language's key, its name, code)."""

    id: str
    method: str
    path: str
    summary: str
    text: str
    is_public: bool
    parameters: list[Field]
    body: list[Field]
    answer: list[Field]
    failures: list[Failure]
    examples: list[tuple[str, str, str]]
    answers: list[tuple[str, str]]
    sample: str


@dataclass(frozen=True, slots=True)
class Area:
    name: str
    title: str
    calls: list[Call]


@cache
def document() -> dict[str, Any]:
    # Here, not above: it takes half a second to import, and few processes are ever asked.
    from config.common.api import schema as maker  # noqa: PLC0415

    found: dict[str, Any] = json.loads(maker.render("json"))
    return found


@cache
def areas() -> dict[str, Area]:
    """Every area by its name, in the order in which people need them."""
    known: dict[str, list[Call]] = {}
    for path, methods in document()["paths"].items():
        for method in METHODS:
            if method in methods:
                told = methods[method]
                known.setdefault(told["tags"][0], []).append(_call(path, method, told))
    order = [name for name in TITLES if name in known] + sorted(known.keys() - TITLES.keys())
    return {name: Area(name, TITLES.get(name, name.capitalize()), known[name]) for name in order}


def errors() -> list[Failure]:
    """Every code of the API, as the schema's own description lists them."""
    text = document()["info"]["description"]
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| (.+?) \|$", text, re.MULTILINE)
    return [Failure(status, code, text) for code, status, text in rows]


def _call(path: str, method: str, told: Mapping[str, Any]) -> Call:
    body, sample = _body(told)
    good = next((code for code in ("200", "201") if code in told["responses"]), "200")
    response = told["responses"].get(good, {})
    return Call(
        id=told["operationId"],
        method=method.upper(),
        path=path,
        summary=told.get("summary", ""),
        text=told.get("description", ""),
        is_public=not told.get("security") or {} in told["security"],
        parameters=[_parameter(one) for one in told.get("parameters", [])],
        body=body,
        answer=_answer(response),
        failures=list(_failures(told["responses"])),
        examples=_examples(path, method, sample, told),
        answers=list(_answers(response)),
        sample=sample,
    )


def _resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        kind = schema["$ref"].split("/")[-2]
        schema = document()["components"][kind][name]
    return schema


def _parameter(one: Mapping[str, Any]) -> Field:
    one = _resolved(one)
    text = one.get("description", "") or one.get("schema", {}).get("description", "")
    where = "path" if one["in"] == "path" else "query"
    kind = f"{_type(one.get('schema', {}))} · {where}"
    return Field(one["name"], kind, bool(one.get("required")), text)


def _body(told: Mapping[str, Any]) -> tuple[list[Field], str]:
    """The fields of a body, and an example of it as JSON; empty where there is none."""
    content = told.get("requestBody", {}).get("content", {})
    for kind, described in content.items():
        fields = list(_fields(described.get("schema", {})))
        example = next(
            (one["value"] for one in described.get("examples", {}).values()),
            described.get("example"),
        )
        is_json = kind == "application/json" and example is not None
        return fields, json.dumps(example, indent=2, ensure_ascii=False) if is_json else ""
    return [], ""


def _fields(schema: Mapping[str, Any], prefix: str = "", depth: int = 0) -> Iterator[Field]:
    schema = _resolved(schema)
    for part in (*schema.get("allOf", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _fields(part, prefix, depth)
    required = set(schema.get("required", ()))
    for name, inner in schema.get("properties", {}).items():
        whole = _resolved(inner)
        text = inner.get("description", "") or whole.get("description", "")
        yield Field(prefix + name, _type(inner), name in required, text, depth)
        if depth < _DEPTH:
            below = _resolved(whole.get("items", whole))
            mark = "[]." if "items" in whole else "."
            yield from _fields(below, f"{prefix}{name}{mark}", depth + 1)


def _type(schema: Mapping[str, Any]) -> str:
    schema = _resolved(schema)
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"])
    for word in ("anyOf", "oneOf", "allOf"):
        if word in schema:
            return " | ".join(dict.fromkeys(_type(one) for one in schema[word]))
    kinds = schema.get("type", "any")
    kind = " | ".join(kinds) if isinstance(kinds, list) else str(kinds)
    if "items" in schema:
        kind = f"{kind} of {_type(schema['items'])}"
    limits = [str(schema["format"])] if "format" in schema else []
    bounds = (("minLength", "≥"), ("maxLength", "≤"), ("minimum", "≥"), ("maximum", "≤"))
    limits += [f"{sign} {schema[word]}" for word, sign in bounds if word in schema]
    return f"{kind} ({', '.join(limits)})" if limits else kind


def _answer(response: Mapping[str, Any]) -> list[Field]:
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    whole = _resolved(schema)
    data = whole.get("properties", {}).get("data")
    return list({field.name: field for field in _fields(data or {})}.values())


def _answers(response: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    described = response.get("content", {}).get("application/json", {})
    for name, one in described.get("examples", {}).items():
        yield name, json.dumps(one.get("value"), indent=2, ensure_ascii=False)


def _failures(responses: Mapping[str, Any]) -> Iterator[Failure]:
    for status, response in responses.items():
        if status.startswith("2"):
            continue
        content = response.get("content", {}).get("application/json", {})
        for code, one in content.get("examples", {}).items():
            yield Failure(status, code, one.get("value", {}).get("message", ""))


def _examples(
    path: str, method: str, sample: str, told: Mapping[str, Any]
) -> list[tuple[str, str, str]]:
    needed = examples.with_values(path, map(_resolved, told.get("parameters", [])))
    sent = examples.Sent(
        method=method.upper(),
        url=f"{settings.PUBLIC_URL}{needed}",
        sample=sample,
        files=_files(told),
        needs_token=bool(told.get("security")) and {} not in told["security"],
    )
    return examples.of(sent)


def _files(told: Mapping[str, Any]) -> list[str]:
    """The fields of a multipart body, which are files here without exception."""
    form = told.get("requestBody", {}).get("content", {}).get("multipart/form-data", {})
    return list(_resolved(form.get("schema", {})).get("properties", {}))
