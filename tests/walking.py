"""Walks the pages as a reader would, link by link, and finds the forms that stand on them."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import parse_qsl, urljoin, urlsplit

from django.urls import Resolver404, resolve

# Documents and files: no page of somebody's, and no form.
ELSEWHERE: Final = ("/api/", "/docs", "/static/", "/media/", "/brand.css", "/health", "/dev/")
# Of pages that differ in an id or in a filter's value alone, so many are looked at.
ALIKE: Final = 5
TOKEN: Final = "csrfmiddlewaretoken"
# For fields that are empty, by name; then by type.
_BY_NAME: Final = {"password": "Correct-Horse7", "reason": "Because.", "person": "stranger"}
_BY_TYPE: Final = {
    "email": "somebody@example.org",
    "number": "3",
    "date": "1990-01-01",
    "datetime-local": "2030-01-01T00:00",
    "file": "",
}


@dataclass
class Form:
    """As a browser would send it: fields with what stands in them, and its named buttons."""

    method: str
    action: str
    page: str
    fields: dict[str, Any] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    @property
    def id(self) -> tuple[Any, ...]:
        """The same form on another page, or for another id, is the same one."""
        return route_of(self.action), *sorted(set(self.fields) - {TOKEN}), *sorted(self.buttons)

    def sent(self) -> Iterator[dict[str, Any]]:
        """What is posted, once for each button."""
        filled = {name: value for name, value in self.fields.items() if name != TOKEN}
        if not self.buttons:
            yield filled
        for name, value in self.buttons:
            yield {**filled, name: value}


@dataclass
class Page:
    """One answer to a GET."""

    url: str
    answer: Any
    forms: list[Form] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    inline: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)


def walk(browser: Any, *starts: str) -> Iterator[Page]:
    """Every page that can be reached; of those that are alike some."""
    open_, seen, alike = deque(starts), set(starts), Counter[Any]()
    while open_:
        url = open_.popleft()
        alike[_kind(url)] += 1
        if alike[_kind(url)] > ALIKE:
            continue
        page = _read(url, browser.get(url))
        yield page
        for link in page.links:
            if link not in seen and not link.startswith(ELSEWHERE):
                seen.add(link)
                open_.append(link)


def route_of(url: str) -> str:
    try:
        return resolve(urlsplit(url).path).route
    except Resolver404:
        return url


def _kind(url: str) -> tuple[Any, ...]:
    keys = {name for name, _value in parse_qsl(urlsplit(url).query, keep_blank_values=True)}
    return route_of(url), *sorted(keys)


def _read(url: str, answer: Any) -> Page:
    page = Page(url, answer)
    if answer.status_code in {301, 302}:
        page.links = list(_ours([answer.headers["Location"]], url))
    elif answer.headers["Content-Type"].startswith("text/html") and not answer.streaming:
        reader = _Reader(page)
        reader.feed(answer.content.decode())
        reader.close()
    return page


def _ours(found: list[str], base: str) -> Iterator[str]:
    for one in found:
        parts = urlsplit(urljoin(base, one))
        if not parts.netloc and not parts.scheme:
            yield f"{parts.path}?{parts.query}" if parts.query else parts.path


class _Reader(HTMLParser):
    """Links, forms, and what a strict policy forbids."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page
        self.form: Form | None = None
        self.select = self.text = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        held = {name: value or "" for name, value in attributes}
        self._look_for_inline(tag, held)
        match tag:
            case "a":
                self.page.links += _ours([held.get("href", "")], self.page.url)
            case "form":
                action = next(_ours([held.get("action") or self.page.url], self.page.url))
                self.form = Form(held.get("method", "get").lower(), action, self.page.url)
                self.page.forms.append(self.form)
            case "input":
                self._input(held)
            case "button" if held.get("type", "submit") == "submit" and held.get("name"):
                self._button(held)
            case "select":
                self.select = held.get("name", "")
            case "option" if self.form and self.select:
                first = self.select not in self.form.fields or not self.form.fields[self.select]
                if first or "selected" in held:
                    self.form.fields[self.select] = held.get("value", "")
            case "textarea" if self.form:
                self.form.fields[held["name"]] = "Some words."

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        if tag == "select":
            self.select = ""

    def _input(self, held: dict[str, str]) -> None:
        kind, name = held.get("type", "text"), held.get("name", "")
        if kind in {"submit", "image"} and name:
            self._button(held)
        elif self.form is None or not name or kind in {"submit", "button", "reset"}:
            return
        elif kind in {"checkbox", "radio"}:
            # One of them, so that what asks for a choice gets one.
            if "checked" in held or name not in self.form.fields:
                self.form.fields[name] = held.get("value", "on")
        else:
            otherwise = _BY_NAME.get(name) or _BY_TYPE.get(kind, "Something")
            self.form.fields[name] = held.get("value") or otherwise

    def _button(self, held: dict[str, str]) -> None:
        if self.form is not None:
            self.form.buttons.append((held["name"], held.get("value", "")))

    def _look_for_inline(self, tag: str, held: dict[str, str]) -> None:
        if "style" in held or any(name.startswith("on") for name in held) or tag == "style":
            self.page.inline.append(f"<{tag} {held}>")
        if tag == "script" and "src" not in held and held.get("type") != "application/json":
            self.page.inline.append("<script>")
        if tag in {"script", "img", "iframe", "link", "source", "object", "embed"}:
            self.page.loaded.append(held.get("src") or held.get("href") or held.get("data", ""))
