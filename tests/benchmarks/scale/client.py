"""One client on one connection that stays open, and the clock."""

from __future__ import annotations

import http.client
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any, Final
from urllib.parse import urlencode

from tests.benchmarks.place import CannotMeasure

WARM: Final = 3
ROUNDS: Final = 20
TIMEOUT_SECONDS: Final = 300

Query = Mapping[str, Any]


@dataclass(frozen=True)
class Timing:
    """Milliseconds."""

    each: list[float]

    @property
    def median(self) -> float:
        return median(self.each)

    @property
    def fastest(self) -> float:
        """What it takes where nothing else wants the machine at that moment."""
        return min(self.each)

    @property
    def worst(self) -> float:
        return max(self.each)


class Client:
    """`client.get("/api/v1/admin/users", q="anna")`: the answer's `data`."""

    def __init__(self, port: int, bearer: str | None = None) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
        self.headers = {"Accept": "application/json"}
        if bearer:
            self.headers["Authorization"] = f"Bearer {bearer}"

    def get(self, path: str, **query: Any) -> Any:
        return self._data("GET", path, query)

    def post(self, path: str, body: Any) -> Any:
        return self._data("POST", path, {}, body)

    def delete(self, path: str) -> Any:
        return self._data("DELETE", path, {})

    def timed(self, path: str, query: Query, *, rounds: int = ROUNDS, warm: int = WARM) -> Timing:
        """The same GET again and again; each one has to be a 200."""
        for _ in range(warm):
            self._data("GET", path, query)
        each = []
        for _ in range(rounds):
            begun = time.perf_counter()
            self._data("GET", path, query)
            each.append(1000 * (time.perf_counter() - begun))
        return Timing(each)

    def swallow(self, path: str, **query: Any) -> int:
        """Read an answer of any length without keeping it; how many bytes it had."""
        response = self._response("GET", path, query, None)
        size = 0
        while part := response.read(1 << 16):
            size += len(part)
        return size

    def _data(self, method: str, path: str, query: Query, body: Any = None) -> Any:
        raw = self._response(method, path, query, body).read()
        return json.loads(raw).get("data")

    def _response(
        self, method: str, path: str, query: Query, body: Any
    ) -> http.client.HTTPResponse:
        url = f"{path}?{urlencode(query)}" if query else path
        headers, data = self.headers, None
        if body is not None:
            headers = {**headers, "Content-Type": "application/json"}
            data = json.dumps(body).encode()
        self.connection.request(method, url, data, headers)
        try:
            response = self.connection.getresponse()
        except http.client.RemoteDisconnected:
            # Closed by the server while the other side was asked for longer than it keeps one.
            if method != "GET":
                raise
            self.connection.request(method, url, data, headers)
            response = self.connection.getresponse()
        if response.status not in {200, 201}:
            said = response.read()
            found = re.search(rb'"code":"(\w+)"', said)
            code = found[1].decode() if found else said[:200].decode(errors="replace")
            raise CannotMeasure(f"{method} {path}: {response.status} {code}")
        return response
