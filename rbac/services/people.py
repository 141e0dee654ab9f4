"""The people whom roles and grants are about, each held while something of theirs changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model

from config.common.bulk import among
from config.common.errors import NotFound


def hold(*ids: UUID) -> list[Any]:
    """These accounts' rows, ours until the transaction ends; in the order asked for.

    Taken after the admin lock, in one order for everybody. Raises NotFound where one of them does
    not exist, or was erased while this waited.
    """
    found = hold_those(ids)
    if not set(ids) <= set(found):
        raise NotFound
    return [found[one] for one in ids]


def hold_those(ids: Iterable[UUID], *, only: Sequence[str] = ()) -> dict[UUID, Any]:
    """As `hold`, by their keys; who is gone is left out.

    only: names of fields; then these and `pk` are all there is of each, which costs a tenth where
    they are thousands.
    """
    people: Any = get_user_model()._default_manager  # noqa: SLF001
    # Not against those who only refer to them: entries and notices may be written.
    rows = people.select_for_update(no_key=True).filter(among("pk", set(ids))).order_by("pk")
    if only:
        rows = rows.values_list("pk", *only, named=True)
    return {row.pk: row for row in rows}
