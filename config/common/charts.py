"""Numbers as pictures: SVG that the server draws, with the same numbers as a table beside it.

Sizes are shares of a box that the style sheet stretches, and words stand outside of the drawing,
so that they keep their size on a narrow screen. No colour and no style in here: classes alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.template.loader import render_to_string
from django.utils.formats import number_format
from django.utils.safestring import SafeString

WIDTH, HEIGHT = 1000.0, 100.0  # of the box that columns stand in
GAP: Final = 0.22  # of a column's place
RADIUS: Final = 15.91549430918954  # of a ring whose way round is 100
UNITS: Final = ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k"))


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of a chart. tone: a class of the style sheet."""

    name: str
    values: Sequence[int]
    tone: str = "one"


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a whole, or one line of a list. url: where its name leads."""

    name: str
    value: int
    tone: str = "one"
    url: str = ""


def written(number: int) -> str:
    """`1,204`, or as the active language writes it."""
    return number_format(number, decimal_pos=0, use_l10n=True, force_grouping=True)


def short(number: float) -> str:
    """For an axis: `1.5k`, `20M`."""
    for size, unit in UNITS:
        if number >= size:
            share = number / size
            places = 0 if share == int(share) else 1
            return f"{number_format(share, decimal_pos=places, use_l10n=True)}{unit}"
    return number_format(number, decimal_pos=0 if number == int(number) else 1, use_l10n=True)


def top_of(most: int) -> int:
    """Where an axis ends: 2, 4, 6, 8, 10, 12, 16, 20, 30 …, so that its half is a whole number."""
    size = 1
    while 10 * size < most:
        size *= 10
    steps = (2, 4, 6, 8, 10) if size == 1 else (1.2, 1.6, 2, 3, 4, 6, 8, 10)
    return next(round(step * size) for step in steps if step * size >= most)


def columns(
    name: str,
    *,
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    axis: Sequence[str] = (),
    summary: str = "",
) -> SafeString:
    """A column for each label, its series on top of each other.

    name: for the ids, once a page. axis: the words below, from the first label to the last.
    summary: what the drawing says, for whoever does not see it.
    """
    sums = [sum(values) for values in zip(*(one.values for one in series), strict=True)]
    top = top_of(max(sums, default=0))
    place = WIDTH / max(1, len(labels))
    drawn = []
    for number, label in enumerate(labels):
        left, bottom, blocks = number * place, HEIGHT, []
        for one in series:
            height = HEIGHT * one.values[number] / top
            bottom -= height
            if height:
                blocks.append({"tone": one.tone, "y": _at(bottom), "height": _at(height)})
        drawn.append(
            {
                "hit": {"x": _at(left), "width": _at(place)},
                "x": _at(left + place * GAP / 2),
                "width": _at(place * (1 - GAP)),
                "blocks": blocks,
                "label": label,
                "said": ", ".join(f"{one.name}: {written(one.values[number])}" for one in series),
                "values": [written(one.values[number]) for one in series],
            }
        )
    context = {
        "name": name,
        "title": title,
        "summary": summary,
        "columns": drawn,
        "series": series,
        "axis": axis or _ends(labels),
        "ticks": [short(top), short(top / 2), "0"],
        "box": f"0 0 {WIDTH:.0f} {HEIGHT:.0f}",
    }
    return _drawn("columns", context)


def ring(name: str, *, title: str, parts: Sequence[Part], middle: str, below: str) -> SafeString:
    """Shares of a whole, round; what stands in the middle, and below it."""
    total = sum(part.value for part in parts)
    turned, drawn = 0.0, []
    for part in parts:
        share = 100 * part.value / total if total else 0.0
        drawn.append(
            {"part": part, "dash": f"{_at(share)} {_at(100 - share)}", "turn": _at(25 - turned),
             "value": written(part.value), "is_seen": part.value > 0}
        )  # fmt: skip
        turned += share
    context = {
        "name": name, "title": title, "parts": drawn, "radius": f"{RADIUS:.5f}",
        "middle": middle, "below": below,
    }  # fmt: skip
    return _drawn("ring", context)


def bars(name: str, *, title: str, parts: Sequence[Part]) -> SafeString:
    """A line each, the longest as wide as there is room."""
    most = max((part.value for part in parts), default=0)
    rows = [
        {"part": part, "value": written(part.value),
         "width": _at(100 * part.value / most if most else 0.0)}
        for part in parts
    ]  # fmt: skip
    return _drawn("bars", {"name": name, "title": title, "rows": rows})


def _ends(labels: Sequence[str]) -> list[str]:
    return list(dict.fromkeys((labels[0], labels[-1]))) if labels else []


def _at(number: float) -> str:
    """As SVG reads it, whatever the language."""
    return f"{number:.3f}".rstrip("0").rstrip(".")


def _drawn(kind: str, context: dict[str, Any]) -> SafeString:
    return render_to_string(f"charts/{kind}.html", context)
