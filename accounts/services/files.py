"""Files that nothing points at any more: taken out of the storage after the commit, for sure."""

from __future__ import annotations

import logging

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F

from accounts.models import DiscardedFile

logger = logging.getLogger(__name__)


def discard(name: str) -> None:
    """Have a file taken out of the default storage once this transaction commits.

    Written down first: should the storage be away, or the process die, `sweep` does it later.
    """
    DiscardedFile.objects.bulk_create([DiscardedFile(name=name)], ignore_conflicts=True)
    transaction.on_commit(lambda: _remove(name))


def sweep() -> int:
    """Try again what could not be taken out. Returns how many files went."""
    names = DiscardedFile.objects.order_by("discarded_at").values_list("name", flat=True)
    return sum(_remove(name) for name in list(names))


def _remove(name: str) -> bool:
    try:
        # A file that is gone already is no error, for a folder and for S3 alike.
        default_storage.delete(name)
    except Exception as error:  # noqa: BLE001  a storage may raise anything
        DiscardedFile.objects.filter(pk=name).update(
            attempts=F("attempts") + 1, last_error=type(error).__name__[:100]
        )
        logger.error(  # noqa: TRY400  its text may hold an address with a key in it
            "A discarded file could not be taken out of the storage: %s", type(error).__name__
        )
        return False
    DiscardedFile.objects.filter(pk=name).delete()
    return True
