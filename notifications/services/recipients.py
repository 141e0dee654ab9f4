"""Whom something is told, without knowing the app that has the accounts."""

from __future__ import annotations

from typing import Any, Protocol

from django.conf import settings
from django.utils.translation import get_supported_language_variant


class Recipient(Protocol):
    """What a mail needs of a person."""

    @property
    def pk(self) -> Any: ...
    @property
    def email(self) -> str: ...
    @property
    def first_name(self) -> str: ...
    @property
    def username(self) -> str: ...
    @property
    def language(self) -> str: ...


def language_of(user: object) -> str:
    """The person's language, or the service's own where that is unset or not spoken here."""
    wanted: str = getattr(user, "language", "") or settings.LANGUAGE_CODE
    try:
        return get_supported_language_variant(wanted)
    except LookupError:
        return settings.LANGUAGE_CODE
