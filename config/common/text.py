"""What text from outside may not hold, at whichever door."""

from __future__ import annotations

import re
from typing import Final

# Control characters, and what makes text run backwards or look like something else.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BIDI: Final = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LINES: Final = re.compile(r"[\t\r\n\u2028\u2029]")


def is_plain(text: str, *, lines: bool = False) -> bool:
    """Real text, without control characters and what turns its direction.

    lines: may hold line ends and tabs.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    if _CONTROL.search(text) or _BIDI.search(text):
        return False
    return lines or not _LINES.search(text)
