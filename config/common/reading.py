"""Reads of long tables: planned for what is asked, and stopped when they take too long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

from config.common.errors import TooBroad

_STOPPED = "57014"  # query_canceled, which is what statement_timeout ends in

_SETTINGS = (
    "SELECT set_config('plan_cache_mode', 'force_custom_plan', true), "
    "set_config('jit', 'off', true), set_config('statement_timeout', %s, true)"
)
_AT_ONCE = (
    ", set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true), "
    "set_config('max_parallel_workers_per_gather', '0', true)"
)


@contextmanager
def searching(*, seconds: float, at_once: bool = False) -> Iterator[None]:
    """A block of reads, each of which may take so long. Raises TooBroad past that.

    On PostgreSQL each statement is planned for its own values: a prepared one gets a plan for all
    of them, which is hundreds of times too slow for the rare ones. SQLite knows no such limit.

    at_once: for reads that stop at so many matches. Row by row through the indexes; no plan that
    first goes through a whole table, with helpers that have to be started.
    """
    if connection.vendor != "postgresql":
        yield
        return
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(_SETTINGS + (_AT_ONCE if at_once else ""), [f"{seconds * 1000:.0f}"])
            yield
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != _STOPPED:
            raise
        raise TooBroad from error
