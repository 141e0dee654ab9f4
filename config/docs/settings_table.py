"""The settings, read from `.env.example`: the file that operators copy is the document."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from config.env import BASE_DIR

_VARIABLE = re.compile(r"#?([A-Z][A-Z0-9_]+)=(.*)")


@dataclass(frozen=True, slots=True)
class Variable:
    name: str
    default: str
    text: str


@dataclass(frozen=True, slots=True)
class Group:
    """One heading of the file. texts: what it says of them all, not of the one below."""

    title: str
    texts: list[str]
    variables: list[Variable]


@cache
def groups() -> list[Group]:
    """Every variable with its default and the comment above it, under the headings of the file."""
    found = [Group("", [], [])]
    comment: list[str] = []
    is_used = False
    for line in (BASE_DIR / ".env.example").read_text().splitlines():
        variable = _VARIABLE.fullmatch(line.strip())
        if variable:
            # Variables that stand together share the comment above the first.
            found[-1].variables.append(Variable(variable[1], variable[2], " ".join(comment)))
            is_used = True
        elif line.startswith("# ---"):
            found.append(Group(line.strip("# -"), [], []))
            comment, is_used = [], True
        elif line.startswith("#"):
            comment = [*([] if is_used else comment), line.lstrip("# ").strip()]
            is_used = False
        else:
            # With a blank line below, it belongs to no variable.
            if comment and not is_used:
                found[-1].texts.append(" ".join(comment))
            comment, is_used = [], False
    return [group for group in found if group.variables or group.texts]
