"""The schema's fixed parts: error envelope, headers, and the paths that no view describes."""

from __future__ import annotations

from typing import Any, Final

from config.common.errors import rules

TIME: Final = "2026-11-23T10:00:00.000Z"
_TEXT: Final = {"type": "string"}


HEADERS: Final = {
    "X-Request-ID": ("Names this call in the logs and the audit log.", "string"),
    "Retry-After": ("Seconds to wait.", "integer"),
    "WWW-Authenticate": ("`Bearer`", "string"),
    "RateLimit-Limit": ("Calls allowed in the window of the tightest counter.", "integer"),
    "RateLimit-Remaining": ("Calls left in it.", "integer"),
    "RateLimit-Reset": ("Seconds until it starts anew.", "integer"),
}

ERROR: Final = {
    "type": "object",
    "required": ["success", "message", "statusCode", "code", "requestId"],
    "properties": {
        "success": {"type": "boolean", "const": False},
        "message": {"type": "string", "description": "For people, in their language."},
        "statusCode": {"type": "integer"},
        "code": {"type": "string", "description": "For programs; stable."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message", "code"],
                "properties": {
                    "field": {"type": "string"},
                    "message": {"type": "string"},
                    "code": {"type": "string"},
                },
            },
        },
        "data": {"type": "object"},
        "requestId": {"type": "string"},
    },
}


def introduction() -> str:
    """What holds for all calls, and every code with its meaning."""
    codes = {(rule.code, rule.status): str(rule.message) for rule in reversed(list(rules()))}
    rows = [f"| `{code}` | {status} | {codes[code, status]} |" for code, status in sorted(codes)]
    return "\n".join(
        [
            "User management. Every answer stands in one envelope; errors have stable codes:",
            "",
            "| code | status | meaning |",
            "|---|---|---|",
            *rows,
        ]
    )


def paths() -> dict[str, Any]:
    """Path items of plain functions; each is a GET that anyone may call."""
    return {
        "/api/v1": _get(
            "Name, version, links",
            "api",
            _envelope(
                _object(name=_TEXT, version=_TEXT, links=_object(schema=_TEXT, docs=_TEXT)),
            ),
            {
                "success": True,
                "message": "OK",
                "data": {
                    "name": "Muster",
                    "version": "0.1.0",
                    "links": {
                        "schema": "https://id.example.org/api/v1/schema",
                        "docs": "https://id.example.org/api/v1/docs",
                        "health": "https://id.example.org/health",
                    },
                },
            },
            counted=True,
        ),
        "/api/v1/schema": _get(
            "This document",
            "api",
            _object(openapi=_TEXT, info={"type": "object"}, paths={"type": "object"}),
            {"openapi": "3.1.1", "info": {"title": "Muster API"}, "paths": {}},
            counted=True,
            parameters=[
                {
                    "name": "format",
                    "in": "query",
                    "description": "`json` (the default) or `yaml`; `Accept` says so too.",
                    "schema": {"type": "string", "enum": ["json", "yaml"]},
                }
            ],
            also="application/yaml",
        ),
        "/api/v1/docs": _get(
            "This document, to browse",
            "api",
            _TEXT,
            "<!doctype html>",
            counted=True,
            media_type="text/html",
        ),
        "/.well-known/jwks.json": _get(
            "The public keys that verify access tokens",
            "keys",
            _object(keys={"type": "array", "items": {"type": "object"}}),
            {"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "5d41", "use": "sig", "x": "11qY"}]},
            media_type="application/jwk-set+json",
        ),
        "/health": _get(
            "Is it there?",
            "health",
            _object(status={"const": "ok"}, timestamp=_TEXT),
            {"status": "ok", "timestamp": TIME},
        ),
        "/health/detailed": _get(
            "How is it?",
            "health",
            _object(
                status={"enum": ["healthy", "degraded"]},
                timestamp=_TEXT,
                checks={"type": "object", "additionalProperties": _object(status=_TEXT)},
            ),
            {"status": "healthy", "timestamp": TIME, "checks": {"database": {"status": "up"}}},
            down={"status": "degraded", "timestamp": TIME, "checks": {"cache": {"status": "down"}}},
        ),
        "/ready": _get(
            "May traffic come?",
            "health",
            _object(ready={"type": "boolean"}),
            {"ready": True},
            down={"ready": False},
        ),
        "/live": _get(
            "Is the process alive?", "health", _object(alive={"const": True}), {"alive": True}
        ),
    }


def tags(paths: dict[str, Any]) -> list[str]:
    """In the order of the paths."""
    return list(dict.fromkeys(call["tags"][0] for item in paths.values() for call in item.values()))


def _get(
    summary: str,
    tag: str,
    schema: dict[str, Any],
    example: Any,
    *,
    media_type: str = "application/json",
    counted: bool = False,
    down: Any = None,
    parameters: Any = None,
    also: str = "",
) -> dict[str, Any]:
    """counted: by the general limit; down: what a 503 says; also: another media type."""
    kinds = [media_type, *filter(None, [also])]
    content = {kind: {"schema": schema, "example": example} for kind in kinds}
    named = ["X-Request-ID"]
    if counted:
        named += ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"]
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in named}
    operation: dict[str, Any] = {
        "operationId": "get" + "".join(word.title() for word in summary.split() if word.isalpha()),
        "summary": summary,
        "tags": [tag],
        "security": [],
        "responses": {"200": {"description": "OK", "headers": headers, "content": content}},
    }
    if parameters:
        operation["parameters"] = parameters
    if down is not None:
        operation["responses"]["503"] = {
            "description": "Something vital is down.",
            "headers": {"Retry-After": {"$ref": "#/components/headers/Retry-After"}},
            "content": {media_type: {"schema": schema, "example": down}},
        }
    return {"get": operation}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _envelope(data: dict[str, Any]) -> dict[str, Any]:
    return _object(success={"const": True}, message=_TEXT, data=data)
