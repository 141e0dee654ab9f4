"""Charts: well-formed, true to the numbers they are given, whatever these and their names are."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from django.utils import translation

from config.common.charts import Part, Series, bars, columns, ring, short, top_of, written

HOSTILE = "</title><script>alert('x')</script> & \"quoted\" \N{RIGHT-TO-LEFT OVERRIDE}"
SVG = "{http://www.w3.org/2000/svg}"


def svgs(html: str) -> list[ET.Element]:
    """Every drawing, read as the XML that it has to be."""
    found = re.findall(r"<svg.*?</svg>", html, re.DOTALL)
    assert found
    return [ET.fromstring(text) for text in found]  # noqa: S314  our own


def drawn(*values: list[int], labels: list[str] | None = None, **given: str) -> str:
    series = [Series(f"series {n}", one, f"tone{n}") for n, one in enumerate(values)]
    names = [f"day {n}" for n in range(len(values[0]))] if labels is None else labels
    return columns("chart", title="Title", labels=names, series=series, **given)


def blocks(html: str) -> list[list[dict[str, str]]]:
    """What stands in each column, from below."""
    (svg,) = svgs(html)
    return [
        [dict(rect.attrib) for rect in group.findall("rect") if rect.get("class") != "hit"]
        for group in svg.findall("g")
    ]


def test_heights_are_the_numbers():
    values = [3, 0, 7, 10, 1]

    found = blocks(drawn(values))

    heights = [float(one[0]["height"]) if one else 0.0 for one in found]
    assert [height / 100 * top_of(10) for height in heights] == pytest.approx(values)
    assert all(
        float(b["y"]) + float(b["height"]) == pytest.approx(100) for [b] in filter(None, found)
    )


def test_series_stand_on_top_of_each_other():
    [[lower, upper]] = blocks(drawn([30], [70]))

    assert float(lower["height"]) == pytest.approx(30)
    assert float(upper["y"]) + float(upper["height"]) == pytest.approx(float(lower["y"]))
    assert float(upper["y"]) == pytest.approx(0)
    assert (lower["class"], upper["class"]) == ("tone-tone0", "tone-tone1")


def test_columns_share_the_width_and_do_not_overlap():
    found = [one[0] for one in blocks(drawn([1] * 90))]

    edges = [(float(b["x"]), float(b["x"]) + float(b["width"])) for b in found]
    assert edges[0][0] >= 0
    assert edges[-1][1] <= 1000
    assert all(left[1] < right[0] for left, right in pairwise(edges))


@pytest.mark.parametrize("values", [[], [0], [0, 0, 0], [1], [10**15, 1, 0], [1] * 400])
def test_any_numbers_make_a_drawing_that_stays_in_its_box(values):
    html = drawn(values)

    (svg,) = svgs(html)
    assert len(svg.findall("g")) == len(values)
    for block in [block for column in blocks(html) for block in column]:
        assert 0 <= float(block["y"]) <= 100
        assert 0 <= float(block["height"]) <= 100


def test_the_table_and_the_hover_say_the_same_numbers():
    html = drawn([1204, 0], [5, 6], labels=["Monday", "Tuesday"])

    rows = re.findall(r'<tr><th scope="row">(.*?)</th><td>(.*?)</td><td>(.*?)</td></tr>', html)
    assert rows == [("Monday", "1,204", "5"), ("Tuesday", "0", "6")]
    (svg,) = svgs(html)
    assert [group.findtext("title") for group in svg.findall("g")] == [
        "Monday – series 0: 1,204, series 1: 5",
        "Tuesday – series 0: 0, series 1: 6",
    ]


def test_a_drawing_has_a_name_and_a_summary():
    (svg,) = svgs(drawn([1], summary="One in all"))

    assert (svg.findtext("title"), svg.findtext("desc")) == ("Title", "One in all")
    assert svg.get("role") == "img"
    ids = [part.get("id") for part in (svg.find("title"), svg.find("desc")) if part is not None]
    assert svg.get("aria-labelledby") == " ".join(map(str, ids))


@pytest.mark.parametrize("language", ["en", "de"])
def test_coordinates_are_svg_in_every_language(language):
    with translation.override(language):
        html = drawn([1, 2, 3, 4, 5, 6, 7], [3] * 7)
        html += ring("r", title="t", parts=[Part("a", 1), Part("b", 2)], middle="", below="")
        html += bars("b", title="t", parts=[Part("a", 1), Part("b", 3)])

    for svg in svgs(html):
        for part in svg.iter():
            for name in ("x", "y", "width", "height", "stroke-dashoffset", "r", "cx", "cy"):
                float(part.get(name, "0"))
            for word in part.get("stroke-dasharray", "0").split():
                float(word)


def test_hostile_names_are_text():
    series = [Series(HOSTILE, [1, 2])]
    html = columns(
        "c", title=HOSTILE, labels=[HOSTILE, "b"], series=series, axis=[HOSTILE], summary=HOSTILE
    )
    html += ring("r", title=HOSTILE, parts=[Part(HOSTILE, 3)], middle=HOSTILE, below=HOSTILE)
    html += bars("b", title=HOSTILE, parts=[Part(HOSTILE, 3, url='/"><script>')])

    assert "<script" not in html
    first, second, third = svgs(html)
    assert first.findtext("title") == second.findtext("title") == first.findtext("desc") == HOSTILE
    assert third.findtext("title") == f"{HOSTILE}: 3"


def test_nothing_is_styled_inline():
    html = drawn([1, 2]) + ring("r", title="", parts=[Part("a", 1)], middle="", below="")
    html += bars("b", title="", parts=[Part("a", 1)])

    assert not re.search(r"<style|style=|onload|onclick|<script|href=\"(?!/)", html)


def test_a_ring_is_as_long_as_its_parts_and_goes_round_once():
    parts = [Part("a", 1), Part("none", 0), Part("b", 3), Part("c", 4)]

    (svg,) = svgs(ring("r", title="t", parts=parts, middle="8", below="all"))

    pieces = [one for one in svg.findall("circle") if one.get("class") != "rest"]
    lengths = [float(one.get("stroke-dasharray", "").split()[0]) for one in pieces]
    starts = [25 - float(one.get("stroke-dashoffset", "")) for one in pieces]
    assert lengths == [12.5, 37.5, 50]
    assert starts == [0, 12.5, 50]
    assert [one.findtext("title") for one in pieces] == ["a: 1", "b: 3", "c: 4"]
    assert [text.text for text in svg.findall("text")] == ["8", "all"]


def test_a_ring_of_nothing_is_a_rest():
    html = ring("r", title="t", parts=[Part("a", 0)], middle="0", below="")

    (svg,) = svgs(html)
    assert [one.get("class") for one in svg.findall("circle")] == ["rest"]
    assert "<dd>0</dd>" in html


def test_bars_are_as_wide_as_their_share_of_the_longest():
    html = bars("b", title="t", parts=[Part("a", 200, url="/a"), Part("b", 50), Part("c", 0)])

    widths = [svg.findall("rect")[1].get("width") for svg in svgs(html)]
    assert widths == ["100", "25", "0"]
    assert '<a href="/a">a</a>' in html
    assert "<span>b</span>" in html
    assert bars("b", title="t", parts=[]).count("<li>") == 0


@pytest.mark.parametrize(
    ("most", "top"), [(0, 2), (1, 2), (2, 2), (3, 4), (5, 6), (9, 10), (11, 12), (61, 80),
                      (1000, 1000), (1001, 1200), (10**15 + 1, 12 * 10**14)],
)  # fmt: skip
def test_an_axis_ends_where_its_half_is_whole(most, top):
    assert top_of(most) == top
    assert top_of(most) % 2 == 0


def test_numbers_are_written_as_people_write_them():
    assert [short(n) for n in (0, 7, 1000, 1500, 2_000_000, 3 * 10**9)] == [
        "0", "7", "1k", "1.5k", "2M", "3G",
    ]  # fmt: skip
    assert written(1204) == "1,204"
    with translation.override("de"):
        assert (written(1204), short(1500)) == ("1.204", "1,5k")
