"""What axe and a ruler find wrong with the page that a visitor looks at."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe

_SETS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
RULES: Final = {"runOnly": list(_SETS), "resultTypes": ["violations"]}
COLOURS: Final = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}
# Phone and desk. Another scheme changes colours and nothing else.
LOOKS: Final = [
    (320, "light", RULES),
    (320, "dark", COLOURS),
    (1280, "light", RULES),
    (1280, "dark", COLOURS),
]
_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/)\d+(?=/|$)")


def look(visitor: Any, *, where: str, rules: dict[str, Any] = RULES) -> list[str]:
    found = Axe().run(visitor.page, options=rules).response["violations"]
    return [
        *_wide(visitor, where),
        *(f"{where}: {one['id']}: {one['nodes'][0]['html'][:160]}" for one in found),
    ]


def _wide(visitor: Any, where: str) -> list[str]:
    is_wide = visitor.page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )
    return [f"{where}: scrolls sideways"] if is_wide else []


def look_all_ways(visitor: Any, *, where: str) -> list[str]:
    """Narrow and wide, light and dark, without opening it again."""
    wrong: list[str] = []
    for width, scheme, rules in LOOKS:
        visitor.page.set_viewport_size({"width": width, "height": 900})
        visitor.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        wrong += look(visitor, where=f"{where} ({width}, {scheme})", rules=rules)
    return wrong


def walk(visitor: Any, *, start: str) -> Iterator[str]:
    """Opens every page below here that links lead to, and says which it is: one of each kind.

    One person's page is like another's, so whose it is tells no two kinds apart.
    """
    todo, kinds = [start], Counter([_kind(start)])
    while todo:
        path = todo.pop(0)
        answer = visitor.open(path)
        assert answer.status == 200, f"{path}: {answer.status}"
        yield path
        for found in _links(visitor, below=start):
            if not kinds[_kind(found)]:
                kinds[_kind(found)] += 1
                todo.append(found)


def _kind(path: str) -> str:
    return _ID.sub("#", path)


def _links(visitor: Any, *, below: str) -> list[str]:
    hrefs = visitor.page.eval_on_selector_all(
        "a[href]:not([download])", "found => found.map((link) => link.href)"
    )
    paths = [urlsplit(href).path for href in hrefs if href.startswith(visitor.base)]
    return [path for path in dict.fromkeys(paths) if path.startswith(below)]
