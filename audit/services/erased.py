"""Erasures' signed words, held against the entries that are blanked."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from audit.models import Blanking
from audit.selectors import stored
from audit.selectors.readable import readable
from audit.selectors.sealed import place, unpacked
from audit.selectors.stored import BLANKED, DETAILS, ID, Row
from audit.services import blanking, merkle
from audit.services.findings import Broken, Fault, Finding, of_entry
from audit.services.leaves import parsed
from audit.services.marking import canonical_row

REMEMBERED: Final = 1000
_STEP: Final = 5000


class Words:
    """Looks words up by what the entries say of them, and remembers the last ones."""

    def __init__(self) -> None:
        self._known: OrderedDict[UUID, Blanking] = OrderedDict()

    def faults(self, rows: list[Row], number_of: Mapping[int, int]) -> list[Finding]:
        """Of blanked entries, those that no erasure left as they are."""
        named = {row[ID]: _last(_by(parsed(row[BLANKED]))) for row in rows}
        self._fetch({word for word in named.values() if word})
        found = []
        for row in rows:
            name = named[row[ID]]
            word = self._known.get(name) if name else None
            if word is None or _state(word, row[ID]) != _present(row):
                found.append(of_entry(Fault.BLANKED, row[ID], number_of.get(row[ID])))
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return found

    def check_all(self) -> None:
        """Whether what was blanked stays so. Raises Broken."""
        listed: dict[int, list[str]] = defaultdict(list)
        for word in readable(Blanking.objects.order_by("pk"), size=100):
            for key in unpacked(word.ids) if blanking.is_genuine(word) else ():
                listed[key].append(word.pk.hex)
            if len(listed) >= _STEP:
                _require_blanked(listed)
                listed.clear()
        _require_blanked(listed)

    def _fetch(self, wanted: Iterable[UUID]) -> None:
        missing = []
        for name in wanted:
            if name in self._known:
                self._known.move_to_end(name)
            else:
                missing.append(name)
        for start in range(0, len(missing), 500):
            some = Blanking.objects.filter(pk__in=missing[start : start + 500])
            for word in readable(some, size=500):
                if blanking.is_genuine(word):
                    self._known[word.pk] = word


def _state(word: Blanking, key: int) -> bytes | None:
    at = place(unpacked(word.ids), key)
    return None if at is None else merkle.split(word.states)[at]


def _present(row: Row) -> bytes:
    text = canonical_row(row, parsed(row[DETAILS]), parsed(row[BLANKED]))
    return blanking.state(row[ID], text)


def _by(blanked: Any) -> list[Any]:
    words = blanked.get("by") if isinstance(blanked, dict) else None
    return words if isinstance(words, list) else []


def _last(words: list[Any]) -> UUID | None:
    try:
        return UUID(words[-1])
    except (AttributeError, IndexError, TypeError, ValueError):
        return None


def _require_blanked(listed: Mapping[int, list[str]]) -> None:
    keys = sorted(listed)
    for start in range(0, len(keys), 500):
        for row in stored.by_keys(keys[start : start + 500]):
            if not set(listed[row[ID]]).issubset(map(str, _by(parsed(row[BLANKED])))):
                raise Broken(of_entry(Fault.UNBLANKED, row[ID]))
