"""Files in the storage: none that nothing points at, whenever the program is stopped."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Final

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils import timezone

from accounts.errors import StorageUnavailable
from accounts.models import DiscardedFile

logger = logging.getLogger(__name__)

UNCLAIMED: Final = timedelta(hours=1)  # longer than any upload lasts


def discard(name: str) -> None:
    """Have a file taken out of the default storage once this transaction commits.

    Written down first: should the storage be away, or the process die, `sweep` does it later.
    """
    DiscardedFile.objects.bulk_create([DiscardedFile(name=name)], ignore_conflicts=True)
    transaction.on_commit(lambda: _remove(name))


@contextmanager
def stored(name: str, content: bytes, *, content_type: str) -> Iterator[None]:
    """Put a file into the default storage, for the transaction inside that says `keep`.

    Written down first as one to discard in an hour: should the process die in between, `sweep`
    takes it out. What is not kept goes at once. Raises StorageUnavailable.
    """
    DiscardedFile.objects.create(name=name, discarded_at=timezone.now() + UNCLAIMED)
    try:
        _store(name, content, content_type)
        yield
    except BaseException:
        # Kept and committed, whatever came afterwards, it is not written down any more.
        with suppress(DatabaseError):
            if DiscardedFile.objects.filter(pk=name).exists():
                _remove(name)
        raise


def _store(name: str, content: bytes, content_type: str) -> None:
    file = ContentFile(content)
    file.content_type = content_type  # type: ignore[attr-defined]  # S3 tells it to browsers
    try:
        default_storage.save(name, file)
    except Exception as error:
        logger.error(  # noqa: TRY400  its text may hold an address with a key in it
            "A file could not be stored: %s", type(error).__name__
        )
        raise StorageUnavailable(retry_after=5) from error


def keep(name: str) -> None:
    """In the transaction that points at it. Raises StorageUnavailable where it came too late."""
    kept, _rows = DiscardedFile.objects.filter(pk=name).delete()
    if not kept:
        raise StorageUnavailable(retry_after=5)


def sweep() -> int:
    """Try again what could not be taken out. Returns how many files went."""
    doomed = DiscardedFile.objects.filter(discarded_at__lte=timezone.now())
    names = doomed.order_by("discarded_at").values_list("name", flat=True)
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
