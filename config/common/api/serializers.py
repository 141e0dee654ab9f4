"""Fields that are camelCase on the wire and snake_case in Python, and that refuse bad text."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from config.common.text import is_plain

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+ -]\d\d:\d\d)?", re.ASCII | re.IGNORECASE
)


def camel(name: str) -> str:
    """`first_name` as `firstName`."""
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


class WireSerializer(serializers.Serializer):
    """A serializer whose fields are declared in snake_case and spoken in camelCase.

    `validated_data` has the Python names; errors and the schema have the wire's.
    """

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = {}
        for name, field in super().get_fields().items():
            wire = camel(name)
            if wire != name and field.source is None:
                field.source = name
            fields[wire] = field
        return fields


class Text(serializers.CharField):
    """Text from outside: real text, bounded, NFC, without control characters.

    Numbers and booleans are no text here: REST framework would turn 1 into "1".
    lines: may hold line ends and tabs.
    """

    default_error_messages = {
        "control": _("This holds characters that cannot be used here."),
    }

    def __init__(self, *, lines: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 255)
        super().__init__(**kwargs)
        self.lines = lines

    def run_validation(self, data: Any = serializers.empty) -> Any:
        # Before CharField strips what stands at the ends.
        if isinstance(data, str):
            if not is_plain(data, lines=self.lines):
                self.fail("control")
            data = unicodedata.normalize("NFC", data)
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Moment(Text):
    """A day or a time, as a bound: `2026-11-23`, `2026-11-23T10:00:00.000Z`. Without a zone: UTC.

    end: the bound includes what it names, the whole day or the whole millisecond; the value is
    then the first moment behind it.
    """

    default_error_messages = {
        "moment": _("Give a date, or a date and time: 2026-11-23T10:00:00.000Z."),
    }

    def __init__(self, *, end: bool = False, **kwargs: Any) -> None:
        super().__init__(max_length=40, **kwargs)
        self.end = end

    def run_validation(self, data: Any = serializers.empty) -> Any:
        text = super().run_validation(data)
        try:
            return _moment(text, end=self.end)
        except (ValueError, OverflowError):
            self.fail("moment")


def _moment(text: str, *, end: bool) -> datetime:
    if _DAY.fullmatch(text):
        day = datetime.combine(date.fromisoformat(text), time.min, tzinfo=UTC)
        return day + timedelta(days=1) if end else day
    if not _TIME.fullmatch(text):
        raise ValueError(text)
    # A plus that nobody escaped arrives as a blank.
    moment = datetime.fromisoformat(text.upper().replace(" ", "+"))
    moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    shown = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    return shown + timedelta(milliseconds=1) if end else shown


class Password(serializers.CharField):
    """A password to check: taken as it is, to the last blank. Rules are the business code's."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 1024)
        super().__init__(trim_whitespace=False, allow_blank=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            data.encode()
        except UnicodeEncodeError:
            self.fail("invalid")
        return super().to_internal_value(data)


class Token(Text):
    """An opaque token."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 4096)
        super().__init__(**kwargs)


class Flag(serializers.BooleanField):
    """true or false; not "true", 1 or "on"."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data
