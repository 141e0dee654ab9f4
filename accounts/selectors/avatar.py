"""Where a picture can be seen."""

from __future__ import annotations

from django.conf import settings
from django.core.files.storage import default_storage


def url_of(name: str) -> str | None:
    """The address of a stored picture, `user.avatar`; None where there is none.

    Absolute in every storage: clients of the API may live elsewhere. From S3 it may be signed,
    and then works for an hour.
    """
    if not name:
        return None
    url = default_storage.url(name)
    return f"{settings.PUBLIC_URL}{url}" if url.startswith("/") else url
