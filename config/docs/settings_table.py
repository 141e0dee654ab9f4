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
    title: str
    variables: list[Variable]


@cache
def groups() -> list[Group]:
    """Every variable with its default and the comment above it, under the headings of the file."""
    found = [Group("", [])]
    comment: list[str] = []
    for line in (BASE_DIR / ".env.example").read_text().splitlines():
        variable = _VARIABLE.fullmatch(line.strip())
        if variable:
            # Variables that stand together share the comment above the first.
            found[-1].variables.append(Variable(variable[1], variable[2], " ".join(comment)))
        elif line.startswith("# ---"):
            found.append(Group(line.strip("# -"), []))
            comment = []
        elif line.startswith("#"):
            comment.append(line.lstrip("# ").strip())
        else:
            comment = []
    return [group for group in found if group.variables]
