"""The documentation's pages and their views."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import strip_tags
from django.views.decorators.http import require_safe

from accounts.services.tokens import ACCESS_AUDIENCE
from config.common.pages import READING, under_impersonation
from config.docs import reference, settings_table


@dataclass(frozen=True, slots=True)
class Page:
    """A page that somebody wrote: `templates/docs/<name>.html`."""

    name: str
    title: str

    @property
    def url(self) -> str:
        return f"/docs/{self.name}" if self.name != "start" else "/docs"


GUIDE: Final = (
    (
        "Start",
        (
            Page("start", "Getting started"),
            Page("clients", "In your application"),
            Page("pages", "Account pages"),
            Page("staff", "Staff site"),
        ),
    ),
    (
        "Concepts",
        (
            Page("sessions", "Sessions and tokens"),
            Page("second-factor", "Second factor"),
            Page("roles", "Roles and grants"),
            Page("audit", "Audit log and sealing"),
            Page("lifecycle", "Life of an account"),
        ),
    ),
    (
        "Operations",
        (
            Page("settings", "Settings"),
            Page("operations", "Running it"),
            Page("security", "Security"),
            Page("moving", "Moving over"),
        ),
    ),
)
PAGES: Final = {page.name: page for _title, pages in GUIDE for page in pages}
CACHED: Final = "public, max-age=300"
_BLANKS: Final = re.compile(r"\s+")


@under_impersonation(READING)
@require_safe
def page(request: HttpRequest, name: str = "start") -> HttpResponse:
    found = PAGES.get(name)
    if found is None:
        raise Http404
    return _shown(request, f"docs/{name}.html", found.url, title=found.title, **_facts(name))


@under_impersonation(READING)
@require_safe
def area(request: HttpRequest, name: str) -> HttpResponse:
    """One area of the API with all its calls."""
    found = reference.areas().get(name)
    if found is None:
        raise Http404
    return _shown(request, "docs/area.html", f"/docs/api/{name}", title=found.title, area=found)


@under_impersonation(READING)
@require_safe
def errors(request: HttpRequest) -> HttpResponse:
    listed = reference.errors()
    return _shown(request, "docs/errors.html", "/docs/errors", title="Error codes", codes=listed)


@under_impersonation(READING)
@require_safe
def index(_request: HttpRequest) -> HttpResponse:
    """What the search box looks through, fetched once: no server is asked while one types."""
    response = JsonResponse({"pages": _index()})
    response.headers["Cache-Control"] = CACHED
    return response


def _shown(request: HttpRequest, template: str, here: str, **context: Any) -> HttpResponse:
    # The documents are written in English, whoever reads them.
    with translation.override("en"):
        menu = {"guide": GUIDE, "areas": reference.areas().values(), "here": here}
        return render(request, template, {**menu, **context})


def _facts(name: str) -> dict[str, Any]:
    if name == "settings":
        return {"groups": settings_table.groups()}
    return {"audience": ACCESS_AUDIENCE} if name == "clients" else {}


@cache
def _index() -> list[dict[str, str]]:
    with translation.override("en"):
        written = [
            {
                "url": one.url,
                "title": one.title,
                "text": _plain(render_to_string(f"docs/{name}.html", _facts(name))),
            }
            for name, one in PAGES.items()
        ]
    calls = [
        {
            "url": f"/docs/api/{one.name}#{call.id}",
            "title": f"{call.method} {call.path} — {call.summary}",
            "text": " ".join(
                [call.text, *(field.name for field in (*call.parameters, *call.body))]
                + [failure.code for failure in call.failures]
            ),
        }
        for one in reference.areas().values()
        for call in one.calls
    ]
    codes = [
        {"url": f"/docs/errors#{one.code}", "title": one.code, "text": one.text}
        for one in reference.errors()
    ]
    return [*written, *calls, *codes]


def _plain(html: str) -> str:
    """The text of the page itself, without frame and menu."""
    inner = html.partition("<article")[2].partition(">")[2].partition("</article>")[0]
    return _BLANKS.sub(" ", strip_tags(inner)).strip()
