"""A few plain requests: for the checks before the clock runs, and for counting statements."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any

TIMEOUT_SECONDS = 20


@dataclass(frozen=True)
class Answer:
    """What came back; `body` is parsed where it is JSON."""

    status: int
    headers: dict[str, str]
    body: Any
    size: int


def ask(
    port: int, path: str, *, bearer: str | None = None, body: dict[str, Any] | None = None
) -> Answer:
    """GET, or POST where there is a body, on a connection of its own."""
    headers = {"Accept": "application/json"}
    if bearer is not None:
        headers["Authorization"] = f"Bearer {bearer}"
    data = None
    if body is not None:
        headers["Content-Type"] = "application/json"
        data = json.dumps(body).encode()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET" if data is None else "POST", path, data, headers)
        response = connection.getresponse()
        raw = response.read()
    finally:
        connection.close()
    try:
        parsed: Any = json.loads(raw)
    except ValueError:
        parsed = raw.decode(errors="replace")
    named = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, named, parsed, len(raw))


def answers(port: int, path: str, *, bearer: str | None = None) -> bool:
    """Whether the server is there and says 200."""
    try:
        return ask(port, path, bearer=bearer).status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
