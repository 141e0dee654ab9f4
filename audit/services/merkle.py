"""Hash trees over leaves, as RFC 6962 has them: two by two, the odd one goes up as it is."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

NODE: Final = b"\x01"
SIZE: Final = 32


def root(leaves: Sequence[bytes]) -> bytes:
    """Of at least one leaf."""
    level = list(leaves)
    while len(level) > 1:
        level = _above(level)
    return level[0]


def path(leaves: Sequence[bytes], place: int) -> list[tuple[str, bytes]]:
    """What stands beside a leaf on its way up: `left` or `right`, and the hash."""
    level, found = list(leaves), []
    while len(level) > 1:
        beside = place ^ 1
        if beside < len(level):
            found.append(("left" if beside < place else "right", level[beside]))
        level, place = _above(level), place // 2
    return found


def split(packed: bytes | memoryview) -> list[bytes]:
    """The leaves that a seal keeps."""
    text = bytes(packed)
    return [text[at : at + SIZE] for at in range(0, len(text), SIZE)]


def _above(level: list[bytes]) -> list[bytes]:
    nodes = [
        sha256(NODE + left + right).digest()
        for left, right in zip(level[::2], level[1::2], strict=False)
    ]
    return nodes + level[-1:] if len(level) % 2 else nodes
