"""Tables as CSV that a spreadsheet opens without taking a cell for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Final

# What a spreadsheet takes for the start of a formula (OWASP, CSV injection), or skips before one.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001


def csv_lines(rows: Iterable[Iterable[str]]) -> bytes:
    """As RFC 4180 has them, in UTF-8."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def harmless(cell: str) -> str:
    """The same text for people, and for a spreadsheet a text."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
