"""The operator's accent colour, made legible in light and dark (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

Colour = tuple[float, float, float]

CONTRAST: Final = 4.6  # a little more than the 4.5 that text needs
WHITE: Final[Colour] = (1.0, 1.0, 1.0)
BLACK: Final[Colour] = (0.0, 0.0, 0.0)
LIGHT: Final[Colour] = (0.945, 0.953, 0.973)  # the darkest ground of light pages, --sunk
DARK: Final[Colour] = (0.173, 0.2, 0.259)  # the lightest ground of dark ones, --line
FALLBACK: Final = "#3b5bdb"
_HEX: Final = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)


@lru_cache(maxsize=8)
def style_sheet(colour: str) -> str:
    """The accent's two custom properties, one for light pages and one for dark ones.

    Darkened until it can be read on white and white on it; lightened until it can be read on
    dark. A colour that is none becomes the program's own.
    """
    base = parsed(colour) or parsed(FALLBACK) or BLACK
    light = _moved(base, BLACK, LIGHT)
    dark = _moved(base, WHITE, DARK)
    return f":root {{ --brand-light: {_written(light)}; --brand-dark: {_written(dark)}; }}\n"


def parsed(colour: str) -> Colour | None:
    """`#3b5bdb` or `#35d`; None for anything else."""
    found = _HEX.fullmatch(colour.strip())
    if found is None:
        return None
    digits = found[1] if len(found[1]) == 6 else "".join(digit * 2 for digit in found[1])  # noqa: PLR2004
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue


def contrast(one: Colour, other: Colour) -> float:
    """From 1 to 21 (WCAG 2.2, "contrast ratio")."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004
        for part in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _moved(colour: Colour, towards: Colour, ground: Colour) -> Colour:
    """As little as it takes to stand out from the ground."""
    for step in range(101):
        mixed = tuple(
            part + (end - part) * step / 100 for part, end in zip(colour, towards, strict=True)
        )
        moved: Colour = (mixed[0], mixed[1], mixed[2])
        if contrast(moved, ground) >= CONTRAST:
            return moved
    return towards


def _written(colour: Colour) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in colour)
