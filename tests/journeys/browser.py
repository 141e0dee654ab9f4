"""As much of a browser as a link in a mail needs: cookies, redirects, forms."""

from __future__ import annotations

import re
from urllib.parse import urlencode, urlsplit

from tests.servers import Answer, Program


class Browser:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.cookies: dict[str, str] = {}
        self.path = ""
        self.page = ""

    def open(self, url: str) -> Answer:
        """A GET, and those that it leads to."""
        answer = self._ask("GET", url)
        while answer.status in {301, 302, 303}:
            answer = self._ask("GET", answer.headers["location"])
        return answer

    def press(self, **fields: str) -> Answer:
        """Send the form on the page."""
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.page)
        assert token, self.page
        body = urlencode({"csrfmiddlewaretoken": token[1], **fields})
        return self._ask("POST", self.path, body)

    def _ask(self, method: str, url: str, body: str | None = None) -> Answer:
        parts = urlsplit(url)
        self.path = parts.path
        answer = self.program.call(
            method,
            f"{parts.path}?{parts.query}" if parts.query else parts.path,
            body,
            Cookie="; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            Content_Type="application/x-www-form-urlencoded",
        )
        self.cookies |= answer.cookies
        self.page = str(answer.body)
        return answer
