"""The documents: every call stands in them as it is."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
import yaml
from django.contrib.staticfiles import finders
from openapi_spec_validator import OpenAPIV31SpecValidator

from config.common.errors import DomainError, InternalError
from config.env import BASE_DIR
from tests.config import documented
from tests.config.documented import faults, pointer
from tests.config.programs import environment
from tests.config.routes import calls, names, plain_paths
from tests.test_architecture import known_rules

CALLS = calls()
# What no call foresees: bugs.
UNFORESEEN = {(rule.code, rule.status) for rule in (InternalError, DomainError)}
PLAIN = set(documented.document()["paths"]) - {call.path for call in CALLS}


@pytest.fixture
def document() -> dict[str, Any]:
    return documented.document()


@pytest.fixture
def described(document, request):
    call = request.param
    return document["paths"][call.path][call.method.lower()]


@pytest.fixture
def call(request):
    return request.node.callspec.params["described"]


def examples(media: dict[str, Any]) -> dict[str, Any]:
    """By name; a single one has none."""
    single = {"": media["example"]} if "example" in media else {}
    return single | {name: item["value"] for name, item in media.get("examples", {}).items()}


each_call = pytest.mark.parametrize("described", CALLS, ids=names(CALLS), indirect=True)


def operations(document):
    return [
        (f"{method.upper()} {path}", operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]


def test_it_is_openapi_3_1(document):
    assert document["openapi"] == "3.1.1"
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_every_schema_in_it_is_one(document):
    for name, schema in document["components"]["schemas"].items():
        jsonschema_rs.meta.validate(
            {**schema, "$schema": "https://json-schema.org/draft/2020-12/schema"}
        )
        assert "nullable" not in json.dumps(schema), f"{name}: a word of OpenAPI 3.0"


def test_every_route_stands_in_it_and_nothing_else(document):
    real = {f"{call.method} {call.path}" for call in CALLS}
    real |= {f"GET {path}" for path in plain_paths()}

    told = {name for name, _ in operations(document) if name.split()[1].startswith("/api")}

    assert told == real


def test_what_no_view_describes_is_there_as_well(api):
    assert {api.get(path).status_code for path in PLAIN} <= {200, 503}


def test_every_call_has_a_name_and_a_place(document):
    ids = [operation["operationId"] for _, operation in operations(document)]
    tags = {tag for _, operation in operations(document) for tag in operation["tags"]}

    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z][A-Za-z0-9]+", name) for name in ids)
    assert tags == {tag["name"] for tag in document["tags"]}


@each_call
def test_every_call_says_who_may_make_it(described, call):
    if call.operation.reads_bearer:
        assert described["security"] == [{"bearer": []}, {}]
    else:
        assert described["security"] == ([] if call.operation.is_public else [{"bearer": []}])


@each_call
def test_every_body_has_an_example_that_fits(described, call):
    for kind, media in described.get("requestBody", {}).get("content", {}).items():
        place = pointer("paths", call.path, call.method.lower(), "requestBody", "content", kind)

        assert examples(media)
        for example in examples(media).values():
            assert faults(f"{place}/schema", example) == []


@each_call
def test_every_answer_has_examples_that_fit(described, call):
    for status, answer in described["responses"].items():
        for kind, media in answer["content"].items():
            place = pointer("paths", call.path, call.method.lower(), "responses", status)
            place += pointer("content", kind, "schema")

            assert examples(media), status
            for name, example in examples(media).items():
                assert faults(place, example) == [], (status, name)


@each_call
def test_each_of_several_answers_has_an_example_of_its_own(described, call):
    status = str(call.operation.status)
    media = described["responses"][status]["content"].get("application/json", {"schema": {}})
    kinds = media["schema"].get("properties", {}).get("data", {}).get("anyOf", [])
    place = pointer("paths", call.path, call.method.lower(), "responses", status, "content")
    place += pointer("application/json", "schema", "properties", "data", "anyOf")

    for number in range(len(kinds)):
        fitting = [
            name
            for name, example in examples(media).items()
            if faults(f"{place}/{number}", example.get("data")) == []
        ]
        assert fitting, kinds[number]


@pytest.mark.parametrize("path", sorted(PLAIN))
def test_plain_paths_have_examples_that_fit_too(document, path):
    for status, answer in document["paths"][path]["get"]["responses"].items():
        for kind, media in answer["content"].items():
            place = pointer("paths", path, "get", "responses", status, "content", kind, "schema")

            assert examples(media)
            for example in examples(media).values():
                assert faults(place, example) == []


@each_call
def test_every_parameter_of_a_path_is_described(described, call):
    told = [p["name"] for p in described.get("parameters", []) if p["in"] == "path"]

    assert told == call.parameters


def properties(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for inner in schema.values():
            yield from properties(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from properties(inner)


def test_names_are_camel_case(document):
    parameters = {
        parameter["name"]
        for _, operation in operations(document)
        for parameter in operation.get("parameters", [])
    }
    told = set(properties(document["components"])) | set(properties(document["paths"]))

    assert {name for name in told | parameters if "_" in name} == set()


@each_call
def test_a_call_tells_what_any_call_of_its_kind_can_meet(described, call):
    codes = {code for code, _status in codes_of(described)}

    assert {"MALFORMED_REQUEST", "RATE_LIMITED", "METHOD_NOT_ALLOWED"} <= codes
    if not call.operation.is_public:
        assert {"NOT_AUTHENTICATED", "TOKEN_INVALID", "TOKEN_EXPIRED", "SESSION_REVOKED"} <= codes
    if call.operation.body or call.operation.query:
        assert "VALIDATION_FAILED" in codes
    if call.operation.body:
        assert {"PAYLOAD_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"} <= codes
    if call.parameters:
        assert "NOT_FOUND" in codes


def codes_of(operation: dict[str, Any]) -> set[tuple[str, int]]:
    return {
        (code, int(status))
        for status, answer in operation["responses"].items()
        if not status.startswith("2")
        for code in examples(answer["content"]["application/json"])
        if code
    }


def test_every_code_is_explained(document):
    table = re.findall(r"\| `(\w+)` \| (\d+) \| (.+) \|", document["info"]["description"])

    explained = {(code, int(status)) for code, status, _meaning in table}

    assert explained >= {(rule.code, rule.status) for rule in known_rules()}
    assert len(explained) == len(table)


def test_calls_name_no_other_codes(document):
    told = set().union(*(codes_of(operation) for _, operation in operations(document)))

    assert len(told) > 20
    assert told <= {(rule.code, rule.status) for rule in known_rules()} - UNFORESEEN


def test_it_is_served_as_json_and_as_yaml(api, document):
    as_json = api.get("schema")
    as_yaml = api.get("schema?format=yaml")
    by_header = api.get("schema", HTTP_ACCEPT="application/yaml")

    assert as_json.headers["Content-Type"] == "application/json"
    assert as_yaml.headers["Content-Type"] == "application/yaml"
    assert json.loads(as_json.content) == document
    assert yaml.safe_load(as_yaml.content) == document
    assert by_header.content == as_yaml.content


def test_it_speaks_one_language(api, document):
    response = api.get("schema", HTTP_ACCEPT_LANGUAGE="de")

    assert json.loads(response.content)["paths"] == document["paths"]


def test_the_browsable_documents_need_nobody_else(api):
    html = api.get("docs").content.decode()

    links = re.findall(r'(?:src|href|data-schema)="([^"]+)"', html)
    assert links
    assert all(link.startswith("/") and not link.startswith("//") for link in links)
    assert re.findall(r"<script(?![^>]*\bsrc=)", html) == []
    assert re.findall(r"\son\w+=|\sstyle=|javascript:", html) == []


def test_everything_that_they_load_is_there(api):
    html = api.get("docs").content.decode()
    files = re.findall(r'(?:src|href)="/static/([^"]+)"', html)

    assert len(files) >= 3
    assert [name for name in files if finders.find(name) is None] == []


def test_only_who_asks_for_the_schema_pays_for_it():
    """drf-spectacular takes as long to import as everything else together."""
    code = (
        "import sys, django; django.setup(); import config.urls, accounts.api.urls; "
        "print([name for name in sys.modules if name.split('.')[0] == 'drf_spectacular'])"
    )

    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=BASE_DIR,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert result.stdout.strip() == "[]", result.stderr
