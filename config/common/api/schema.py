"""The OpenAPI 3.1 document, made from the views' descriptions (`operations.py`).

Imported only when somebody asks for it: drf-spectacular is heavy.
"""

from __future__ import annotations

import inspect
import json
import re
from collections import defaultdict
from http import HTTPStatus
from typing import Any, Literal

import yaml
from django.conf import settings
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema

from config import __version__
from config.common import errors
from config.common.api import schema_parts
from config.common.api.exceptions import body_of
from config.common.api.operations import Operation
from config.common.api.serializers import WireSerializer, camel
from config.common.errors import DomainError, FieldError

REQUEST_ID = "019aaf3e-5c1f-7c52-9d43-0c6f5a2b7e10"
_RATE_HEADERS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")


class _Request:
    """What an example error belongs to."""

    request_id = REQUEST_ID


class OperationSchema(AutoSchema):
    """Reads `@operation` instead of guessing from serializers and status codes."""

    @property
    def described(self) -> Operation | None:
        return getattr(self.view, "operation", None)

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any
    ) -> dict[str, Any] | None:
        self.registry, self.path, self.method = registry, path, method.upper()
        self.path_regex, self.path_prefix = path_regex, path_prefix
        described = self.described
        if described is None:
            return None
        operation: dict[str, Any] = {
            "operationId": self.operation_id(),
            "summary": described.summary,
            "tags": [path.removeprefix("/api/v1/").partition("/")[0]],
            "responses": self.answers(described),
        }
        if described.description:
            operation["description"] = described.description
        parameters = self.parameters(described)
        if parameters:
            operation["parameters"] = parameters
        if described.body is not None:
            operation["requestBody"] = self.body(described)
        operation["security"] = [] if described.is_public else [{"bearer": []}]
        if described.reads_bearer:
            operation["security"] = [{"bearer": []}, {}]
        return operation

    def operation_id(self) -> str:
        words = self.path.removeprefix("/api/v1/").replace("{", "").replace("}", "")
        name = "".join(part.title() for part in re.split(r"[-_/]", words) if part)
        return self.method.lower() + name

    def component(self, serializer: Any, direction: Literal["request", "response"]) -> Any:
        instance = serializer() if isinstance(serializer, type) else serializer
        return self.resolve_serializer(instance, direction).ref

    def parameters(self, described: Operation) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = [
            {
                "name": camel(part.strip("{}")),
                "in": "path",
                "required": True,
                "schema": {"type": "string"},
            }
            for part in self.path.split("/")
            if part.startswith("{")
        ]
        mapped: Any = self._map_serializer_field
        if described.query is not None:
            for name, field in described.query().fields.items():
                schema = mapped(field, "request")
                entry = {"name": name, "in": "query", "schema": schema}
                if field.required:
                    entry["required"] = True
                if field.help_text:
                    entry["description"] = str(field.help_text)
                found.append(entry)
        return found

    def body(self, described: Operation) -> dict[str, Any]:
        media: dict[str, Any] = {"schema": self.component(described.body, "request")}
        if described.body_example is not None:
            media["example"] = described.body_example
        required = any(f.required for f in described.body().fields.values())
        return {"content": {described.media_type: media}, "required": required}

    def answers(self, described: Operation) -> dict[str, Any]:
        answers = {str(described.status): self.success(described)}
        by_status: dict[int, list[type[DomainError]]] = defaultdict(list)
        for error in [*self.usual(described), *described.errors]:
            if error not in by_status[error.status]:
                by_status[error.status].append(error)
        for status, listed in sorted(by_status.items()):
            answers[str(status)] = failure(status, listed)
        return answers

    def success(self, described: Operation) -> dict[str, Any]:
        envelope: dict[str, Any] = {
            "type": "object",
            "properties": {
                "success": {"type": "boolean", "const": True},
                "message": {"type": "string"},
            },
            "required": ["success", "message"],
        }
        examples: dict[str, Any] = {}
        if described.answers:
            refs = [self.component(one, "response") for one in described.answers.values()]
            envelope["properties"]["data"] = {"anyOf": refs}
            examples = {
                name: {"value": self.enveloped(described, value)}
                for name, value in described.examples.items()
            }
        elif described.answer is not None:
            envelope["properties"]["data"] = self.component(described.answer, "response")
            examples = {"answer": {"value": self.enveloped(described, described.example)}}
        else:
            examples = {"answer": {"value": {"success": True, "message": described.message}}}
        if "data" in envelope["properties"]:
            envelope["required"].append("data")
        if not described.in_envelope:
            envelope = self.component(described.answer, "response")
            examples = {"answer": {"value": described.example}}
        content: dict[str, Any] = {
            kind: {"schema": {"type": "string"}, "example": example}
            for kind, example in described.files.items()
        }
        return {
            "description": HTTPStatus(described.status).phrase,
            "headers": headers("X-Request-ID", *_RATE_HEADERS),
            "content": content or {"application/json": {"schema": envelope, "examples": examples}},
        }

    @staticmethod
    def enveloped(described: Operation, data: Any) -> dict[str, Any]:
        return {"success": True, "message": described.message, "data": data}

    def usual(self, described: Operation) -> list[type[DomainError]]:
        """What any call of this kind can answer."""
        listed: list[type[DomainError]] = [errors.MalformedRequest, errors.RateLimited]
        listed += [errors.MethodNotAllowed, errors.DatabaseUnavailable]
        if described.body is not None:
            listed += [errors.PayloadTooLarge, errors.UnsupportedMediaType]
        if described.body is not None or described.query is not None:
            listed.append(errors.ValidationFailed)
        if "{" in self.path:
            listed.append(errors.NotFound)
        if not described.is_public:
            listed += [errors.NotAuthenticated, errors.TokenInvalid, errors.TokenExpired]
            listed.append(errors.SessionRevoked)
        permissions = {permission.__name__ for permission in described.permissions}
        if "FreshProof" in permissions:
            listed.append(errors.ReauthenticationRequired)
        if "Holds" in permissions:
            listed.append(errors.PermissionRequired)
        knows_who = described.reads_bearer or not described.is_public
        if knows_who and not described.opens_under_impersonation(self.method):
            listed.append(errors.ImpersonationForbidden)
        return listed


def failure(status: int, listed: list[type[DomainError]]) -> dict[str, Any]:
    """One status with every code that comes with it, each with an example."""
    named = ["X-Request-ID"]
    if status in {429, 503}:
        named.append("Retry-After")
    if status == 401:  # noqa: PLR2004
        named.append("WWW-Authenticate")
    return {
        "description": " · ".join(error.code for error in listed),
        "headers": headers(*named),
        "content": {
            "application/json": {
                "schema": {
                    "allOf": [
                        {"$ref": "#/components/schemas/Error"},
                        {
                            "type": "object",
                            "properties": {
                                "code": {"enum": [error.code for error in listed]},
                                "statusCode": {"const": status},
                            },
                        },
                    ]
                },
                "examples": {error.code: {"value": example_of(error)} for error in listed},
            }
        },
    }


def example_of(error: type[DomainError]) -> dict[str, Any]:
    faults: tuple[FieldError, ...] = ()
    if error is errors.ValidationFailed:
        faults = (FieldError("email", "Enter a valid email address.", "invalid"),)
    example = body_of(error(errors=faults, data=error.example_data), _Request())
    return json.loads(json.dumps(example, default=str))  # type: ignore[no-any-return]


def headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def document() -> dict[str, Any]:
    """The whole document. Texts are the source's: one schema for every language."""
    with translation.override(None):
        generator: Any = SchemaGenerator
        made: dict[str, Any] = generator(api_version=__version__).get_schema(
            request=None, public=True
        )
    made["info"] = {
        "title": f"{settings.BRAND_NAME} API",
        "version": __version__,
        "description": schema_parts.introduction(),
    }
    made["servers"] = [{"url": settings.PUBLIC_URL}]
    plain = schema_parts.paths()
    for item in plain.values():
        answers = item["get"]["responses"]
        if "RateLimit-Limit" in answers["200"]["headers"]:
            for error in (errors.MalformedRequest, errors.MethodNotAllowed, errors.RateLimited):
                answers[str(error.status)] = failure(error.status, [error])
    described = {_camel_path(path): item for path, item in made["paths"].items()}
    made["paths"] = {**plain, **described}
    made["tags"] = [{"name": name} for name in schema_parts.tags(made["paths"])]
    parts = made.setdefault("components", {})
    parts["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }
    schemas = parts.setdefault("schemas", {})
    schemas["Error"] = schema_parts.ERROR
    for schema in schemas.values():
        # What Python inherits from the base class tells a reader nothing.
        if schema.get("description") == inspect.getdoc(WireSerializer):
            del schema["description"]
    parts["headers"] = {
        name: {"description": text, "schema": {"type": kind}}
        for name, (text, kind) in schema_parts.HEADERS.items()
    }
    return made


def _camel_path(path: str) -> str:
    return re.sub(r"{(\w+)}", lambda found: f"{{{camel(found[1])}}}", path)


def render(style: str) -> bytes:
    """The document as `json` or `yaml`."""
    plain = json.loads(json.dumps(document(), default=str))
    if style == "yaml":
        return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True).encode()
    return json.dumps(plain, indent=1, ensure_ascii=False).encode()
