"""Bytes in, bytes out: a strict JSON parser and the envelope."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import IO, Any, Final, NoReturn

import orjson
from django.utils.functional import Promise
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.response import Response

from config.common.errors import MalformedRequest, PayloadTooLarge

MAX_DEPTH: Final = 32
MAX_BYTES: Final = 1_048_576
_STRINGS: Final = re.compile(rb'"(?:[^"\\]|\\.)*"')
_BRACKETS: Final = re.compile(rb"[\[\]{}]")
_ESCAPES: Final = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


class StrictJSONParser(BaseParser):
    """A JSON object, or MALFORMED_REQUEST: no duplicate keys, NaN, NUL, lone surrogates, depth."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        raw = stream.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            # A chunked body says no length beforehand.
            raise PayloadTooLarge
        return parse_object(raw)


def parse_object(raw: bytes) -> dict[str, Any]:
    """Raises MalformedRequest for anything but one clean JSON object. No body is an empty one."""
    if not raw:
        return {}
    if b"\x00" in raw or _too_deep(raw):
        raise MalformedRequest
    try:
        body = json.loads(
            raw.decode("utf-8"), object_pairs_hook=_distinct, parse_constant=_no_constant
        )
        if _ESCAPES.search(raw):
            _no_broken_text(body)
    except (ValueError, RecursionError) as error:
        raise MalformedRequest from error
    if not isinstance(body, dict):
        raise MalformedRequest
    return body


def _too_deep(raw: bytes) -> bool:
    """Counted on the bytes, before any parser is asked to recurse."""
    if raw.count(b"[") + raw.count(b"{") <= MAX_DEPTH:
        return False
    depth = 0
    for match in _BRACKETS.finditer(_STRINGS.sub(b"", raw)):
        depth += 1 if match[0] in b"[{" else -1
        if depth > MAX_DEPTH:
            return True
    return False


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("duplicate key")
    return result


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _no_broken_text(value: Any) -> None:
    """Raises ValueError for NUL and lone surrogates, which only escapes can bring in."""
    if isinstance(value, str):
        value.encode()
        if "\x00" in value:
            raise ValueError("NUL")
    elif isinstance(value, dict):
        for key, item in value.items():
            _no_broken_text(key)
            _no_broken_text(item)
    elif isinstance(value, list):
        for item in value:
            _no_broken_text(item)


class EnvelopeRenderer(BaseRenderer):
    """JSON as orjson writes it. Views hand over the whole envelope (`answer`, `error_body`)."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return encode(data)


def encode(data: Any) -> bytes:
    """JSON bytes; lazy texts are rendered in the request's language."""
    return orjson.dumps(data, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(type(value).__name__)


def answer(
    data: Any = None, message: Any = "OK", *, status: int = 200, meta: Any = None
) -> Response:
    """`{"success": true, "message": …, "data": …, "meta": …}`"""
    body: dict[str, Any] = {"success": True, "message": message}
    if data is not None:
        body["data"] = data
    if meta is not None:
        body["meta"] = meta
    return Response(body, status=status)
